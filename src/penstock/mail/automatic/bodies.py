"""Whole sentences that only a machine writes, near the start of a mail, each with its source."""

from __future__ import annotations

from penstock.mail.automatic.rules import Rule, rule

__all__ = ["BODY_RULES"]

# A mail that starts as JSON does; the keys by which services tell what happened to a mail.
JSON = r"^\s{0,9}(?:\[\s{0,9})?\{(?=\s{0,9}\")[^\n]{0,600}?"
EVENT = (
    r"\\?\"(?:notification|event|record|detail)?[_-]?(?:type|event|name)\\?\"\s?:"
    r"\s?\\?\"[\w. -]{0,20}?"
)

BODY_RULES: tuple[Rule, ...] = (
    rule(
        "auto_reply",
        "en",
        r"\bthis is an? auto(?:matic|mated|"
        r"matically generated)?[\s-]?(?:generated )?(?:reply|response|e-?mail|"
        r"message|acknowledge?ment)\b",
        "sisimai",
    ),
    rule(
        "auto_reply",
        "en",
        r"\bi(?: am|'m|’m| will be) (?:currently )?(?:out of (?:the )?office|"
        r"away from (?:the )?office|on (?:annual |parental |maternity |"
        r"paternity )?leave)\b[^\n]{0,80}\b(?:from|until|till|through|returning|"
        r"with (?:limited|no) access)\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "de",
        r"\bdies ist eine automatisch (?:generierte|erstellte|erzeugte)\b|"
        r"\bich bin (?:derzeit |zurzeit |momentan )?(?:bis|vom|"
        r"ab) [^\n]{0,60}(?:nicht im (?:büro|haus)|abwesend)\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "fr",
        r"\bceci est (?:une réponse|un message) automatique\b|"
        r"\bje suis (?:actuellement )?absente?(?: du bureau)? (?:du|jusqu)",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "es",
        r"\beste es un (?:mensaje|correo) autom[aá]tico\b|"
        r"\bestoy fuera de la oficina (?:hasta|desde|del)\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "it",
        r"\bquesto è un messaggio automatico\b|\bsarò (?:assente|fuori ufficio) (?:dal|fino)\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "nl",
        r"\bdit is een automatisch(?:e)? (?:gegenereerd )?(?:bericht|antwoord|e-?mail)\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "pt",
        r"\besta é uma (?:mensagem|resposta) automática\b",
        "own observation of common vacation texts",
    ),
    rule(
        "auto_reply",
        "en",
        r"\bthank(?:s| you) for (?:your|the) (?:e-?mail|message)\b[^\n]{0,80}"
        r"\bi(?: am|'m|’m| will be) [^\n]{0,20}\b(?:out of|away|"
        r"on (?:\w{3,12} )?(?:leave|vacation|holidays?))\b",
        "own observation of common vacation texts",
    ),
    rule("auto_reply", "sv", r"\bdetta är ett (?:automatiskt svar|autosvar)\b", "own observation"),
    rule(
        "auto_reply", "da/no", r"\bdette er (?:et )?(?:auto|automatisk )svar\b", "own observation"
    ),
    rule("auto_reply", "fi", r"\btämä on automaattinen vastaus\b", "own observation"),
    rule(
        "auto_reply",
        "pl",
        r"\bto jest (?:wiadomość automatyczna|automatyczna (?:wiadomość|"
        r"odpowiedź))",
        "own observation",
    ),
    rule("auto_reply", "cs", r"\btoto je automatická odpověď", "own observation"),
    rule("auto_reply", "hu", r"\bez egy automatikus (?:válasz|üzenet)", "own observation"),
    rule("auto_reply", "ru", r"это автоматическ(?:ий ответ|ое сообщение)", "own observation"),
    rule("auto_reply", "tr", r"\bbu otomatik bir (?:yanıt|mesaj|ileti)", "own observation"),
    rule(
        "auto_reply",
        "ja",
        r"(?:これは|本メールは|このメールは)自動(?:返信|応答|送信)",
        "own observation",
    ),
    rule(
        "auto_reply",
        "zh",
        r"(?:这是|這是|此为|此為)[^\n]{0,6}自[动動](?:回复|回覆|答复)",
        "own observation",
    ),
    rule("auto_reply", "ko", r"(?:이 메일은|본 메일은) 자동", "own observation"),
    rule(
        "ticket",
        "en",
        r"\byour (?:request|ticket|enquiry|inquiry|message|e-?mail) "
        r"(?:\(?#?[\w-]{2,20}\)? )?has been (?:received|registered|logged|created)\b[^\n]{0,60}"
        r"\b(?:and is being reviewed|ticket|case|reference)\b",
        "Zendesk's default trigger; own observation",
    ),
    rule(
        "ticket",
        "en",
        r"\bautomatically generated in response to the creation of a (?:trouble )?ticket\b|"
        r"\ba (?:support )?ticket has been (?:created|opened)\b|"
        r"\ba request for support has been created and assigned\b",
        "Request Tracker and osTicket (ticket.autoresp), default texts; Freshdesk recalled",
    ),
    rule(
        "ticket",
        "de",
        r"\bihre (?:anfrage|nachricht) (?:wurde|ist)[^\n]{0,60}ticket-?(?:nummer|id)\b",
        "own observation of help desks",
    ),
    rule(
        "challenge",
        "en",
        r"\brequires that you verify that you are a real live human being\b",
        "BoxTrapper's default text (notableweb.net, How to create: BoxTrapper)",
    ),
    rule(
        "challenge",
        "en",
        r"\b(?:created automatically by mail delivery software \(tmda\)|protecting myself from "
        r"receiving junk mail|confirm that you sent the message below)\b",
        "TMDA, Spam Arrest, default texts; recalled",
    ),
    rule(
        "challenge",
        "en",
        r"\bthis account is protected by bluebottle\b",
        "Bluebottle, as in the corpus of Mail-DeliveryStatus-BounceParser",
    ),
    rule(
        "bounce",
        "en",
        r"^you are not a member of this mailing list <",
        "fml 4, as in sisimai's set",
    ),
    rule(
        "bounce",
        "en",
        r"^\W*(?:this is the mail (?:system|delivery)|"
        r"i'm afraid i wasn't able to deliver|"
        r"this message was created automatically by mail delivery(?! software \(tmda))",
        "Postfix, qmail, Exim",
    ),
    rule(
        "report",
        "en",
        r"\bthis is an? (?:[\w/-]{1,30} ){0,4}?(?:(?:abuse|spam|complaint|fraud|phishing|"
        r"opt-?out|unsubscribe|feedback(?: loop)?) report\b[^\n]{0,60}\b(?:message|e-?mail|ip)\b|"
        r"(?:(?:dmarc|dkim|spf|tls|arf|auth(?:entication)?)[ /-](?:[\w/-]{1,30} ){0,3}?|"
        r"aggregate )reports?\b)",
        "RFC 5965 appendix B, RFC 6591, OpenDMARC; sisimai's set of feedback reports",
    ),
    rule(
        "report",
        "en",
        r"^\W*(?:\w{1,20} ){0,3}(?:dmarc|dkim|spf|smtp tls) (?:aggregate |failure |forensic )?"
        r"report (?:for|from)\b|\bhas failed the published dmarc policy\b",
        "own observation of DMARC reports",
    ),
    rule(
        "report",
        "headers",
        r"\bfeedback-type: ?(?:abuse|fraud|virus|other|not-spam|opt-out|auth-failure|"
        r"miscategorized|dmarc|complaint)",
        "RFC 5965, RFC 6591, RFC 6650",
    ),
    rule(
        "report",
        "en",
        r"\bthis message was automatically generated by gmail\b",
        "Gmail's unsubscribe button, a mail to List-Unsubscribe",
    ),
    rule(
        "bounce",
        "json",
        JSON + EVENT + r"(?:bounce|undeliver|reject|fail|drop|block|deferred|deliverydelay)",
        "Amazon SES, SendGrid, Mailgun, Postmark, SparkPost, Mandrill: events as they send them",
    ),
    rule(
        "report",
        "json",
        JSON + EVENT + r"(?:complain|spam|abuse|unsub|opt-?out)",
        "the same services: complaints and opt-outs",
    ),
    rule(
        "bounce",
        "json",
        JSON
        + r"\\?\"(?:bounceType|bouncedRecipients|smtp_code|bounce_class|status\"\s?:\s?\"[45]\.)",
        "the same services: lists of bounces without a type",
    ),
    rule(
        "notification",
        "json",
        r"^\s{0,9}(?:\[\s{0,9})?\{\s{0,9}\"[\w.$@-]{1,60}\"\s?:[^\n]{1,300}?[,{]\s{0,9}"
        r"\"[\w.$@-]{1,60}\"\s?:",
        "no person starts a mail with JSON",
    ),
)
