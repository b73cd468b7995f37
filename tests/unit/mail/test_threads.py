# ruff: noqa: E501 (a mail is easier to read on one line)
"""Threads as mail programs of the world write them, and texts that look like threads."""

from __future__ import annotations

import pytest

from penstock.mail.replies import Kind, cut, cut_html

OWN = "Not before autumn, sorry."

# What stands below the author's text: program, and what it writes.
PLAIN = {
    "gmail, no name": "On Tue, 7 May 2024 at 15:02, <ira@vendor.example> wrote:\n\n> Any news?\n",
    "gmail, 12 hours, narrow space": "On Tue, May 7, 2024 at 3:02\u202fPM Ira Holm <ira@vendor.example> wrote:\n\n> Any news?\n",
    "gmail, via a group": "On Tue, May 7, 2024 at 3:02 PM 'Ira Holm' via Sales <sales@buyer.example> wrote:\n\n> Any news?\n",
    "gmail, wrapped thrice": "On Tue, May 7, 2024 at 3:02 PM Ira Holm from Very Long Vendor\nName Holding Incorporated <\nira.holm.of.sales@a-very-long-name.vendor.example>\nwrote:\n\n> Any news?\n",
    "gmail, unmarked below": "On Tue, May 7, 2024 at 3:02 PM Ira Holm <ira@vendor.example> wrote:\n\nAny news?\nIra\n",
    "gmail, link in address": "On Tue, May 7, 2024 at 3:02 PM Ira Holm <ira@vendor.example<mailto:ira@vendor.example>> wrote:\n\nAny news?\n",
    "inbox by google": "tis 7 maj 2024 kl. 15:02 skrev Ira Holm <ira@vendor.example>:\n\n> Hej\n",
    "apple mail": "> On 7 May 2024, at 15:02, Ira Holm <ira@vendor.example> wrote:\n> \n> Any news?\n",
    "apple mail, narrow space": "> On May 7, 2024, at 3:02\u202fPM, Ira Holm <ira@vendor.example> wrote:\n>\n> Any news?",
    "apple mail, attribution unmarked": "On 7 May 2024, at 15:02, Ira Holm <ira@vendor.example> wrote:\n\n> Any news?\n",
    "apple mail, old": "On May 7, 2024, at 3:02 PM, Ira Holm wrote:\n\n> Any news?\n",
    "outlook desktop": "From: Ira Holm <ira@vendor.example> \nSent: Tuesday, May 7, 2024 3:02 PM\nTo: Max Stein <max@buyer.example>\nCc: Tom <tom@buyer.example>\nSubject: RE: Pumps\n\nHi Max\n",
    "outlook desktop, importance": "From: Ira Holm\nSent: Tuesday, May 7, 2024 3:02 PM\nTo: Max Stein\nSubject: Pumps\nImportance: High\n\nHi Max\n",
    "outlook desktop, many in copy": "From: Ira Holm\nSent: Tuesday, May 7, 2024 3:02 PM\nTo: Max Stein; Tom Bell; Ann Lee; Joe Doe;\n Bob Ray; Eve Fox\nCc: Ida Paul; Kim Long;\n Jan Short\nSubject: Pumps\n\nHi Max\n",
    "outlook, mailto": "From: Ira Holm [mailto:ira@vendor.example]\nSent: 07 May 2024 15:02\nTo: Max Stein\nSubject: Pumps\n\nHi\n",
    "outlook web, rule": "________________________________\nFrom: Ira Holm <ira@vendor.example>\nSent: Tuesday, May 7, 2024 3:02:11 PM\nTo: Max\nSubject: Pumps\n\nHi Max\n",
    "outlook for mac": "From: Ira Holm <ira@vendor.example>\nDate: Tuesday, 7 May 2024 at 15:02\nTo: Max Stein <max@buyer.example>\nSubject: Pumps\n\nHi Max\n",
    "outlook for mac, quoted name": 'On 07/05/2024, 15:02, "Ira Holm" <ira@vendor.example> wrote:\n\n    Any news?\n',
    "exchange, underlined": "  _____  \n\nFrom: Ira Holm\nSent: Tue May 07 15:02:11 2024\nTo: Max\nSubject: Pumps\n\nHi\n",
    "exchange, asterisks": "*From:* Ira Holm <ira@vendor.example>\n*Sent:* Tuesday, May 7, 2024 3:02 PM\n*To:* Max\n*Subject:* Pumps\n\nHi\n",
    "outlook express": "----- Original Message ----- \nFrom: Ira Holm\nTo: Max Stein\nSent: Tuesday, May 07, 2024 3:02 PM\nSubject: Pumps\n\nHi\n",
    "lotus notes": "Ira Holm ---07/05/2024 15:02:11---Hi Max, any news?\n\nFrom:\tIra Holm/VENDOR\nTo:\tMax Stein/BUYER@BUYER\nDate:\t07/05/2024 15:02\nSubject:\tPumps\n\nHi\n",
    "lotus notes, wrote": '-----"Ira Holm" <ira@vendor.example> wrote: -----\nTo: max@buyer.example\nFrom: "Ira Holm" <ira@vendor.example>\nDate: 05/07/2024 03:02PM\nSubject: Pumps\n\nHi\n',
    "thunderbird": "On 5/7/24 15:02, Ira Holm wrote:\n> Any news?\n>\n> Ira\n",
    "thunderbird, long": "On 7 May 2024 15:02, Ira Holm wrote:\n> Any news?\n",
    "thunderbird, french": "Le 07/05/2024 à 15:02, Ira Holm a écrit :\n> Des nouvelles ?\n",
    "thunderbird, spanish": "El 7/5/24 a las 15:02, Ira Holm escribió:\n> ¿Novedades?\n",
    "thunderbird, italian": "Il 07/05/2024 15:02, Ira Holm ha scritto:\n> Novità?\n",
    "thunderbird, polish": "W dniu 7.05.2024 o 15:02, Ira Holm pisze:\n> Co nowego?\n",
    "thunderbird, swedish": "Den 2024-05-07 kl. 15:02, skrev Ira Holm:\n> Nytt?\n",
    "thunderbird, danish": "Den 07.05.2024 kl. 15:02 skrev Ira Holm:\n> Nyt?\n",
    "thunderbird, finnish": "Ira Holm kirjoitti 7.5.2024 klo 15.02:\n> Uutta?\n",
    "thunderbird, russian": "07.05.2024 15:02, Ira Holm пишет:\n> Новости?\n",
    "thunderbird, japanese": "On 2024/05/07 15:02, Ira Holm wrote:\n> どうですか\n",
    "thunderbird, portuguese": "Em 07/05/2024 15:02, Ira Holm escreveu:\n> Novidades?\n",
    "thunderbird, czech": "Dne 07. 05. 24 v 15:02 Ira Holm napsal(a):\n> Novinky?\n",
    "thunderbird, hungarian": "2024. 05. 07. 15:02 keltezéssel, Ira Holm írta:\n> Hírek?\n",
    "yahoo": "    On Tuesday, May 7, 2024 at 03:02:11 PM GMT+1, Ira Holm <ira@vendor.example> wrote:  \n \n Any news?\n",
    "yahoo, classic": "________________________________\n From: Ira Holm <ira@vendor.example>\nTo: Max Stein <max@buyer.example> \nSent: Tuesday, May 7, 2024 3:02 PM\nSubject: Pumps\n \nHi\n",
    "yahoo, android": "  On Tue, 7 May 2024 at 15:02, Ira Holm<ira@vendor.example> wrote:   Any news?\n",
    "yahoo, one line": "----- Original Message ----- From: Ira Holm <ira@vendor.example>To: Max <max@buyer.example>Sent: Tuesday\nHi\n",
    "aol": "-----Original Message-----\nFrom: Ira Holm <ira@vendor.example>\nTo: max <max@buyer.example>\nSent: Tue, May 7, 2024 3:02 pm\nSubject: Pumps\n\nHi\n",
    "android mail": "-------- Original message --------\nFrom: Ira Holm <ira@vendor.example> \nDate: 5/7/24  15:02  (GMT+01:00) \nTo: Max <max@buyer.example> \nSubject: Pumps \n\nHi\n",
    "samsung, german": "-------- Ursprüngliche Nachricht --------\nVon: Ira Holm <ira@vendor.example>\nDatum: 07.05.24  15:02  (GMT+01:00)\nAn: Max\nBetreff: Pumpen\n\nHallo\n",
    "samsung, danish": "-------- Oprindelig besked --------\nFra: Ira Holm <ira@vendor.example>\nDato: 07.05.2024 15.02 (GMT+01:00)\nTil: Max\nEmne: Pumper\n\nHej\n",
    "samsung, unknown language": "-------- Mensagem orixinal --------\nDe: Ira Holm <ira@vendor.example>\nDate: 07/05/24 15:02\nPara: Max\nAsunto: Bombas\n\nOla\n",
    "k-9": "Am 7. Mai 2024 15:02:11 MESZ schrieb Ira Holm <ira@vendor.example>:\n>Neues?\n",
    "blackberry": "From: Ira Holm\nSent: Tuesday, May 7, 2024 15:02\nTo: Max\nReply To: ira@vendor.example\nSubject: Pumps\n\nHi\n",
    "zoho": "---- On Tue, 07 May 2024 15:02:11 +0100 Ira Holm <ira@vendor.example> wrote ----\n\n> Any news?\n",
    "zoho, no dashes": "On Tue, 07 May 2024 15:02:11 +0100 Ira Holm <ira@vendor.example> wrote\n\nAny news?\n",
    "proton": "------- Original Message -------\nOn Tuesday, May 7th, 2024 at 3:02 PM, Ira Holm <ira@vendor.example> wrote:\n\n> Any news?\n",
    "proton, new": "On Tuesday, May 7th, 2024 at 3:02 PM, Ira Holm <ira@vendor.example> wrote:\n\n> Any news?\n",
    "roundcube": "On 2024-05-07 15:02, Ira Holm wrote:\n\n> Any news?\n",
    "horde": "Quoting Ira Holm <ira@vendor.example>:\n\n> Any news?\n",
    "horde, german": "Zitat von Ira Holm <ira@vendor.example>:\n\n> Neues?\n",
    "squirrelmail": "On Tue, May 7, 2024 3:02 pm, Ira Holm wrote:\n> Any news?\n",
    "mutt": "On Tue, May 07, 2024 at 03:02:11PM +0200, Ira Holm wrote:\n> Any news?\n",
    "mutt, own line": "* Ira Holm <ira@vendor.example> [2024-05-07 15:02]:\n> Any news?\n",
    "gnus": "Ira Holm <ira@vendor.example> writes:\n\n> Any news?\n",
    "emacs, supercite": '>>>>> "Ira" == Ira Holm <ira@vendor.example> writes:\n\nIH> Any news?\n',
    "pine": "On Tue, 7 May 2024, Ira Holm wrote:\n\n> Any news?\n",
    "newsgroup": "In article <abc123@vendor.example>, Ira Holm <ira@vendor.example> wrote:\n> Any news?\n",
    "initials": "Ira Holm wrote:\n\nIH> Any news?\nIH> Ira\n",
    "groupwise": ">>> Ira Holm <ira@vendor.example> 5/7/2024 3:02 PM >>>\nAny news?\nIra\n",
    "google groups": 'On Tuesday, May 7, 2024 at 3:02:11 PM UTC+2 Ira Holm wrote:\n\n> Any news?\n\n-- \nYou received this message because you are subscribed to the Google Groups "Sales" group.\n',
    "mail.ru": "Вторник, 7 мая 2024, 15:02 +03:00 от Ira Holm <ira@vendor.example>:\n \nНовости?\n",
    "mail.ru, original": "-----Original Message-----\nFrom: Ira Holm <ira@vendor.example>\nTo: max@buyer.example\nDate: Tue, 07 May 2024\nSubject: Насосы\n\nНовости?\n",
    "the bat": "-----Original Message-----\nFrom: Ira Holm <ira@vendor.example>\nTo: Max\nDate: Tuesday, May 7, 2024, 3:02:11 PM\nSubject: Pumps\n\nHi\n",
    "qq": '------------------ Original ------------------\nFrom: "Ira" <ira@vendor.example>;\nDate: Tue, May 7, 2024 03:02 PM\nTo: "Max"<max@buyer.example>;\nSubject: Pumps\n\nHi\n',
    "netease": 'At 2024-05-07 15:02:11, "Ira Holm" <ira@vendor.example> wrote:\n>Any news?\n',
    "netease, chinese": '在 2024-05-07 15:02:11，"Ira Holm" <ira@vendor.example> 写道：\n\n您好\n',
    "netease, mailmaster": "---- 回复的原邮件 ----\n发件人\tIra Holm<ira@vendor.example>\n发送日期\t2024年05月07日 15:02\n收件人\tMax\n主题\t水泵\n\n您好\n",
    "naver": '-----Original Message-----\nFrom: "Ira Holm"<ira@vendor.example>\nTo: "Max"<max@buyer.example>;\nSent: 2024-05-07 (화) 15:02:11 (GMT+09:00)\nSubject: 펌프\n\n안녕하세요\n',
    "outlook, japanese": "From: Ira Holm <ira@vendor.example>\nSent: Tuesday, May 7, 2024 3:02 PM\nTo: Max\nSubject: ポンプ\n\nお世話になります\n",
    "free.fr": '----- Mail original -----\nDe: "Ira Holm" <ira@vendor.example>\nÀ: "Max" <max@buyer.example>\nEnvoyé: Mardi 7 Mai 2024 15:02:11\nObjet: Pompes\n\nBonjour\n',
    "orange.fr": '> Message du 07/05/24 15:02\n> De : "Ira Holm" <ira@vendor.example>\n> A : max@buyer.example\n> Objet : Pompes\n> \n> Bonjour\n',
    "web.de": 'Gesendet: Dienstag, 07. Mai 2024 um 15:02 Uhr\nVon: "Ira Holm" <ira@vendor.example>\nAn: max@buyer.example\nBetreff: Pumpen\n\nHallo\n',
    "t-online": '-----Original-Nachricht-----\nBetreff: Pumpen\nDatum: 2024-05-07T15:02:11+0200\nVon: "Ira Holm" <ira@vendor.example>\nAn: max@buyer.example\n\nHallo\n',
    "1und1": "Ira Holm <ira@vendor.example> hat am 07.05.2024 15:02 CEST geschrieben:\n\n\nHallo\n",
    "libero.it": "----Messaggio originale----\nDa: ira@vendor.example\nData: 07/05/2024 15.02\nA: max@buyer.example\nOgg: Pompe\n\nBuongiorno\n",
    "onet.pl": "W dniu 2024-05-07 15:02:11 użytkownik Ira Holm <ira@vendor.example> napisał:\n> Co nowego?\n",
    "seznam": "---------- Původní e-mail ----------\nOd: Ira Holm <ira@vendor.example>\nKomu: Max\nDatum: 7. 5. 2024 15:02:11\nPředmět: Čerpadla\n\nDobrý den\n",
    "superhuman": "On Tue, May 07, 2024 at 3:02 PM, Ira Holm < ira@vendor.example > wrote:\n\n> Any news?\n",
    "front": "On May 7, 2024, 3:02 PM GMT+2 ira@vendor.example wrote:\n\nAny news?\n",
    "missive": "On May 7, 2024 at 3:02 PM, Ira Holm (ira@vendor.example) wrote:\n> Any news?\n",
    "airmail": "On 7 May 2024 at 15:02:11, Ira Holm (ira@vendor.example) wrote:\n\nAny news?\n",
    "spark": "On May 7, 2024, 3:02 PM +0200, Ira Holm <ira@vendor.example>, wrote:\n> Any news?\n",
    "mailbird": "On 5/7/2024 3:02:11 PM, Ira Holm <ira@vendor.example> wrote:\nAny news?\n",
    "em client": '------ Original Message ------\nFrom "Ira Holm" <ira@vendor.example>\nTo max@buyer.example\nDate 07/05/2024 15:02:11\nSubject Pumps\n\nHi\n',
    "helpdesk line": "##- Please type your reply above this line -##\n\nTicket 4711\nHi Max\n",
}


