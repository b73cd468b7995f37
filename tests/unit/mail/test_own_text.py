# ruff: noqa: E501 (a mail is easier to read on one line)
"""What the author wrote stays whole, and what a program added to it goes."""

from __future__ import annotations

import pytest

from penstock.mail.replies import Kind, cut, cut_html

OWN = "Tuesday at ten works for us."

DIVIDED = [
    f"Our order:\n{rule}\n10 pumps, type B\n5 valves, type C\n{rule}\nPlease confirm by Friday."
    for rule in ("---", "--------", "-" * 30, "***", "* * *", "___", "_" * 32, "—", "———", "––", "====", "~~~~")
] + [
    f"Two options.\n\n{rule}\n\nOption A: wait\n\n{rule}\n\nOption B: buy elsewhere"
    for rule in ("---", "***", "___", "—")
] + [
    "Price is fine.\n---\nDate is not: we need June.",
    "Ten pumps\n***\nWhat about the hoses?",
    "Points:\n___\n1. price\n2. date\n3. place",
    "Order\n—\npumps: 10\nhoses: 5",
    "Monday\n---\nTen\n---\nTuesday\n---\nTwelve",
]  # fmt: skip


@pytest.mark.parametrize("mail", DIVIDED)
def test_a_row_that_divides_the_authors_text_signs_nothing(mail: str) -> None:
    assert cut(mail).reply() == mail


@pytest.mark.parametrize("rule", ["---", "***", "___", "—", "--", "-- "])
@pytest.mark.parametrize(
    "name", ["Max Stein\nBuyer Ltd", "Max", "Max Stein, CEO\n+44 20 7946 0000", "max@buyer.example"]
)
def test_a_row_above_a_name_still_signs(rule: str, name: str) -> None:
    assert cut(f"{OWN}\n\n{rule}\n{name}").reply() == OWN


SAID = [
    "On 5 March 2026 at 10:00:11, Ida Roth (ida@buyer.example) said:",
    "On 5 March 2026 at 10:00, Ida Roth <ida@buyer.example> said:",
    "On Thu, 5 Mar 2026 10:00:11 +0100, Ida Roth [ida@buyer.example] replied:",
    "On 5 March 2026, Ida Roth (ida@buyer.example) said:",
    "On 5 March 2026 at 10:00:11,\nIda Roth (ida@buyer.example) said:",
    "Am 5. März 2026 um 10:00 sagte Ida Roth (ida@buyer.example):",
    "Le 5 mars 2026 à 10:00, Ida Roth (ida@buyer.example) a dit :",
    "Ida Roth (ida@buyer.example) said:",
    "Ida Roth <ida@buyer.example> says:",
]


@pytest.mark.parametrize("introduction", SAID)
@pytest.mark.parametrize("gap", ["\n", "\n\n\n"])
def test_what_somebody_said_is_quoted(introduction: str, gap: str) -> None:
    assert cut(f"{OWN}\n\n{introduction}{gap}Hello there\nhow are you").reply() == OWN


@pytest.mark.parametrize(
    "mail",
    [
        "As Tom said:\nwe need no pumps. That holds.",
        "On Monday he said:\nno more pumps.",
        "On 5 March at 10:00 she said:\nno more pumps.",
        "Tom says: ten.\nI say: twelve.",
    ],
)
def test_an_author_who_tells_it_is_not(mail: str) -> None:
    assert cut(mail).reply() == mail


DISCLAIMERS = [
    "NOTICE TO RECIPIENTS: Information contained in this message is confidential and intended only for the named persons.",
    "Notice to recipient: this mail is meant for its recipient.",
    "CONFIDENTIALITY WARNING - The contents are privileged and only for the addressee.",
    "LEGAL NOTICE: Unauthorised use of this mail is prohibited, and may be against the law.",
    "The contents hereof are privileged and solely for the addressee. If received in error, notify the sender.",
    "Buyer Ltd mail is confidential, intended only for those it is sent to,\nand must not be disclosed to anybody else.",
    "Der Inhalt ist vertraulich und nur für den Empfänger bestimmt. Unbefugte Weitergabe ist untersagt.",
    "*** NOTICE: This transmission is confidential and may be privileged. Delete it if it reached you by mistake. ***",
]


