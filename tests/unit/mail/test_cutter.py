from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.mail.replies import Kind, cut
from penstock.mail.replies.languages import LANGUAGES

# How each program and language introduces a quoted mail; one line for each.
INTRODUCTIONS = {
    "gmail en": "On Mon, Mar 4, 2024 at 9:15 AM Ann Lee <ann@example.com> wrote:",
    "gmail en, wrapped": "On Mon, Mar 4, 2024 at 9:15 AM Ann Lee <\nann@example.com> wrote:",
    "apple en": "On 4 Mar 2024, at 09:15, Ann Lee <ann@example.com> wrote:",
    "thunderbird en": "On 04/03/2024 09:15, Ann Lee wrote:",
    "iso date": "2024-03-04 9:15 GMT+01:00 Ann Lee <ann@example.com>:",
    "yahoo en": "On Monday, March 4, 2024 at 09:15:00 AM GMT, Ann Lee <ann@example.com> wrote:",
    "android": "---- Ann Lee wrote ----",
    "outlook en": "From: Ann Lee\nSent: Monday, 4 March 2024 09:15\nTo: Bo\nSubject: Offer",
    "outlook web": "________________________________\nFrom: Ann\nSent: Monday\nTo: Bo",
    "outlook bold": "*From:* Ann Lee\n*Sent:* Monday, 4 March 2024 09:15\n*To:* Bo",
    "original message": "-----Original Message-----\nFrom: Ann\nSubject: Offer",
    "notes": "-----Ann Lee/Example wrote: -----\n\nTo: Bo\nFrom: Ann Lee",
    "de": "Am Mo., 4. März 2024 um 09:15 Uhr schrieb Ann Lee <ann@example.com>:",
    "de thunderbird": "Am 04.03.24 um 09:15 schrieb Ann Lee:",
    "de outlook": "Von: Ann Lee\nGesendet: Montag, 4. März 2024 09:15\nAn: Bo\nBetreff: Angebot",
    "de separator": "-----Ursprüngliche Nachricht-----",
    "fr": "Le lun. 4 mars 2024 à 09:15, Ann Lee <ann@example.com> a écrit :",
    "fr outlook": "De : Ann Lee\nEnvoyé : lundi 4 mars 2024 09:15\nÀ : Bo\nObjet : Offre",
    "es": "El lun, 4 mar 2024 a las 9:15, Ann Lee (<ann@example.com>) escribió:",
    "es outlook": "De: Ann Lee\nEnviado: lunes, 4 de marzo de 2024\nPara: Bo\nAsunto: Oferta",
    "it": "Il giorno lun 4 mar 2024 alle ore 09:15 Ann Lee <ann@example.com> ha scritto:",
    "it outlook": "Da: Ann Lee\nInviato: lunedì 4 marzo 2024\nA: Bo\nOggetto: Offerta",
    "nl": "Op ma 4 mrt 2024 om 09:15 schreef Ann Lee <ann@example.com>:",
    "nl outlook": "Van: Ann Lee\nVerzonden: maandag 4 maart 2024\nAan: Bo\nOnderwerp: Aanbod",
    "pt": "Em seg., 4 de mar. de 2024 às 09:15, Ann Lee <ann@example.com> escreveu:",
    "pt outlook": "De: Ann Lee\nEnviada em: segunda-feira, 4 de março\nPara: Bo\nAssunto: Oferta",
    "sv": "Den mån 4 mars 2024 kl 09:15 skrev Ann Lee <ann@example.com>:",
    "sv outlook": "Från: Ann Lee\nSkickat: den 4 mars 2024\nTill: Bo\nÄmne: Erbjudande",
    "da": "Den man. 4. mar. 2024 kl. 09.15 skrev Ann Lee <ann@example.com>:",
    "da outlook": "Fra: Ann Lee\nSendt: 4. marts 2024\nTil: Bo\nEmne: Tilbud",
    "no": "På 4. mars 2024 kl. 09:15 skrev Ann Lee <ann@example.com>:",
    "pl": "pon., 4 mar 2024 o 09:15 Ann Lee <ann@example.com> napisał(a):",
    "pl outlook": "Od: Ann Lee\nWysłano: poniedziałek, 4 marca 2024\nDo: Bo\nTemat: Oferta",
    "fi": "ma 4. maalisk. 2024 klo 9.15 Ann Lee (ann@example.com) kirjoitti:",
    "cs": "Dne po 4. 3. 2024 v 9:15 Ann Lee <ann@example.com> napsal:",
    "tr": "Ann Lee <ann@example.com>, 4 Mar 2024 Pzt, 09:15 tarihinde şunu yazdı:",
    "ru": "пн, 4 мар. 2024 г. в 09:15, Ann Lee <ann@example.com> пишет:",
    "vi": "Vào 09:15, Th 2, 4 thg 3, 2024 Ann Lee <ann@example.com> đã viết:",
    "ja": "2024年3月4日(月) 9:15 Ann Lee <ann@example.com>:",
    "ja outlook": "差出人: Ann Lee\n送信日時: 2024年3月4日 9:15\n宛先: Bo\n件名: ご提案",
    "zh": "Ann Lee <ann@example.com> 于2024年3月4日周一 09:15写道：",
    "zh outlook": "发件人: Ann Lee\n发送时间: 2024年3月4日 9:15\n收件人: Bo\n主题: 报价",
    "sparrow": "On Monday, March 4, 2024 at 9:15 AM, Ann Lee wrote:",
    "mail.ru": "Пн, 4 марта 2024, 9:15 +03:00 от Ann Lee <ann@example.com>:",
    "ru yandex": '04.03.2024, 09:15, "Ann Lee" <ann@example.com>:',
    "ru outlook": "От: Ann Lee\nОтправлено: 4 марта 2024 г. 9:15\nКому: Bo\nТема: Оферта",
    "roundcube": "On 2024-03-04 09:15, Ann Lee wrote:",
    "lotus": "From:\tAnn Lee/Example\nTo:\tBo/Example@EXAMPLE\nDate:\t04/03/2024\nSubject:\tOffer",
    "fi outlook": "Lähettäjä: Ann Lee\nLähetetty: 4. maaliskuuta 2024\nAihe: Tarjous",
    "no outlook": "Fra: Ann Lee\nSendt: mandag 4. mars 2024\nTil: Bo\nEmne: Tilbud",
    "cs outlook": "Od: Ann Lee\nOdesláno: pondělí 4. března 2024\nKomu: Bo\nPředmět: Nabídka",
    "tr outlook": "Kimden: Ann Lee\nGönderildi: 4 Mart 2024\nKime: Bo\nKonu: Teklif",
    "tr, wrapped": "Ann Lee <ann@example.com>, 4 Mar 2024 Pzt,\n09:15 tarihinde şunu yazdı:",
    "ru, wrapped": "пн, 4 мар. 2024 г. в 09:15, Ann Lee <\nann@example.com> пишет:",
    "pl, wrapped": "pon., 4 mar 2024 o 09:15 Ann Lee\n<ann@example.com> napisał(a):",
    "ko": "2024년 3월 4일 (월) 오전 9:15, Ann Lee <ann@example.com>님이 작성:",
    "ko outlook": "보낸 사람: Ann Lee\n보낸 날짜: 2024년 3월 4일\n받는 사람: Bo\n제목: 제안",
    "hu": "Ann Lee <ann@example.com> ezt írta (időpont: 2024. márc. 4., H, 9:15):",
    "hu outlook": "Feladó: Ann Lee\nElküldve: 2024. március 4.\nCímzett: Bo\nTárgy: Ajánlat",
    "ro": "În lun., 4 mar. 2024 la 09:15, Ann Lee <ann@example.com> a scris:",
    "el": "Στις Δευ 4 Μαρ 2024 στις 9:15 π.μ., ο χρήστης Ann Lee <ann@example.com> έγραψε:",
    "uk": "пн, 4 бер. 2024 р. о 09:15 Ann Lee <ann@example.com> пише:",
    "he": "\u202bבתאריך יום ב׳, 4 במרץ 2024 ב-9:15 מאת \u202aAnn Lee\u202c\u200f <\u202a"
    "ann@example.com\u202c\u200f>:\u202c",
    "ar": "في الاثنين، 4 مارس 2024 في 9:15 ص تمت كتابة ما يلي بواسطة Ann Lee <ann@example.com>:",
    "id": "Pada tanggal Sen, 4 Mar 2024 pukul 09.15 Ann Lee <ann@example.com> menulis:",
    "hr": "pon, 4. ožu 2024. u 09:15 Ann Lee <ann@example.com> napisao je:",
    "sk": "po 4. 3. 2024 o 9:15 Ann Lee <ann@example.com> napísal(a):",
    "sl": "V pon., 4. mar. 2024 ob 09:15 je oseba Ann Lee <ann@example.com> napisala:",
    "bg": "На пн, 4.03.2024 г. в 9:15 Ann Lee <ann@example.com> написа:",
    "ca": "Missatge de Ann Lee <ann@example.com> del dia dl., 4 de març 2024 a les 9:15:",
    "ca outlook": "De: Ann Lee\nEnviat: dilluns, 4 de març de 2024\nPer a: Bo\nAssumpte: Oferta",
    "lt": "2024-03-04, pr, 09:15 Ann Lee <ann@example.com> rašė:",
    "lv": "pirmd., 2024. g. 4. marts, plkst. 09:15 lietotājs Ann Lee (<ann@example.com>) rakstīja:",
    "et": "Kuupäev E, 4. märts 2024 kell 09:15 kirjutas Ann Lee <ann@example.com>:",
    "th": "ในวันที่ จ. 4 มี.ค. 2024 เวลา 09:15 Ann Lee <ann@example.com> เขียนว่า:",
}


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_a_thread_below_is_cut(introduction: str) -> None:
    marked = f"Yes, call me.\n\n{introduction}\n\n> Are you interested?\n> Ann\n"
    assert cut(marked).reply() == "Yes, call me."
    plain = f"Yes, call me.\n\n{introduction}\n\nAre you interested?\nAnn\n"
    # "Name wrote:" without a mark below could be a sentence of the author's.
    if introduction != INTRODUCTIONS["fi"]:
        assert cut(plain).reply() == "Yes, call me."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_the_table_has_a_case(language: str) -> None:
    assert any(
        name.split()[-1] == language or name.split()[0] == language for name in INTRODUCTIONS
    )