@pytest.mark.parametrize("below", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("gap", ["\n\n", "\n"], ids=["gap", "no gap"])
def test_what_a_program_writes_below_is_cut(below: str, gap: str) -> None:
    assert cut(OWN + gap + below).reply() == OWN


@pytest.mark.parametrize("below", PLAIN.values(), ids=PLAIN)
def test_and_so_it_is_below_a_signature(below: str) -> None:
    mail = f"Hi Ira,\n\n{OWN}\n\nBest regards,\nMax Stein\nBuyer Ltd\n\n{below}"
    assert cut(mail).reply() == f"Hi Ira,\n\n{OWN}"
    assert "Max Stein" in cut(mail).pick(Kind.SIGNATURE)


MARKED = {
    name: below for name, below in PLAIN.items() if "\n> " in below and not below.startswith(">")
}


@pytest.mark.parametrize("above", MARKED.values(), ids=MARKED)
def test_an_answer_below_is_found(above: str) -> None:
    if "-- \n" not in above:
        assert cut(f"{above}\n{OWN}\n").reply() == OWN


FORWARDS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Ira Holm <ira@vendor.example>\nDate: Tue, May 7, 2024 at 3:02 PM\nSubject: Pumps\nTo: Max <max@buyer.example>\n\nHi\n",
    "apple": "Begin forwarded message:\n\n> From: Ira Holm <ira@vendor.example>\n> Subject: Pumps\n> Date: 7 May 2024 at 15:02:11 CEST\n> To: max@buyer.example\n> \n> Hi\n",
    "apple, all marked": "> Início da mensagem encaminhada:\n>\n> De: Ira Holm <ira@vendor.example>\n> Assunto: Bombas\n> Data: 7 de maio de 2024\n> Para: max@buyer.example\n>\n> Oi\n",
    "apple, unknown language": "> Kezdődik a továbbított dolog:\n>\n> Xyz: Ira Holm <ira@vendor.example>\n> Abc: Pumps\n> Def: 7 May 2024\n>\n> Hi\n",
    "thunderbird": "-------- Forwarded Message --------\nSubject: \tPumps\nDate: \tTue, 7 May 2024 15:02:11 +0200\nFrom: \tIra Holm <ira@vendor.example>\nTo: \tmax@buyer.example\n\n\n\nHi\n",
    "thunderbird, italian": "-------- Messaggio Inoltrato --------\nOggetto: \tPompe\nData: \tTue, 7 May 2024\nMittente: \tIra Holm <ira@vendor.example>\nA: \tmax@buyer.example\n\nCiao\n",
    "yahoo, one line": "   ----- Mensaje reenviado ----- De: Ira Holm <ira@vendor.example>Para: Max <max@buyer.example>Enviado: martes, 7 de mayo\n Hola\n",
    "zoho": "============ Forwarded message ============\nFrom: Ira Holm <ira@vendor.example>\nTo: <max@buyer.example>\nDate: Tue, 07 May 2024 15:02:11 +0200\nSubject: Pumps\n============ Forwarded message ============\n\nHi\n",
    "notes": "----- Forwarded by Max Stein/BUYER on 07/05/2024 15:02 -----\n\nFrom:\tIra Holm/VENDOR\nTo:\tMax Stein/BUYER\nDate:\t07/05/2024\nSubject:\tPumps\n\nHi\n",
    "mail.ru": "-------- Пересылаемое сообщение --------\nОт кого: Ira Holm <ira@vendor.example>\nКому: max@buyer.example\nДата: Вторник, 7 мая 2024\nТема: Насосы\n\nПривет\n",
}


