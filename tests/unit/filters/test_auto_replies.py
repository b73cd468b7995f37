from __future__ import annotations

import pytest

from penstock.filters.auto_replies import DropAutoReplies, automatic
from penstock.filters.auto_rules import BODY_RULES, HEADER_RULES, SUBJECT_RULES
from penstock.filters.record import Record

AUTOMATIC = [
    ({"auto-submitted": "auto-replied"}, "", "auto_reply: header Auto-Submitted"),
    ({"auto-submitted": "auto-generated; x=1"}, "", "auto_reply: header Auto-Submitted"),
    ({"x-autoreply": "yes"}, "", "auto_reply: header X-Autoreply"),
    ({"precedence": "auto_reply"}, "", "auto_reply: header Precedence"),
    ({"return-path": "<>"}, "", "bounce: header Return-Path"),
    ({"from": "Mail Delivery System <MAILER-DAEMON@mx.example.com>"}, "", "bounce: header From"),
    (
        {"content-type": 'multipart/report; boundary="x"; report-type=delivery-status'},
        "",
        "bounce: header Content-Type",
    ),
    (
        {"content-type": "multipart/report; report-type=disposition-notification"},
        "",
        "receipt: header Content-Type",
    ),
    ({"subject": "Automatic reply: Offer"}, "", "auto_reply: subject (en)"),
    ({"subject": "Out of Office: Offer"}, "", "auto_reply: subject (en)"),
    ({"subject": "Automatische Antwort: Angebot"}, "", "auto_reply: subject (de)"),
    ({"subject": "Réponse automatique : Offre"}, "", "auto_reply: subject (fr)"),
    ({"subject": "自動応答: ご提案"}, "", "auto_reply: subject (ja/zh)"),
    ({"subject": "Undeliverable: Offer"}, "", "bounce: subject (en)"),
    ({}, "This is an automated response.\nBye", "auto_reply: body (en)"),
    ({}, "Hello,\nI am out of the office\nuntil 4 March.", "auto_reply: body (en)"),
    ({}, "Ich bin bis 4. März nicht im Büro.", "auto_reply: body (de)"),
]


@pytest.mark.parametrize(("headers", "text", "reason"), AUTOMATIC)
def test_automatic_mail_is_told_with_its_rule(
    headers: dict[str, str], text: str, reason: str
) -> None:
    assert automatic(headers, text) == reason
    (record,) = DropAutoReplies().before([Record(text, headers)])
    assert (record.status, record.reason, record.decided_by) == (
        "not_scored",
        reason,
        "drop_auto_replies",
    )


HUMAN = [
    ({}, "Yes, call me."),
    ({"auto-submitted": "no"}, "Yes."),
    ({"precedence": "bulk", "list-id": "<x.example.com>"}, "Yes."),
    ({"x-auto-response-suppress": "All"}, "Yes."),
    ({"return-path": "<ann@example.com>", "from": "Ann <ann@example.com>"}, "Yes."),
    ({"subject": "Re: Automatic reply rules for our team"}, "Yes."),
    ({"subject": "Re: your office"}, "I was out of the office. Call me."),
    ({"from": "Ann Postmaster <ann@example.com>"}, "Yes."),
    ({}, "Yes.\n> This is an automated message."),
    ({}, "Yes. " * 300 + "This is an automated message."),
]


@pytest.mark.parametrize(("headers", "text"), HUMAN)
def test_a_persons_mail_is_not(headers: dict[str, str], text: str) -> None:
    assert automatic(headers, text) is None
    assert DropAutoReplies().before([Record(text, headers)]) == [Record(text, headers)]


def test_the_body_can_be_left_out() -> None:
    (record,) = DropAutoReplies(body=False).before([Record("This is an automated response.")])
    assert record.pending


def test_every_rule_has_a_source() -> None:
    rules = (*HEADER_RULES, *SUBJECT_RULES, *BODY_RULES)
    assert all(rule.source and rule.kind in ("auto_reply", "bounce", "receipt") for rule in rules)
