"""Whole mails: wrapped bodies, auto-replies, and their bytes."""

import random
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest

from penstock.showcase import auto_reply, load_bodies, mails, split, wrap
from penstock.showcase.sales import sales_mail
from penstock.showcase.sources import blocks, table
from penstock.showcase.thread import CLIENTS, LANGUAGES, quoted

INBOX = mails(seed=1, count=210)
AUTO_REPLIES = [mail for mail in INBOX if mail.intent is None]
REPLIES = [mail for mail in INBOX if mail.intent is not None]
RESERVED = re.compile(r"(^|\.)example\.(com|org|net)$")


def everything(mail):
    return "\n".join([*mail.headers.values(), mail.text])


def all_texts():
    yield from (everything(mail) for mail in INBOX)
    yield from (body.text for body in load_bodies())
    yield from (text for _, text in blocks("sales.txt"))


def test_inbox_has_the_asked_size_and_about_fifteen_percent_auto_replies():
    assert [len(mails(count=count)) for count in (0, 1, 50)] == [0, 1, 50]
    assert 0.1 < len(AUTO_REPLIES) / len(INBOX) < 0.2


def test_inbox_holds_test_bodies_only():
    _, test = split(load_bodies(), seed=1)
    assert {mail.body_id for mail in REPLIES} <= {body.id for body in test}


def test_same_seed_same_bytes():
    again = [mail.as_bytes() for mail in mails(seed=1, count=210)]
    assert again == [mail.as_bytes() for mail in INBOX]
    assert again != [mail.as_bytes() for mail in mails(seed=2, count=210)]


def test_more_mails_begin_with_the_same_mails():
    assert mails(count=40)[:10] == mails(count=10)


def test_each_mail_parses_and_its_text_comes_back():
    for mail in INBOX:
        parsed = message_from_bytes(mail.as_bytes(), policy=default)
        assert parsed.defects == []
        content = parsed.get_content().replace("\r\n", "\n")
        assert content.removesuffix("\n") == mail.text
        for name, value in mail.headers.items():
            assert parsed[name] == value


def test_each_mail_belongs_to_a_thread():
    for mail in INBOX:
        assert mail.headers["In-Reply-To"] == mail.headers["References"]
        assert mail.headers["Message-ID"] != mail.headers["In-Reply-To"]
        assert datetime(2025, 1, 6, tzinfo=UTC) < parsedate_to_datetime(mail.headers["Date"])


def test_each_reply_contains_its_body():
    texts = {body.id: (body.text, body.intent) for body in load_bodies()}
    for mail in REPLIES:
        text, intent = texts[mail.body_id]
        assert text in mail.text
        assert mail.intent == intent


def test_auto_replies_carry_a_header_that_says_so():
    for mail in AUTO_REPLIES:
        assert mail.body_id is None
        assert {"Auto-Submitted", "X-Autoreply"} & mail.headers.keys()
    assert not any({"Auto-Submitted", "X-Autoreply"} & mail.headers.keys() for mail in REPLIES)


def test_auto_replies_come_in_every_language():
    subjects = {message["subject"] for message in table("autoreplies")["messages"]}
    rng = random.Random(0)
    seen = {auto_reply(rng).headers["Subject"].split(":")[0] for _ in range(400)}
    assert {"Automatic reply", "Abwesenheitsnotiz", "自動応答"} <= seen
    assert len(seen) >= len({subject.split(":")[0] for subject in subjects})


def test_addresses_and_links_are_at_reserved_domains():
    for text in all_texts():
        for domain in re.findall(r"@([\w.-]*\w)", text) + re.findall(r"https?://([\w.-]+)", text):
            assert RESERVED.search(domain.format(domain="example.com")), domain


def test_telephone_numbers_are_fictional():
    for text in all_texts():
        assert all(re.match(r"555-01\d\d$", number) for number in re.findall(r"555-\d+", text))


def test_nothing_is_left_unfilled():
    for mail in INBOX:
        assert not re.search(r"\{\w+\}", everything(mail))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_client_quotes_in_each_language(client, language):
    answered = sales_mail(random.Random(5))
    thread = quoted(client, language, answered, random.Random(0))
    assert answered.sender.name.split()[0] in thread.split("\n\n")[0]
    assert answered.text.split("\n")[0] in thread


@pytest.mark.parametrize(
    ("client", "language", "line"),
    [
        ("gmail", "en", r"^On Sun, Sep 14, 2025 at 8:03 AM "),
        ("gmail", "de", r"^Am So\., 14\. Sept\. 2025 um 08:03 Uhr schrieb "),
        ("apple_mail", "fr", r"^(> )?Le 14 septembre 2025 à 08:03, .* a écrit :"),
        ("thunderbird", "nl", r"^Op 14-09-2025 om 08:03 schreef "),
        ("yahoo", "es", r"^El domingo, 14 de septiembre de 2025, 08:03:09 CET, "),
        ("outlook_desktop", "it", r"^Oggetto: "),
        ("outlook_web", "sv", r"^_{32}\nFrån: "),
        ("lotus_notes", "pt", r"^Data:\t14\.09\.2025 08:03$"),
        ("gmail", "ja", r"^2025年9月14日\(日\) 08:03 "),
    ],
)
def test_a_client_introduces_the_thread_as_it_does_in_life(client, language, line):
    answered = sales_mail(random.Random(5))
    sent = datetime(2025, 9, 14, 8, 3, 9, tzinfo=UTC)
    dated = type(answered)(
        answered.sender,
        answered.recipient,
        answered.subject,
        answered.text,
        sent,
        "<1@example.com>",
    )
    assert re.search(line, quoted(client, language, dated, random.Random(0)), re.MULTILINE)


def test_wrap_uses_every_client_and_some_footers():
    rng = random.Random(0)
    body = load_bodies()[0]
    text = "\n".join(wrap(body, rng).text for _ in range(300))
    for mark in ["Sent from my iPhone", "-- \n", "wrote:", "From: ", "_" * 32, "confidential"]:
        assert mark in text