@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS)
def test_a_forward_is_told_with_and_without_a_word_above(forward: str) -> None:
    assert cut(forward).is_forward
    noted = cut(f"Tom, yours?\n\n{forward}")
    assert noted.reply() == "Tom, yours?"
    assert not noted.is_forward
    assert noted.pick(Kind.FORWARD) or noted.pick(Kind.QUOTE)


# What the author wrote, all of it, though it looks like a thread or a signature.
WHOLE = {
    "on monday": "Hi Ira,\n\nOn Monday I wrote:\n\nno more pumps. I still mean it.\nMax is with me on this.",
    "on a date and time": "On May 7 at 3:02 PM you wrote:\nWe offer ten percent.\nThat is too little for us.",
    "wrote in a sentence": "As Tom wrote: we have no budget. And On-call staff wrote the same on 4 May 2024.",
    "greater than in code": "The test is\n    if (a > b) return;\n    x = y >> 2;\nand it fails.",
    "an arrow": "The menu is File -> Open\n-> then choose the offer\nIt does not work.",
    "from in a sentence": "From: Berlin we fly on Monday. To: Rome on Tuesday. All else is fine.",
    "from at the line's start": "From my point of view: no.\nTo be clear: not this year.\nSubject to change: next year.",
    "two dashes in a list": "We need\n-- two pumps\n-- one hose\nby Friday.",
    "a dash of its own": "Two options:\n\n-\nwait\n-\nbuy elsewhere and pay less in the long run.",
    "best in the text": "Best,\nwe think, is to wait until your new price list is out, and then talk again about all of it.",
    "thanks first": "Thanks,\nthat helps. Please send the contract to our legal team and copy me in.",
    "thanks alone": "Thanks!",
    "regards in a sentence": "With regards to the price: too high.\nRegards the date: too late.",
    "headings": "Price\n-----\nTen.\n\nDate\n-----\nJune, if the board agrees.",
    "a markdown rule": "Points first.\n\n---\n\nThe second part is longer and says what we would like to see changed in it.",
    "a table": "Item | Price\n-----|------\nPump | 10\nHose | 5\n\nCan you do better than this?",
    "times": "We can do:\n9:15 Monday:\n10:30 Tuesday:\nWhat suits you?",
    "an address": "Please write to Tom Bell <tom@buyer.example>\nHe decides on pumps from now on.",
    "an address with a colon": "Send it to:\ntom@buyer.example:\nhe decides.",
    "contact card": "Talk to our buyer:\nName: Tom Bell\nPhone: +44 20 7946 0000\nEmail: tom@buyer.example\nHe is in on Monday.",
    "date and subject of a meeting": "Let us meet.\nDate: 7 May 2024\nTime: 15:02\nSubject: pumps\nPlace: here\nIs that fine?",
    "confidential in a sentence": "Is this confidential: yes or no? I need to know before I answer your mail in full.",
    "sent from in a sentence": "Sent from Berlin to Rome it takes two days, and that is too long for what we need it for.",
    "said by phone": "I got this on my iPhone and could not open it.\nCan you send it as a PDF?",
    "p.s.": "Fine with us.\nP.S. Bring the hose.",
    "forwarded in a sentence": "I have forwarded your message:\nTom will call you.",
    "original message in a sentence": "See the original message: it says ten.\nWe want eight.",
    "german": "Am Montag, dem 7. Mai, schrieb ich Ihnen:\nkein Bedarf. Dabei bleibt es.",
    "french": "Le 7 mai, j'ai écrit :\npas de budget. Rien de neuf depuis.",
    "a > mark in the text": "a > b\nb > c\nso a > c, as you see.",
    "chinese": "我在星期一写道：\n我们不需要水泵。现在也是这样。",
    "sent by courier": "The contract is signed.\nSent by courier today.",
    "sent with": "We have it.\nSent with the last delivery",
    "caution": "Caution: the pump leaks.\n\nPlease call me.",
    "warning": "Vorsicht: der Preis ist falsch.\n\nBitte prüfen.",
    "best of all": "Which one?\nBest would be the small one, if it is cheap.",
    "unsubscribe": "Unsubscribe",
    "a number": "42",
    "emoji": "👍",
    "question marks": "???",
}


