"""Subjects that only a machine writes, by language, each with its source."""

from __future__ import annotations

from penstock.mail.automatic.rules import Rule, rule

__all__ = ["SERVICE_RULES", "SUBJECT_RULES"]

# Public code that holds or tests such subjects; the index in which it was found names files,
# not always repositories.
CLASSIFY = "package replyclassify, TestOOOSubjectsByLanguage"
RECEIVED = "reply-precision.test.ts: prefixes of mails received"
MZAX = "mage-mzax/emarketing, Bounce/Detector/Autoreply.php"
SISIMAI = "sisimai"
# Behind a phrase that people use too: "Out of office: Re: Offer", "Fuera de la oficina hasta
# el 7 de mayo", not "Out of office chairs", and not "Out of office?".
ENDS = (
    r"(?:\s(?:auto-?)?(?:reply|response|answer|message|notice|notification|alert))?"
    r"(?=\s{0,3}(?:$|[^\w\s?]|\d)|\s(?:re|aw|fwd?|to|from|for your|until|till|through|thru|today|"
    r"tomorrow|this|next|back|returning|due|on|(?:mon|tues|wednes|thurs|fri)day|bis|vom|von|ab|am|"
    r"im|du|jusqu\S{0,4}|hasta|desde|del|hoy|dal|fino|tot|vanaf|van|até|desde|от|до|с)(?![\w?]))"
)
# (language, pattern behind the first letter of the subject, source)
AWAY: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        r"auto(?:matic|mated)?[\s-]?(?:reply|response|answer)\b" + ENDS,
        "sisimai, multi_mail",
    ),
    (
        "en",
        r"(?:out[ -]of[ -](?:the[ -])?office\b|vacation (?:reply|response)\b)" + ENDS,
        "sisimai, alaveteli",
    ),
    ("en", r"ooo\b\s?:", "sisimai, alaveteli"),
    (
        "en",
        r"autorespon(?:s|se|d|der)?\b" + ENDS + r"|auto:\s.{0,80}\bout of the office",
        "alaveteli",
    ),
    ("de", r"automatische antwort\b", CLASSIFY),
    ("de", r"abwesenheits(?:notiz|nachricht|meldung)\b", f"{MZAX}; the others recalled"),
    ("de", r"abwesend\b" + ENDS, "shared rules, recalled"),
    ("fr", r"r[eé]ponse automatique\b", MZAX),
    ("fr", r"absence du bureau\b" + ENDS, "shared rules; public code that sorts mail"),
    ("es", r"respuesta autom[aá]tica\b", MZAX),
    ("es", r"fuera de (?:la )?oficina\b" + ENDS, CLASSIFY),
    ("it", r"risposta automatica\b", CLASSIFY),
    ("it", r"fuori sede\b" + ENDS, MZAX),
    ("nl", r"automatisch antwoord\b", MZAX),
    ("nl", r"buiten kantoor\b" + ENDS, CLASSIFY),
    ("nl", r"(?:automatische reactie|afwezig(?:heid)?)\b" + ENDS, "shared rules, recalled"),
    ("pt", r"resposta autom[aá]tica\b", CLASSIFY),
    ("pt", r"fora do escrit[oó]rio\b" + ENDS, "recalled"),
    ("ca", r"resposta autom[aà]tica\b", "public tests of a Spanish mail reader"),
    ("sv/da/no", r"(?:autosvar|automatiskt? svar|fr[aå]nvaro)\b", MZAX),
    ("no", r"(?:ute av kontoret|frav[æa]rende)\b" + ENDS, "public tests of a Norwegian newsletter"),
    ("fi", r"automaattinen vastaus", CLASSIFY),
    ("et", r"automaat(?:ne )?vastus\b", "OfficeDocs-AlchemyInsights-pr.et-EE: Outlook's term"),
    ("lt", r"automatinis atsakymas\b", "public code of a Lithuanian autoresponder"),
    (
        "pl",
        r"(?:automatyczna odpowied[zź]|odpowied[zź] automatyczna)",
        f"rjbs fixtures; {CLASSIFY}",
    ),
    ("cs", r"automatick[aá] odpov[eě][dď]", CLASSIFY),
    ("sk", r"automatick[aá] odpove[dď]", "recalled"),
    ("hu", r"automatikus v[aá]lasz\b", CLASSIFY),
    ("ro", r"r[aă]spuns automat\b", CLASSIFY),
    ("hr/sr/bs", r"automatski odgovor\b", "public tests of a Bosnian help desk"),
    ("sl", r"samodejni odgovor\b", RECEIVED),
    ("bg", r"автоматичен отговор", "public tests of is_auto_reply"),
    ("ru", r"автоматический ответ", CLASSIFY),
    ("ru", r"автоответ", RECEIVED),
    ("uk", r"автоматична відповідь", CLASSIFY),
    ("el", r"αυτ[οό]ματη απ[αά]ντηση", CLASSIFY),
    ("tr", r"otomat[iİ]k (?:yan[ıiI]t|cevap)\b", f"{CLASSIFY}; cevap recalled"),
    ("he", r"(?:תשובה אוטומטית|מענה אוטומטי)", f"{CLASSIFY}; the second recalled"),
    ("ar", r"(?:رد تلقائي|الرد التلقائي)", CLASSIFY),
    ("hi", r"स्वचालित उत्तर", CLASSIFY),
    ("th", r"ตอบกลับอัตโนมัติ", CLASSIFY),
    ("vi", r"trả lời tự động", CLASSIFY),
    ("id", r"balasan otomatis\b", CLASSIFY),
    ("ja/zh", r"(?:自動応答|自动答复)", RECEIVED),
    ("ja/zh", r"(?:自动回复|自動回覆|自動回復)", f"{CLASSIFY}; 自動回復 as in OfficeDocs, zh-TW"),
    ("ja/zh", r"(?:自動返信|不在通知)", "public code, autoReplySubjectRe; 不在通知 recalled"),
    ("ko", r"자동 ?회신", CLASSIFY),
    ("ko", r"부재 ?중", "recalled"),
)
BOUNCES: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        r"(?:undeliver(?:able|ed)(?:\s(?:e-?mail|mail|message)\b|\b" + ENDS + r")|"
        r"delivery status notification|mail delivery (?:failed|failure|subsystem)|returned mail:|"
        r"(?:failure notice|delivery failure)\b" + ENDS + ")",
        SISIMAI,
    ),
    ("en", r"You \S{3,100} are not (?:a )?member \(", "fml 4, as in sisimai's set"),
    ("ja", r"(?:メールエラー通知|配信不能|配信エラー)", "KDDI, as in sisimai's set"),
    ("de", r"unzustellbar:", CLASSIFY),
    ("fr", r"non remis\s?:", "public tests of isLikelyNdr"),
    ("es", r"no se puede entregar\s?:", CLASSIFY),
    ("it", r"non recapitabile\s?:", CLASSIFY),
    ("nl", r"onbestelbaar\s?:", CLASSIFY),
    ("pt", r"não é possível entregar\s?:", CLASSIFY),
)
RECEIPTS: tuple[tuple[str, str, str], ...] = (
    ("en", r"(?:read|not read):\s", "Exchange; recalled"),
    ("de", r"(?:gelesen|ungelesen gelöscht):\s", "Exchange; recalled"),
    ("es", r"le[ií]do:\s", "public tests of a Spanish mail reader"),
)
TICKETS: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        r"(?:ticket|case|request|incident)\s?(?:id\s?)?[#:]{0,2}\s?(?=[\w-]{0,19}\d)[\w-]{3,20}"
        r"\W{0,3}\s(?:has been (?:received|created|opened|registered|logged)\b|"
        r"(?:was )?(?:received|created|opened|registered|logged)\b(?=\s{0,3}(?:$|[^\w\s?])))",
        "own observation of help desks",
    ),
    ("en", r"support ticket opened \[", "osTicket, default template ticket.autoresp"),
)
REPORTS: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        r"(?:[\w.-]{1,30}\W{1,3}){0,3}?report[ _-]?domain\s?:",
        "RFC 7489 section 7.2.1.1, RFC 8460 section 5.3",
    ),
    (
        "en",
        r"(?:complaint about message from|(?:e-?mail )?feedback(?: loop)? report for|"
        r"(?:e-?mail )?(?:abuse|spam|opt-?out) (?:complaint|report) (?:for|about|from ip)|"
        r"(?:aggregate )?(?:dmarc|dkim|spf|auth(?:entication)?)(?:/\w{3,5})?[ -]"
        r"(?:(?:aggregate|failure|forensic|auth-failure)[ -])?(?:report|failure)\b)",
        "sisimai's set of feedback reports; recalled",
    ),
)
NOTIFICATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        r"(?:aws notification(?: message| -)|amazon (?:ses|sns) [\w ]{0,40}notification)",
        "Amazon SNS and SES, default subjects",
    ),
)


def _rules(kind: str, rows: tuple[tuple[str, str, str], ...]) -> tuple[Rule, ...]:
    """Anchor patterns at the first letter: ``Re: Automatic reply`` is a person's answer."""
    return tuple(
        rule(kind, where, rf"^\W*(?:{pattern})", source) for where, pattern, source in rows
    )


# They name the service; what it tells stands in the body.
SERVICE_RULES: tuple[Rule, ...] = _rules("notification", NOTIFICATIONS)
SUBJECT_RULES: tuple[Rule, ...] = (
    *_rules("auto_reply", AWAY),
    # Anywhere: Lotus Notes puts the name ahead.
    rule("auto_reply", "en", r"\bis out of the office\b|\(automatic response\)", "alaveteli"),
    *_rules("bounce", BOUNCES),
    *_rules("receipt", RECEIPTS),
    *_rules("ticket", TICKETS),
    *_rules("report", REPORTS),
)
