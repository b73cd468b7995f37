from __future__ import annotations

import pytest

from penstock.filters.built_in.drop_auto_replies import DropAutoReplies
from penstock.filters.record import Record
from penstock.mail.automatic import automatic
from penstock.mail.automatic.bodies import BODY_RULES
from penstock.mail.automatic.rules import HEADER_RULES
from penstock.mail.automatic.subjects import SERVICE_RULES, SUBJECT_RULES

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
    ({"subject": "자동 회신: 제안"}, "", "auto_reply: subject (ko)"),
    ({"subject": "Otomatik Yanıt: Teklif"}, "", "auto_reply: subject (tr)"),
    ({"subject": "Automatikus válasz: Ajánlat"}, "", "auto_reply: subject (hu)"),
    ({"subject": "Risposta automatica: Offerta"}, "", "auto_reply: subject (it)"),
    ({"subject": "Respuesta automática: Oferta"}, "", "auto_reply: subject (es)"),
    ({"subject": "Automatisch antwoord: Aanbod"}, "", "auto_reply: subject (nl)"),
    ({"subject": "Autosvar: Tilbud"}, "", "auto_reply: subject (sv/da/no)"),
    ({"subject": "Ticket #4711 has been created"}, "", "ticket: subject (en)"),
    ({"subject": "Read: Offer"}, "", "receipt: subject (en)"),
    ({"subject": "メールエラー通知"}, "", "bounce: subject (ja)"),
    ({"from": "post_master@mx.example.com"}, "", "bounce: header From"),
    ({"x-otrs-loop": "yes"}, "", "ticket: header X-OTRS-Loop"),
    ({}, "Your request (4711) has been received and is being reviewed.", "ticket: body (en)"),
    ({}, "Ihre Anfrage wurde unter der Ticketnummer 47 erfasst.", "ticket: body (de)"),
    (
        {},
        "The message you sent requires that you verify that you are a real live human being.",
        "challenge: body (en)",
    ),
    ({}, "Thanks for your email. I am on annual leave.", "auto_reply: body (en)"),
    ({}, "Detta är ett automatiskt svar.", "auto_reply: body (sv)"),
    ({}, "Это автоматический ответ.", "auto_reply: body (ru)"),
    ({}, "これは自動返信メールです。", "auto_reply: body (ja)"),
    ({}, "这是一封自动回复邮件", "auto_reply: body (zh)"),
    ({"subject": "Undeliverable: Offer"}, "", "bounce: subject (en)"),
    ({"subject": "Onbestelbaar: Aanbod"}, "", "bounce: subject (nl)"),
    ({"subject": "OTOMATİK YANIT: TEKLİF"}, "", "auto_reply: subject (tr)"),
    ({"subject": "ΑΥΤΟΜΑΤΗ ΑΠΑΝΤΗΣΗ: x"}, "", "auto_reply: subject (el)"),
    ({"subject": "Odpowiedź automatyczna: x"}, "", "auto_reply: subject (pl)"),
    ({"subject": "Automaatne vastus: x"}, "", "auto_reply: subject (et)"),
    ({"subject": "स्वचालित उत्तर: x"}, "", "auto_reply: subject (hi)"),
    ({"subject": "Ann Lee is out of the office"}, "", "auto_reply: subject (en)"),
    # An automatic answer has no return path either; its words say what it is.
    ({"return-path": "<>", "subject": "Out of Office: x"}, "", "auto_reply: header Return-Path"),
    (
        {"auto-submitted": "auto-generated"},
        "Your request (4711) has been received and is being reviewed.",
        "ticket: header Auto-Submitted",
    ),
    ({}, "This account is protected by Bluebottle. Please click.", "challenge: body (en)"),
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
    ({"subject": "AW: Automatische Antwort"}, "Ist das so gewollt?"),
    ({"subject": "回复: 自动回复"}, "好的"),
    ({"subject": "Re: Undeliverable: Offer"}, "It came back, so here it is again."),
    ({"subject": "Automation of invoices"}, "Yes, call me."),
    ({"subject": "Office"}, "We are out of office space, so no desks for now."),
    ({"from": "support@example.com", "subject": "Re: Offer"}, "Yes, we take it."),
    ({"x-loop": "x@example.com", "x-spam-status": "No"}, "Yes."),
    ({}, "Tom is no longer with us. Write to Ann instead."),
    ({}, "I will be away next week, but June 6 works for a call."),
    ({"subject": "Re: Ticket prices"}, "We opened a ticket with the vendor."),
    ({"subject": "Ready: shipment"}, "Your message has been received, we will look at the price."),
    ({"subject": "Read this: an offer"}, "Yes."),
    ({}, "Thank you for your email. We are away from that plan, call Tom."),
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


KINDS = (
    *("auto_reply", "ticket", "bounce", "receipt", "challenge"),
    *("report", "notification"),
)


def test_every_rule_has_a_source() -> None:
    rules = (*HEADER_RULES, *SUBJECT_RULES, *SERVICE_RULES, *BODY_RULES)
    assert all(rule.source and rule.kind in KINDS for rule in rules)