@pytest.mark.parametrize("below", DISCLAIMERS)
def test_a_disclaimer_is_told_however_it_begins(below: str) -> None:
    result = cut(f"{OWN}\n\n{below}\n")
    assert result.reply() == OWN
    assert result.pick(Kind.DISCLAIMER) == below


@pytest.mark.parametrize(
    "mail",
    [
        "Hello,\n\nthe offer is confidential, please do not distribute it.",
        "Hello,\n\nNOTICE: we move to Berlin.",
        "Hello,\n\nWe got it in error. Who is the intended recipient of these pumps?",
    ],
)
def test_an_authors_own_notice_stays(mail: str) -> None:
    assert cut(mail).reply() == mail


ADDED = [
    "\u1427",
    "\u1427\u1427",
    "\u1466",
    "\u2800",
    "\u200b",
    "[image: Mailtrack]",
    "Sent from my TI-85\nSent from my Windows 8 PC <https://phone.example/windows>\n\nGet [Outlook for Android](https://short.example/x)",
    "Sent from my iPhone\nSent from Yahoo Mail on Android",
    "Sent from [Proton Mail](https://proton.example) for iOS",
    "Sent from Mail<https://go.example/?id=1> for Windows\n\nGet Outlook for iOS<https://aka.example/x>",
    "Get <https://aka.example/x> Outlook for iOS\nSent from my Galaxy\nSent from my BlackBerry",
    "Gesendet von [Outlook für Android](https://aka.example/x)\nVon meinem iPhone gesendet",
    "-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <https://lists.example/a.html>",
    "-------------- next part --------------\nA non-text attachment was scrubbed...\nName: offer.pdf\nType: application/pdf\nSize: 1024 bytes\nDesc: not available\nURL: <https://lists.example/a.pdf>",
    "-------------- next part --------------",
]


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize(
    "between", ["", "Best,\nMaria\n\n", "\n\n"], ids=["alone", "signed", "far below"]
)
def test_what_a_program_adds_is_a_footer(added: str, between: str) -> None:
    result = cut(f"{OWN}\n\n{between}{added}\n")
    assert result.reply() == OWN
    assert "".join(result.pick(Kind.FOOTER).split()) == "".join(added.split())
    quoted = "On 7 May 2024, at 15:02, Ira <ira@vendor.example> wrote:\n> Any news?\n"
    assert cut(f"{OWN}\n\n{between}{added}\n\n{quoted}").reply() == OWN


@pytest.mark.parametrize(
    "mail", ["好", "👍", "?", "42", "A", "Our site: https://a.example\nSee you"]
)
def test_a_symbol_of_the_authors_stays(mail: str) -> None:
    assert cut(f"Hello,\n\n{mail}").reply() == f"Hello,\n\n{mail}"
    assert cut(mail).reply() == mail


ATTRIBUTION = '<div class="gmail_attr">On Tue Ira wrote:<br></div><blockquote class="gmail_quote">Any news?</blockquote>'
IN_GMAILS_QUOTE = {
    "all of it": '<div class="gmail_quote"><div>We order ten.</div><div>Call me on Monday.</div></div>',
    "below a greeting": '<div dir="ltr"><div>We order ten.</div></div><div class="gmail_quote gmail_quote_container"><div>Call me on Monday.</div></div>',
    "between": '<p>We order ten.</p><div class="gmail_quote">Call me on</div><p>Monday.</p>',
    "above a quote": f'<div class="gmail_quote"><div>We order ten.</div><div>Call me on Monday.</div>{ATTRIBUTION}</div>',
    "a greeting above a quote": f'<p>We order ten.</p><div class="gmail_quote"><div>Call me on Monday.</div>{ATTRIBUTION}</div>',
    "one in the other": '<div class="gmail_quote"><div class="gmail_quote">We order ten.</div>Call me on Monday.</div>',
    "no end": '<div class="gmail_quote"><p>We order ten.</p><p>Call me on Monday.</p>',
    "and a real quote": f'<div class="gmail_quote"><p>We order ten.</p><p>Call me on Monday.</p></div><div class="gmail_quote">{ATTRIBUTION}</div>',
}  # fmt: skip


@pytest.mark.parametrize("html", IN_GMAILS_QUOTE.values(), ids=IN_GMAILS_QUOTE)
def test_a_class_alone_is_no_quote(html: str) -> None:
    assert cut_html(html).reply().split() == ["We", "order", "ten.", "Call", "me", "on", "Monday."]