@pytest.mark.parametrize("mail", WHOLE.values(), ids=WHOLE)
def test_what_only_looks_like_a_thread_stays(mail: str) -> None:
    assert cut(mail).reply() == mail
    assert not cut(mail).is_forward


@pytest.mark.parametrize("mail", WHOLE.values(), ids=WHOLE)
def test_and_stays_above_a_thread(mail: str) -> None:
    assert cut(f"{mail}\n\n{PLAIN['gmail, no name']}").reply() == mail


def _attribution(text: str) -> str:
    return f"<div>On Tue, May 7, 2024 Ira &lt;ira@vendor.example&gt; wrote:</div>{text}"


# What stands below the author's <div>.
HTML = {
    "gmail": '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue Ira wrote:<br></div><blockquote class="gmail_quote" style="margin:0;border-left:1px solid">Any news?</blockquote></div>',
    "gmail, extra": '<div class="gmail_extra"><br><div class="gmail_quote">2024-05-07 15:02 GMT+02:00 Ira <span dir="ltr">&lt;<a href="mailto:ira@vendor.example">ira@vendor.example</a>&gt;</span>:<br><blockquote>Any news?</blockquote></div></div>',
    "gmail, seen by yahoo": '<div class="ydp1a2bgmail_quote">Xy Ira:<blockquote>Any news?</blockquote></div>',
    "outlook web": '<div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><font><b>From:</b> Ira<br><b>Sent:</b> Tuesday<br><b>To:</b> Max<br><b>Subject:</b> Pumps</font></div><div>Any news?</div>',
    "outlook web, seen again": '<hr style="width:98%"><div id="x_divRplyFwdMsg"><b>Xyz:</b> Ira</div><div>Any news?</div>',
    "outlook desktop": "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>From:</b> Ira &lt;ira@vendor.example&gt; <br><b>Sent:</b> Tuesday, May 7, 2024 3:02 PM<br><b>To:</b> Max<br><b>Subject:</b> Pumps<o:p></o:p></p></div></div><p class=MsoNormal>Any news?</p>",
    "outlook 2007": '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p><b><span>From:</span></b><span> Ira [mailto:ira@vendor.example] <br><b>Sent:</b> Tuesday<br><b>To:</b> Max<br><b>Subject:</b> Pumps</span></p></div><p>Any news?</p>',
    "outlook new": '<div id="mail-editor-reference-message-container"><div><b>Van:</b> Ira</div><div>Nieuws?</div></div>',
    "outlook mobile": '<div class="ms-outlook-mobile-reference-message skipProofing"><div><b>From:</b> Ira</div><div>Any news?</div></div>',
    "outlook for mac": '<span id="OLK_SRC_BODY_SECTION"><div>From: Ira</div><div>Any news?</div></span>',
    "hotmail": '<hr id="stopSpelling">Date: Tue, 7 May 2024<br>Subject: Pumps<br>From: ira@vendor.example<br><br>Any news?',
    "apple": _attribution('<blockquote type="cite"><div>Any news?</div></blockquote>'),
    "apple, inside": '<div><br><blockquote type="cite"><div>On 7 May 2024, at 15:02, Ira wrote:</div><br><div>Any news?</div></blockquote></div>',
    "thunderbird": '<div class="moz-cite-prefix">Am 07.05.24 um 15:02 schrieb Ira:<br></div><blockquote type="cite" cite="mid:1@vendor.example">Neues?</blockquote>',
    "thunderbird, forward": '<div class="moz-forward-container"><br>-------- Forwarded Message --------<table><tr><th>Subject: </th><td>Pumps</td></tr><tr><th>Date: </th><td>Tue</td></tr><tr><th>From: </th><td>Ira</td></tr></table>Hi</div>',
    "yahoo": '<div id="ydp7yahoo_quoted_1" class="ydp7yahoo_quoted"><div>On Tuesday, Ira wrote:</div><div>Any news?</div></div>',
    "proton": '<div class="protonmail_quote">Xyz Ira:<br><blockquote class="protonmail_quote" type="cite">Any news?</blockquote></div>',
    "tuta": '<div>Xyz Ira:</div><blockquote class="tutanota_quote">Any news?</blockquote>'.replace(
        "<div>Xyz Ira:</div>", ""
    ),
    "zoho": '<div class="zmail_extra"><div>---- On Tue Ira wrote ----</div><blockquote>Any news?</blockquote></div>',
    "zimbra": '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>Ira<br><b>To: </b>Max</div><div data-marker="__QUOTED_TEXT__">Any news?</div>',
    "roundcube": '<p id="reply-intro">On 2024-05-07 15:02, Ira wrote:</p><blockquote type="cite">Any news?</blockquote>',
    "gmx": '<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b> Dienstag<br><b>Von:</b> Ira</div><div>Neues?</div></div>',
    "spark": '<div name="messageReplySection"><br>On May 7, 2024, Ira wrote:<br><blockquote type="cite">Any news?</blockquote></div>',
    "airmail": '<p class="airmail_on">Xyz Ira:</p><blockquote type="cite" class="clean_bq">Any news?</blockquote>',
    "missive": '<div class="missive_quote">Xyz Ira:<blockquote>Any news?</blockquote></div>',
    "front": '<div>On May 7, 2024, 3:02 PM GMT+2 ira@vendor.example wrote:</div><blockquote class="front-blockquote">Any news?</blockquote>',
    "qq": "<div><!--<![endif]--></div><div style='font:12px'>------------------&nbsp;原始邮件&nbsp;------------------</div><div><b>发件人:</b>&nbsp;Ira</div><div><b>主题:</b>&nbsp;x</div><div>您好</div>",
    "netease": '<div id="isReplyContent"><p>At 2024-05-07 15:02:11, "Ira" wrote:</p><blockquote>Any news?</blockquote></div>',
    "mail.ru": '<blockquote style="border-left:1px solid #0857A6; margin:10px"><div>Вторник, 7 мая от Ira:</div><div>Новости?</div></blockquote>',
    "blackberry": '<div id="_originalContent">From: Ira<br>Any news?</div>',
    "naver": '<p>-----Original Message-----<br><b>From:</b> "Ira"<br><b>To:</b> Max<br><b>Sent:</b> 2024-05-07</p><p>Hi</p>',
    "lotus notes": "<font size=1 color=#5f5f5f>From: &nbsp; &nbsp;</font><font size=1>Ira/VENDOR</font><br><font size=1>To: &nbsp;</font><font size=1>Max/BUYER@BUYER</font><br><font size=1>Date: </font><font size=1>07/05/2024 15:02</font><br><font size=1>Subject: </font><font size=1>Pumps</font><hr><br>Any news?",
    "exchange, headers in bold": "<p><b>De :</b> Ira<br><b>Envoyé :</b> mardi 7 mai 2024 15:02<br><b>À :</b> Max<br><b>Objet :</b> Pompes</p><p>Bonjour</p>",
}


