# ruff: noqa: E501 (a mail is easier to read on one line)
"""Mails as people write them: program, language and style, and what their author wrote."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from penstock.mail.replies import Kind, cut, cut_html


class Case(NamedTuple):
    """A mail, plain or HTML (then it starts with ``<``), and the reply in it."""

    mail: str
    reply: str
    sender: str = ""


LONG = "We looked at the price list again and it is above what the board allows this year."
GMAIL = "On Tue, May 7, 2024 at 3:02 PM Ira Holm <ira@vendor.example> wrote:"
OUTLOOK = (
    "From: Ira Holm <ira@vendor.example>\nSent: Tuesday, May 7, 2024 3:02 PM\n"
    "To: Max Stein <max@buyer.example>\nSubject: RE: Pumps\n\nHi Max,\nany news?\nIra"
)
OWA = (
    "<html><body><div>{}</div><div id='appendonsend'></div><hr style='width:98%' tabindex='-1'>"
    "<div id='divRplyFwdMsg' dir='ltr'><b>{}:</b> Ira<br><b>X:</b> y</div><div>Any news?</div>"
    "</body></html>"
)

CASES = {
    # top posting, plain
    "gmail, short": Case(
        f"Not this quarter.\n\n{GMAIL}\n\n> Any news?\n>\n> Ira", "Not this quarter."
    ),
    "gmail, several paragraphs": Case(
        f"Hi Ira,\n\n{LONG}\n\nTry May.\n\n{GMAIL}\n> Hm", f"Hi Ira,\n\n{LONG}\n\nTry May."
    ),
    "gmail, wrapped twice": Case(
        "Sure.\n\nOn Tue, May 7, 2024 at 3:02 PM Ira Holm, Vendor Sales <\nira.holm@vendor.example>\n"
        "wrote:\n\n> Any news?",
        "Sure.",
    ),
    "gmail, no blank line above": Case(f"Sure.\n{GMAIL}\n> Any news?", "Sure."),
    "gmail mobile": Case(f"Sure.\n\nSent from Gmail Mobile\n\n{GMAIL}\n> Any news?", "Sure."),
    "apple mail": Case(
        "Ok for us\n\nMax\n\n> On 7. May 2024, at 15:02, Ira Holm <ira@vendor.example> wrote:\n> \n> Any?",
        "Ok for us\n\nMax",
    ),
    "apple mail, german": Case(
        "Passt.\n\n> Am 07.05.2024 um 15:02 schrieb Ira Holm <ira@vendor.example>:\n> \n> Neues?",
        "Passt.",
    ),
    "iphone": Case(
        "Call me\n\nSent from my iPhone\n\n> On May 7, 2024, at 3:02 PM, Ira <ira@vendor.example> wrote:"
        "\n> \n> \ufeffAny news?",
        "Call me",
    ),
    "iphone, french": Case(
        "D'accord\n\nEnvoyé de mon iPhone\n\n> Le 7 mai 2024 à 15:02, Ira Holm <ira@vendor.example> a écrit :"
        "\n> \n> Alors ?",
        "D'accord",
    ),
    "outlook, bare headers": Case(
        f"Please call Tom instead.\n\n{OUTLOOK}", "Please call Tom instead."
    ),
    "outlook, rule": Case(
        f"Please stop.\n\n________________________________\n{OUTLOOK}", "Please stop."
    ),
    "outlook, original message": Case(
        f"Who are you?\n\n-----Original Message-----\n{OUTLOOK}", "Who are you?"
    ),
    "outlook, signature": Case(
        f"Send the offer.\n\nBest regards,\nMax Stein\nBuyer Ltd\n+44 20 7946 0000\n\n{OUTLOOK}",
        "Send the offer.",
    ),
    "outlook, disclaimer": Case(
        f"Yes.\n\nThis email and any attachments are confidential and intended for the addressee only.\n\n{OUTLOOK}",
        "Yes.",
    ),
    "outlook, banner on top": Case(
        "CAUTION: This email originated from outside of the organisation. Do not click links.\n\nWe are in.\n",
        "We are in.",
    ),
    "outlook mobile": Case(
        f"Later\n\nGet Outlook for Android<https://aka.ms/x>\n________________________________\n{OUTLOOK}",
        "Later",
    ),
    "outlook, german": Case(
        "Kein Bedarf.\n\nVon: Ira Holm <ira@vendor.example>\nGesendet: Dienstag, 7. Mai 2024 15:02\n"
        "An: Max Stein\nBetreff: AW: Pumpen\n\nHallo",
        "Kein Bedarf.",
    ),
    "outlook, czech": Case(
        "Nemáme zájem.\n\nFrom: Ira\nOd: Ira Holm\nOdesláno: úterý 7. května 2024\nKomu: Max\nPředmět: x\n\nDobrý den",
        "Nemáme zájem.",
    ),
    "exchange, all headers bold": Case(
        "Ja\n\n*Von:* Ira Holm\n*Gesendet:* Dienstag, 7. Mai 2024 15:02\n*An:* Max\n*Betreff:* Pumpen\n\nHallo",
        "Ja",
    ),
    "thunderbird, german": Case(
        "Nein danke.\n\nAm 07.05.24 um 15:02 schrieb Ira Holm:\n> Neues?\n> Ira\n", "Nein danke."
    ),
    "thunderbird, dutch": Case(
        "Nee.\n\nOp 07-05-2024 om 15:02 schreef Ira Holm:\n> Nieuws?\n", "Nee."
    ),
    "thunderbird, forwarded": Case(
        "FYI\n\n-------- Forwarded Message --------\nSubject: \tPumps\nDate: \tTue, 7 May 2024\nFrom: \tIra\n\nHi",
        "FYI",
    ),
    "yahoo": Case(
        "Too dear\n\n    On Tuesday, May 7, 2024 at 03:02:11 PM GMT+1, Ira Holm <ira@vendor.example> wrote:"
        "  \n \n Any news?",
        "Too dear",
    ),
    "lotus notes": Case(
        "Wrong person.\n\n\nFrom:\tIra Holm/Vendor\nTo:\tMax Stein/Buyer@BUYER\nDate:\t07.05.2024 15:02\n"
        "Subject:\tPumps\n\n\n\nHi Max",
        "Wrong person.",
    ),
    "notes, wrote": Case(
        "Ok\n\n-----Ira Holm <ira@vendor.example> wrote: -----\nTo: Max\nFrom: Ira\n\nHi", "Ok"
    ),
    "android": Case(
        "Busy, try June\n\n-------- Original message --------\nFrom: Ira <ira@vendor.example>\nDate: 07/05/2024 15:02\n\nHi",
        "Busy, try June",
    ),
    "samsung": Case(
        "Ok\n\nSent from my Samsung Galaxy smartphone.\n-------- Original message --------\nFrom: Ira\nDate: 7/5/24\n\nHi",
        "Ok",
    ),
    "blackberry": Case(
        "Ok\nSent from my BlackBerry\n\n-----Original Message-----\nFrom: Ira\nDate: Tue\n\nHi",
        "Ok",
    ),
    "mail.ru": Case(
        "Нет, спасибо.\n\nВторник, 7 мая 2024, 15:02 +03:00 от Ira Holm <ira@vendor.example>:\n> Новости?\n",
        "Нет, спасибо.",
    ),
    "yandex": Case('Да.\n\n07.05.2024, 15:02, "Ira Holm" <ira@vendor.example>:\nНовости?', "Да."),
    "qq": Case(
        '不需要。\n\n------------------ 原始邮件 ------------------\n发件人: "Ira" <ira@vendor.example>\n'
        "发送时间: 2024年5月7日\n主题: 水泵\n\n你好",
        "不需要。",
    ),
    "gmail, japanese": Case(
        "結構です。\n\n2024年5月7日(火) 15:02 Ira Holm <ira@vendor.example>:\n\n> いかがですか\n",
        "結構です。",
    ),
    "gmail, spanish, wrapped": Case(
        "No, gracias.\n\nEl mar, 7 may 2024 a las 15:02, Ira Holm (<\nira@vendor.example>) escribió:\n\n> ¿Hay?\n",
        "No, gracias.",
    ),
    "gmail, portuguese": Case(
        "Vamos falar.\n\nEm ter., 7 de mai. de 2024 às 15:02, Ira <ira@vendor.example>\nescreveu:\n\n> Oi\n",
        "Vamos falar.",
    ),
    "gmail, polish": Case(
        "Nie teraz.\n\nwt., 7 maj 2024 o 15:02 Ira Holm <ira@vendor.example> napisał(a):\n\n> Czy?\n",
        "Nie teraz.",
    ),
    "gmail, turkish": Case(
        "Hayır.\n\nIra Holm <ira@vendor.example>, 7 May 2024 Sal, 15:02 tarihinde\nşunu yazdı:\n\n> Var mı?\n",
        "Hayır.",
    ),
    # below and between
    "bottom": Case(f"{GMAIL}\n> Any news?\n> Ira\n\nNot yet, in June.", "Not yet, in June."),
    "bottom, signed": Case(
        f"{GMAIL}\n> Any news?\n\nNot yet, in June.\n\n-- \nMax", "Not yet, in June."
    ),
    "between": Case(
        f"{GMAIL}\n> Price?\nTen at most.\n> Date?\nIn June.\n", "Ten at most.\nIn June."
    ),
    "between, greeting first": Case(
        f"Hi Ira,\n\n{GMAIL}\n> Price?\n\nTen.\n\n> Date?\n\nJune.", "Hi Ira,\n\nTen.\n\nJune."
    ),
    "mailing list": Case(
        "On Tue, May 07, 2024 at 03:02:11PM +0200, Ira Holm wrote:\n> Does it build?\n\nIt does here.\n\n"
        "-- \nMax\n_______________________________________________\ndev mailing list\n"
        "dev@lists.example\nhttps://lists.example/dev",
        "It does here.",
    ),
    "mailing list, two levels": Case(
        "Ira Holm wrote:\n> Max wrote:\n>> It fails.\n> Where?\n\nOn the build host.",
        "On the build host.",
    ),
    "quote without attribution": Case("> Price?\n\nTen at most.", "Ten at most."),
    "wrapped quote": Case(
        f"{GMAIL}\n> We looked at your numbers again and we believe that the offer is\nquite fair.\n> Ira\n\nIt is not.",
        "It is not.",
    ),
    # no thread: whole
    "a list": Case(
        "We need:\n- two pumps\n- one hose\n\nFrom Berlin to Rome: by truck.",
        "We need:\n- two pumps\n- one hose\n\nFrom Berlin to Rome: by truck.",
    ),
    "an itinerary": Case(
        "My trip:\nFrom: Berlin\nTo: Rome\nDate: 4 May\nSee you",
        "My trip:\nFrom: Berlin\nTo: Rome\nDate: 4 May\nSee you",
    ),
    "a referral": Case(
        "Please write to:\n\nTom Bell\ntom@buyer.example",
        "Please write to:\n\nTom Bell\ntom@buyer.example",
        "Tom Bell <tom@x.example>",
    ),
    "on a date": Case(
        "On May 7 we met and I wrote:\nno more pumps. That holds.",
        "On May 7 we met and I wrote:\nno more pumps. That holds.",
    ),
    "a price with >": Case("Only if volume\nis > 100 units", "Only if volume\nis > 100 units"),
    # signatures
    "postscript": Case(
        "Fine.\n\nBest,\nMax\n\nP.S. Please add the hose.", "Fine.\n\n\nP.S. Please add the hose."
    ),
    "signed by the sender": Case(
        "Not for us.\n\nMax Stein\nHead of Purchasing\nBuyer Ltd",
        "Not for us.",
        "Max Stein <max@buyer.example>",
    ),
    "signed by the first name": Case(
        "Not for us.\n\nMax", "Not for us.", '"Max Stein" <max@buyer.example>'
    ),
    "another name stays": Case(
        "Not for us. Try:\n\nTom", "Not for us. Try:\n\nTom", "Max Stein <max@buyer.example>"
    ),
    # HTML
    "html, gmail": Case(
        '<div dir="ltr">No thanks</div><br><div class="gmail_quote"><div class="gmail_attr">Onbekend, Ira schreibselt:'
        '<br></div><blockquote class="gmail_quote">Any news?</blockquote></div>',
        "No thanks",
    ),
    "html, gmail between": Case(
        '<div><div class="gmail_quote">Ira:<blockquote class="gmail_quote">Price?</blockquote><div>Ten.</div>'
        '<blockquote class="gmail_quote">Date?</blockquote><div>June.</div></div></div>',
        "Ten.\n\nJune.",
    ),
    "html, gmail forward": Case(
        '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        "From: Ira<br>Date: Tue<br>Subject: Pumps<br></div>Hi<blockquote>Old</blockquote>More</div>",
        "FYI",
    ),
    "html, indented paragraph": Case(
        "<div>He said:</div><blockquote style='margin:0 0 0 40px;border:none;padding:0px'>Never</blockquote><div>Bye</div>",
        "He said:\n\nNever\n\nBye",
    ),
    "html, outlook web": Case(OWA.format("Not now", "From"), "Not now"),
    "html, outlook web, language unknown": Case(OWA.format("Not now", "Mittente?"), "Not now"),
    "html, outlook desktop": Case(
        "<div><p>Not now<o:p></o:p></p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3pt'><p><b>Von:</b>"
        " Ira<br><b>Gesendet:</b> Dienstag<br><b>An:</b> Max<br><b>Betreff:</b> x</p></div><p>Hi</p></div>",
        "Not now",
    ),
    "html, a divider of the author": Case(
        "<p>One</p><hr><p>Two</p><div style='border-top:solid 1px'>Three</div>",
        "One\n\nTwo\n\nThree",
    ),
    "html, yahoo": Case(
        "<div>Ok</div><div id='yahoo_quoted_1' class='yahoo_quoted'><div>On Tue Ira:</div><div>Hi</div></div>",
        "Ok",
    ),
    "html, apple": Case(
        "<div>Ok</div><blockquote type='cite'><div>On 7 May, Ira wrote:</div><div>Hi</div></blockquote>",
        "Ok",
    ),
    "html, thunderbird": Case(
        "<p>Ok</p><div class='moz-cite-prefix'>Ira, 7.5.24:</div><blockquote type='cite'>Hi</blockquote>",
        "Ok",
    ),
    "html, zimbra": Case(
        "<div>Ok</div><hr id='zwchr' data-marker='__DIVIDER__'><div>Xy: Ira<br></div><div>Hi</div>",
        "Ok",
    ),
    "html, proton": Case(
        "<div>Ok</div><div class='protonmail_quote'>Den siste dag, Ira:<blockquote>Hi</blockquote></div>",
        "Ok",
    ),
    "html, bottom": Case(
        "<blockquote type='cite'>Price?</blockquote><p>Ten &gt; nine &amp; fine</p>",
        "Ten > nine & fine",
    ),
    "html, pre and cells": Case(
        "<table><tr><td>a</td><td>b</td></tr></table><pre>x\n y</pre>", "a b\n\nx\ny"
    ),
    "html, styles and comments": Case(
        "<style>p{}</style><!-- no --><p title='a > b'>Yes<br>please</p><script>1<2</script>",
        "Yes\nplease",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_reply_is_found(case: Case) -> None:
    read = cut_html if case.mail.startswith("<") else cut
    assert read(case.mail, sender=case.sender).reply().split() == case.reply.split()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_line_ends_make_no_difference(case: Case) -> None:
    if not case.mail.startswith("<"):
        mail = case.mail.replace("\n", "\r\n")
        assert cut(mail, sender=case.sender).reply().split() == case.reply.split()


PURE_FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Ira\nDate: Tue\nSubject: Pumps\n\nHi Max",
    "Begin forwarded message:\n\n> From: Ira\n> Subject: Pumps\n>\n> Hi Max",
    f"\n________________________________\n{OUTLOOK}",
    OUTLOOK,
    "Sent from my iPhone\n\nBegin forwarded message:\n\n> From: Ira\n> Hi Max",
    "-- \nMax Stein\n\n-------- Weitergeleitete Nachricht --------\nBetreff: Pumpen\nVon: Ira\n\nHallo",
    "-------- Original Message --------\nSubject: Pumps\nFrom: Ira\n\nHi Max",
]


@pytest.mark.parametrize("mail", PURE_FORWARDS)
def test_a_pure_forward_is_told(mail: str) -> None:
    assert cut(mail).is_forward
    assert cut(mail).pick(Kind.REPLY) == ""
    assert "Hi Max" in cut(mail).reply() or "Hallo" in cut(mail).reply()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_none_of_the_cases_is_a_pure_forward(case: Case) -> None:
    assert not (cut_html if case.mail.startswith("<") else cut)(case.mail).is_forward


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_reply_is_cut_no_further(case: Case) -> None:
    assert cut(case.reply, sender=case.sender).reply() == case.reply