UNTOUCHED = [
    "Yes, call me.",
    "On Monday I wrote:\nnothing of it is true",
    "When: Monday\nWhere: here\nDate: 4 March\nBring a pen",
    "Please answer these: 1) price 2) date",
    "First part\n__________\nSecond part\n----------\nThird part, which says more than the second",
    "a > b and b < c\nso a > c",
    "Thanks\nfor the offer, we take it and start in a week or two, if that suits you as well, Ann",
    "-- \nonly a signature",
    "> only a quote",
    "Sent from my desk, which is much nicer to work at than any telephone.",
    "Visit us\n>>> http://example.com <<<\nAnn likes it",
    "   \n",
    "",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_a_mail_without_a_thread_comes_back_whole(text: str) -> None:
    assert cut(text).reply() == text.strip()


SIGNATURES = [
    "-- \nAnn Lee\nExample Ltd",
    "--\nAnn Lee",
    "Best regards,\nAnn Lee",
    "Mit freundlichen Grüßen\nAnn Lee\nExample GmbH",
    "Cordialement,\nAnn",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "CONFIDENTIALITY NOTICE: This e-mail is for Bo only.\nDelete it.",
    "This email and any attachments are confidential.",
    "-Ann Lee",
    "_______________________________________________\nlist mailing list\nlist@example.com",
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("thread", ["", "\n\nOn 4 Mar 2024, Ann wrote:\n> Hi"])
def test_a_signature_is_dropped_or_kept(signature: str, thread: str) -> None:
    text = f"Not now, maybe in May.\n\n{signature}{thread}"
    assert cut(text).reply() == "Not now, maybe in May."
    assert cut(text).reply(signature=True) == f"Not now, maybe in May.\n\n{signature}"


def test_answers_below_and_between_quotes_are_the_authors() -> None:
    text = "On 4 Mar 2024, Ann wrote:\n> Price?\n\nTen.\n\n> Date?\n\nMay.\n-- \nBo"
    assert cut(text).reply().split() == ["Ten.", "May."]


def test_a_forward_is_told_from_a_quote() -> None:
    head = "---------- Forwarded message ---------\nFrom: Ann\nDate: Mon\nSubject: x\n\nHello"
    mixed, pure = cut(f"FYI\n\n{head}"), cut(head)
    assert (mixed.pick(Kind.REPLY), mixed.pick(Kind.FORWARD)) == ("FYI", head)
    assert (pure.pick(Kind.REPLY), pure.reply()) == ("", head)


def test_headers_on_top_are_those_of_a_forward() -> None:
    text = "From: Ann\nDate: Mon\nSubject: x\n\nYes, call me.\n\nRegards,\nAnn"
    result = cut(text)
    assert result.is_forward
    assert result.reply() == text.removesuffix("\n\nRegards,\nAnn")
    assert result.reply(signature=True) == text


def test_only_a_newline_ends_a_line() -> None:
    assert (
        cut("one\u2028> two\x0b> three\x85> four").reply() == "one\u2028> two\x0b> three\x85> four"
    )
    assert cut("Yes.\r\n\r\nOn 4 Mar 2024, Ann wrote:\r\n> Hi\r\n").reply() == "Yes."


PIECES = st.sampled_from(
    [
        *("> ", ">", "On 1 ", "wrote:", "\n", "\n\n", "\r\n", "-----Original Message-----\n"),
        *("From: a\n", "Sent: b\n", "Subject: c\n", "-- \n", "____________\n", "Thanks,\n"),
        *("hello", " a@b.c ", "<x@y.z>:", "\u2028", "\0", "\ud800", "Von: ", "写道：", "*", ":"),
        *("---------- Forwarded message ----------\n", "Sent from my iPhone\n", "12:30"),
    ]
)
MAILS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=40).map("".join))


@given(MAILS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_cut_into_spans_without_gaps(text: str) -> None:
    result = cut(text)
    assert "".join(text[span.start : span.end] for span in result.spans) == text
    for keep in (True, False):
        reply = result.reply(signature=keep)
        assert bool(reply) == bool(text.strip())


@given(st.from_regex(r"[a-z]{3,9}( [a-z]{3,9}){2,8}\.", fullmatch=True), MAILS)
@settings(max_examples=60, deadline=None)
def test_what_the_author_wrote_on_top_stays(words: str, below: str) -> None:
    text = f"{words}\n\nOn Mon, Mar 4, 2024 at 9:15 AM Ann <ann@example.com> wrote:\n\n{below}"
    assert cut(text).reply().startswith(words)