@pytest.mark.parametrize("below", HTML.values(), ids=HTML)
def test_quotes_of_html_are_cut(below: str) -> None:
    assert cut_html(f"<html><body><div>{OWN}</div>{below}</body></html>").reply() == OWN
    assert cut_html(f"<p>Hi,</p><p>{OWN}</p>{below}").reply() == f"Hi,\n\n{OWN}"


SIGNED = {
    "gmail": '<div class="gmail_signature"><div>Max</div><div>Buyer Ltd</div></div>',
    "outlook web": '<div id="Signature"><p>Max</p><p>Buyer Ltd, whose name is long and whose line is longer than most</p></div>',
    "thunderbird": '<pre class="moz-signature">-- \nMax\nBuyer Ltd</pre>',
    "outlook mobile": '<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for iOS</a></div>',
}


@pytest.mark.parametrize("signature", SIGNED.values(), ids=SIGNED)
@pytest.mark.parametrize("below", ["", HTML["gmail"]], ids=["alone", "above a quote"])
def test_signatures_of_html_are_told_by_structure(signature: str, below: str) -> None:
    result = cut_html(f"<div>{OWN}</div>{signature}{below}")
    assert result.reply() == OWN
    assert "Any" not in result.reply(signature=True)
    assert len(result.reply(signature=True)) > len(OWN)


@pytest.mark.parametrize(
    "subject", ["Fwd: Pumps", "FW: Pumps", "WG: Pumpen", "TR : Pompes", "转发：水泵"]
)
def test_a_subject_tells_a_forward_from_an_answer(subject: str) -> None:
    mail = f"{OWN}\n\n{PLAIN['outlook desktop']}"
    assert cut(mail).pick(Kind.FORWARD) == ""
    told = cut(mail, subject=subject)
    assert told.reply() == OWN
    assert told.pick(Kind.FORWARD).startswith("From: Ira Holm")
    assert cut(mail, subject=f"Re: {subject}").pick(Kind.FORWARD) == ""
