"""Mail that programs wrote wrongly: no header, and no letter, is lost."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.mail.reading import cut_mail, decode_mail
from penstock.mail.replies import cut

HEAD = "From: Ida Roth <ida@buyer.example>\nSubject: Re: Pumpen für uns\nX-Own: 1\n"
OWN = "Wir nehmen zehn Stück – für 5 €."
MAIL = f"{HEAD}\n{OWN}\n"
CRLF = MAIL.replace("\n", "\r\n")
UTF_8_BOM = b"\xef\xbb\xbf"

AHEAD_OF_HEADERS = {
    "byte order mark": UTF_8_BOM + CRLF.encode(),
    "byte order mark, twice": UTF_8_BOM * 2 + MAIL.encode(),
    "byte order mark read as latin-1": "\ufeff".encode().decode("latin-1").encode() + MAIL.encode(),
    "byte order mark and blank line": UTF_8_BOM + b"\r\n" + CRLF.encode(),
    "blank line": b"\n" + MAIL.encode(),
    "blank lines": b"\r\n \t\r\n\r\n" + CRLF.encode(),
    "blanks": b"  " + MAIL.encode(),
    "blank line and mbox": b"\nFrom ida@buyer.example Tue Mar  3 10:00:00 2026\n" + MAIL.encode(),
    "utf-16 with its mark": MAIL.encode("utf-16"),
    "utf-16, big end first": b"\xfe\xff" + CRLF.encode("utf-16-be"),
    "utf-16-le without a mark": CRLF.encode("utf-16-le"),
    "utf-16-be without a mark": MAIL.encode("utf-16-be"),
    "utf-16 behind a blank line": ("\n" + MAIL).encode("utf-16"),
    "utf-32": MAIL.encode("utf-32"),
    "carriage returns": MAIL.replace("\n", "\r").encode(),
    "carriage returns behind a mark": UTF_8_BOM + MAIL.replace("\n", "\r").encode(),
    "two carriage returns": MAIL.replace("\n", "\r\r\n").encode(),
    "blank before the colon": MAIL.replace("Subject:", "Subject :").encode(),
}


@pytest.mark.parametrize("content", AHEAD_OF_HEADERS.values(), ids=AHEAD_OF_HEADERS)
def test_headers_are_found(content: bytes) -> None:
    record = decode_mail(content)
    assert record.headers == {
        "from": "Ida Roth <ida@buyer.example>",
        "subject": "Re: Pumpen für uns",
        "x-own": "1",
    }
    assert record.text.strip() == OWN
    assert cut_mail(content).reply() == OWN


@pytest.mark.parametrize(
    "content",
    [
        b"\n\nNote: call me\n\nIda",
        b"\nPumps: ten\nHoses: two\n",
        b"\n\nFrom: my point of view, no.\nIda\n",
        b"Note : call me\n\nIda",
    ],
)
def test_text_that_looks_like_headers_stays(content: bytes) -> None:
    record = decode_mail(content)
    assert record.headers == {}
    assert record.text.strip() == content.decode().strip()


def test_a_body_whose_lines_end_with_carriage_returns_is_cut() -> None:
    body = f"{OWN}\r\rOn 7 May 2024, at 15:02, Ira <ira@vendor.example> wrote:\r\r> Any news?\r"
    assert cut(body).reply() == OWN
    assert cut(body).text == body
    head = "Content-Transfer-Encoding: base64\r\n\r\n"
    content = head.encode() + base64.encodebytes(body.encode())
    assert cut_mail(content).reply() == OWN
    quoted = f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}".replace(
        "für", "f=C3=BCr=\r"
    )
    assert cut_mail(quoted.encode()).reply() == OWN


ENCODINGS = [
    ("base64 ", "base64"),
    (" base64\t", "base64"),
    ("base 64", "base64"),
    ('"base64"', "base64"),
    ("base64;", "base64"),
    ("BASE64 (of a gateway)", "base64"),
    ("quoted-printable ", "qp"),
    ("quoted printable", "qp"),
    ("quoted- printable", "qp"),
    ("quotedprintable", "qp"),
    ("Quoted-Printable; charset=utf-8", "qp"),
    ("8bit ", ""),
    ("8 bit", ""),
    ("7bit", ""),
    ("", ""),
    ("unknown", ""),
]


@pytest.mark.parametrize(("written", "meant"), ENCODINGS)
def test_a_transfer_encoding_is_known_however_it_is_written(written: str, meant: str) -> None:
    encoded = {
        "base64": base64.b64encode(OWN.encode()),
        "qp": "".join(c if c.isascii() else f"={c.encode().hex('=')}" for c in OWN).encode(),
    }
    body = encoded.get(meant, OWN.encode())
    content = f"Subject: x\nContent-Transfer-Encoding: {written}\n\n".encode() + body
    assert decode_mail(content).text == OWN


GERMAN = "Grüße aus Köln – „fünf“ • 10 €"
FRENCH = "Déjà reçu, à bientôt. Où êtes-vous ?"
FINNISH = "Hyvää päivää, määrää kymmenen."
CHINESE = "朱镕基先生，您好！我们要订购十台水泵。"
TAIWANESE = "您好，我們對貴公司的水泵很感興趣，請發一份報價。"
JAPANESE = "お世話になっております。ポンプを①台注文します。"
KOREAN = "안녕하세요. 펌프 열 대를 주문하고 싶습니다. 뷁"
RUSSIAN = "Добрый день! Мы хотим заказать десять насосов."
UKRAINIAN = "Ні, дякую. Нам це не потрібно."
HEBREW = "תודה רבה, אנחנו מעוניינים בהצעה"
GREEK = "Ευχαριστώ πολύ, θα παραγγείλουμε δέκα αντλίες."
ARABIC = "شكرا جزيلا نحن مهتمون بعرضكم"
THAI = "“สวัสดีครับ” เราต้องการสั่งซื้อปั๊มสิบตัว"
TURKISH = "Teşekkürler, “on” pompa sipariş ediyoruz – İyi günler"
POLISH = "Dziękuję, zamawiamy dziesięć pomp. Późniejszy termin też może być."

# The charset that a mail names, that of its bytes, and its text.
CHARSETS = [
    # UTF-8 under another name
    *(
        (name, "utf-8", text)
        for name in (
            "windows-1252",
            "us-ascii",
            "iso-8859-1",
            "",
            "x-unknown",
            "default",
            "utf8mb4",
        )
        for text in (GERMAN, CHINESE, RUSSIAN, "é", "好")
    ),
    ("windows-1251", "utf-8", RUSSIAN),
    ("koi8-r", "utf-8", RUSSIAN),
    ("gb2312", "utf-8", CHINESE),
    ("gbk", "utf-8", GERMAN),
    ("big5", "utf-8", TAIWANESE),
    ("shift_jis", "utf-8", JAPANESE),
    ("iso-2022-jp", "utf-8", JAPANESE),
    ("euc-kr", "utf-8", KOREAN),
    ("tis-620", "utf-8", THAI),
    ("windows-1255", "utf-8", HEBREW),
    ("utf-16", "utf-8", GERMAN),
    ("unicode", "utf-8", GERMAN),
    # names of the smaller charset for the larger one
    ("gb2312", "gbk", CHINESE),
    ("gb_2312-80", "gbk", CHINESE),
    ("gbk", "gb18030", "㐀" + CHINESE),
    ("iso-8859-1", "cp1252", GERMAN),
    ("us-ascii", "cp1252", GERMAN),
    ("iso-8859-9", "cp1254", TURKISH),
    ("tis-620", "cp874", THAI),
    ("iso-8859-11", "cp874", THAI),
    ("shift_jis", "cp932", JAPANESE),
    ("ks_c_5601-1987", "cp949", KOREAN),
    ("euc-kr", "cp949", KOREAN),
    ("big5", "big5hkscs", "嘅喺咗" + TAIWANESE),
    ("iso-2022-jp", "iso2022_jp_ext", "ｱｲｳ"),
    # names that Python does not know
    ("windows-874", "cp874", THAI),
    ("x-sjis", "cp932", JAPANESE),
    ("Windows-31J", "cp932", JAPANESE),
    ("x-gbk", "gbk", CHINESE),
    ("windows-936", "gbk", CHINESE),
    ("x-windows-949", "cp949", KOREAN),
    ("x-x-big5", "cp950", TAIWANESE),
    ("win-1251", "cp1251", RUSSIAN),
    ("cp-1251", "cp1251", RUSSIAN),
    ("windows-1251http-equivcontent-type", "cp1251", RUSSIAN),
    ("x-cp1250", "cp1250", POLISH),
    ("iso-8859-8-i", "iso8859-8", HEBREW),
    ("koi8-ru", "koi8-u", UKRAINIAN),
    ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
    ("unicode-1-1-utf-7", "utf-7", GERMAN),
    ("windows-65001", "utf-8", GERMAN),
    # another charset than the default that a program names, or none
    *(
        (name, codec, text)
        for name in ("", "utf-8", "iso-8859-1", "nonsense")
        for codec, text in (
            ("cp1252", GERMAN),
            ("cp1252", FRENCH),
            ("cp1252", FINNISH),
            ("gbk", CHINESE),
            ("cp950", TAIWANESE),
            ("cp932", JAPANESE),
            ("euc_jp", JAPANESE.replace("①", "")),
            ("iso2022_jp", JAPANESE.replace("①", "")),
            ("cp949", KOREAN),
            ("cp1251", RUSSIAN),
            ("cp1251", UKRAINIAN),
            ("koi8-r", RUSSIAN),
            ("cp1253", GREEK),
            ("cp1255", HEBREW),
            ("cp1256", ARABIC),
            ("cp874", THAI),
        )
    ),
    # a charset that is right is believed
    ("windows-1251", "cp1251", RUSSIAN),
    ("windows-1251", "cp1251", "Ні"),
    ("iso-8859-2", "iso8859-2", POLISH),
    ("gb18030", "gb18030", CHINESE),
    ("utf-16", "utf-16", GERMAN),
    ("utf-16le", "utf-16-le", GERMAN),
    ("utf-16", "utf-16-be", GERMAN),
    ("", "utf-16", GERMAN),
    ("utf-8", "utf-16-le", GERMAN),
    ("iso-8859-1", "utf-8-sig", GERMAN),
]


@pytest.mark.parametrize(("name", "codec", "text"), CHARSETS)
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_text_is_readable_whatever_its_charset_is_called(
    name: str, codec: str, text: str, encoding: str
) -> None:
    body = text.encode(codec)
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif b"\n" in body or b"\r" in body:
        pytest.skip("a line end in a character goes by base64 only")
    head = f'Subject: x\nContent-Type: text/plain; charset="{name}"\n'
    content = f"{head}Content-Transfer-Encoding: {encoding}\n\n".encode() + body
    assert decode_mail(content).text == text


@pytest.mark.parametrize(
    "kind", ["", "Content-Type: text/plain; charset=\n", "Content-Type: text/plain\n"]
)
def test_no_charset_is_what_the_bytes_are(kind: str) -> None:
    for codec in ("utf-8", "cp1252"):
        assert decode_mail(f"Subject: x\n{kind}\n".encode() + OWN.encode(codec)).text == OWN


def test_utf_8_that_is_cut_off_or_broken_stays_utf_8() -> None:
    head = b"Content-Type: text/plain; charset=%s\n\n"
    for name in (b"utf-8", b"windows-1252"):
        assert decode_mail(head % name + RUSSIAN.encode()[:-2]).text.startswith(RUSSIAN[:-2])
        broken = RUSSIAN.encode() + b"\x9d"
        assert decode_mail(head % name + broken).text == RUSSIAN + "\ufffd"


def test_html_that_names_its_charset_is_believed() -> None:
    meta = "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-2'>"
    page = f"<html><head>{meta}</head><body>{POLISH}</body></html>"
    for kind in ("text/html", 'text/html; charset="nonsense"'):
        content = f"Content-Type: {kind}\n\n".encode() + page.encode("iso8859-2")
        assert decode_mail(content).text == POLISH


HEADERS = [
    (GERMAN.encode(), GERMAN),
    (FRENCH.encode("cp1252"), FRENCH),
    (RUSSIAN.encode("koi8-r"), RUSSIAN),
    (b"=?gb2312?B?" + base64.b64encode(CHINESE.encode("gbk")) + b"?=", CHINESE),
    (b"=?windows-874?B?" + base64.b64encode(THAI.encode("cp874")) + b"?= ok", THAI + " ok"),
    (b"=?iso-8859-1?B?" + base64.b64encode(GERMAN.encode()) + b"?=", GERMAN),
    (b"=?utf-8?Q?Gr=C3=BC?= =?iso-8859-1?Q?=DFe_an_alle?=", "Grüße an alle"),
    # a character split over two words
    (b"=?utf-8?B?R3LD?=\n =?utf-8?B?vMOfZQ==?=", "Grüße"),
    (b"Re: =?us-ascii?Q?plain?= text", "Re: plain text"),
    (b"=?utf-8?B?????=", None),
    (b"=?utf-8?Q?=ZZ=?=", None),
]


@pytest.mark.parametrize(("raw", "text"), HEADERS)
def test_headers_are_readable(raw: bytes, text: str | None) -> None:
    headers = decode_mail(b"Subject: " + raw + b"\nFrom: " + raw + b" <a@b.example>\n\nx").headers
    assert text is None or headers["subject"] == text
    assert text is None or "," in text or text.split()[0].strip("“”") in headers["from"]


def test_an_attached_mails_headers_are_readable_too() -> None:
    content = b"Content-Type: message/rfc822\n\nSubject: " + GERMAN.encode() + b"\n\nHallo"
    assert f"Subject: {GERMAN}" in decode_mail(content).text


def test_parts_without_a_boundary_keep_their_letters() -> None:
    parts = f"--y\nContent-Type: text/plain; charset=utf-8\n\n{OWN}\n--y--"
    content = f"Content-Type: multipart/mixed;\nboundary=y\n\n{parts}".encode()
    assert decode_mail(content).text.strip() == OWN


@given(
    st.binary(max_size=120), st.sampled_from([c[0] for c in CHARSETS] + ["idna", "rot13", "hex"])
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_under_any_name_are_text(body: bytes, name: str) -> None:
    head = f'Content-Type: text/plain; charset="{name}"\nContent-Transfer-Encoding: base64\n\n'
    text = decode_mail(head.encode() + base64.encodebytes(body)).text
    assert text or not body.strip(b"\0\xfe\xff\xef\xbb\xbf\x0e\x0f\x1b~\r\n")


HOSTILE = {
    "carriage returns": b"Subject: x\r\n\r\n" + b"\r" * 200_000 + b"x",
    "carriage returns, broken": b"\r\r\n" * 70_000,
    "blanks": b"\n " * 100_000 + b"x",
    "encoded words": b"Subject: " + b"=?utf-8?b?eA==?= " * 12_000 + b"\n\n",
    "open encoded words": b"Subject: " + b"=?utf-8?b?" * 20_000 + b"\n\n",
    "meta": b"Content-Type: text/html\n\n" + b"<meta " * 40_000,
    "punycode": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 100_000,
    "high bytes": b"\n\n" + b"\xe4a" * 100_000,
    "header names": b"X-" * 100_000,
    "many headers": b"X-a :b\n" * 3_000 + b"\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_take_no_long_time(content: bytes) -> None:
    began = time.process_time()
    decode_mail(content)
    assert time.process_time() - began < 2
