"""Subjects that only a machine writes, by language, each with its source."""

from __future__ import annotations

from penstock.mail.automatic.rules import Rule, rule

__all__ = ["SUBJECT_RULES"]

# Public code that holds or tests such subjects; the index in which it was found names files,
# not always repositories.
CLASSIFY = "package replyclassify, TestOOOSubjectsByLanguage"
RECEIVED = "reply-precision.test.ts: prefixes of mails received"
MZAX = "mage-mzax/emarketing, Bounce/Detector/Autoreply.php"
SISIMAI = "sisimai"
# (language, pattern behind the first letter of the subject, source)
AWAY: tuple[tuple[str, str, str], ...] = (
    ("en", r"auto(?:matic|mated)?[\s-]?(?:reply|response|answer)\b", "sisimai, multi_mail"),
    ("en", r"out of (?:the )?office\b|ooo\b\s?:|vacation (?:reply|response)", "sisimai, alaveteli"),
    ("en", r"autorespon|auto:\s.{0,80}\bout of the office", "alaveteli"),
    ("de", r"automatische antwort\b", CLASSIFY),
    ("de", r"abwesenheits(?:notiz|nachricht|meldung)\b", f"{MZAX}; the others recalled"),
    ("de", r"abwesend\b", "shared rules, recalled"),
    ("fr", r"r[eé]ponse automatique\b", MZAX),
    ("fr", r"absence du bureau\b", "shared rules; public code that sorts mail"),
    ("es", r"respuesta autom[aá]tica\b", MZAX),
    ("es", r"fuera de (?:la )?oficina\b", CLASSIFY),
    ("it", r"risposta automatica\b", CLASSIFY),
    ("it", r"fuori sede\b", MZAX),
    ("nl", r"automatisch antwoord\b", MZAX),
    ("nl", r"buiten kantoor\b", CLASSIFY),
    ("nl", r"(?:automatische reactie|afwezig(?:heid)?)\b", "shared rules, recalled"),
    ("pt", r"resposta autom[aá]tica\b", CLASSIFY),
    ("pt", r"fora do escrit[oó]rio\b", "recalled"),
    ("ca", r"resposta autom[aà]tica\b", "public tests of a Spanish mail reader"),
    ("sv/da/no", r"(?:autosvar|automatiskt? svar|fr[aå]nvaro)\b", MZAX),
    ("no", r"(?:ute av kontoret|frav[æa]rende)\b", "public tests of a Norwegian newsletter"),
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
        r"(?:undeliver(?:able|ed)\b|delivery status notification|"
        r"mail delivery (?:failed|failure|subsystem)|returned mail:|failure notice|"
        r"delivery failure)",
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
        r"(?:ticket|case|request|incident)\s?(?:id\s?)?[#:]{0,2}\s?[\w-]{3,20}\W{0,3}\s"
        r"(?:has been |was )?(?:received|created|opened|registered|logged)\b",
        "own observation of help desks",
    ),
    ("en", r"support ticket opened \[", "osTicket, default template ticket.autoresp"),
)


def _rules(kind: str, rows: tuple[tuple[str, str, str], ...]) -> tuple[Rule, ...]:
    """Anchor patterns at the first letter: ``Re: Automatic reply`` is a person's answer."""
    return tuple(
        rule(kind, where, rf"^\W*(?:{pattern})", source) for where, pattern, source in rows
    )


SUBJECT_RULES: tuple[Rule, ...] = (
    *_rules("auto_reply", AWAY),
    # Anywhere: Lotus Notes puts the name ahead.
    rule("auto_reply", "en", r"\bis out of the office\b|\(automatic response\)", "alaveteli"),
    *_rules("bounce", BOUNCES),
    *_rules("receipt", RECEIPTS),
    *_rules("ticket", TICKETS),
)
