"""Is a mail automatic? Headers are asked first, then the words of subject and body."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.mail.automatic.bodies import BODY_RULES
from penstock.mail.automatic.rules import HEADER_RULES, Rule
from penstock.mail.automatic.subjects import SERVICE_RULES, SUBJECT_RULES

__all__ = ["automatic"]

# A machine says what it is at once; further down it may be a quoted thread.
BODY_START = 600
HEADER_LENGTH = 998
# They say that a machine wrote it, not what it is: an automatic answer has no return path
# either (RFC 3834 section 3.3), and a ticket is Auto-Submitted too. The words tell. So they do
# for a service that notifies of bounces and of complaints.
UNSPECIFIC = ("Auto-Submitted", "Precedence", "X-Precedence", "Return-Path")


def automatic(headers: Mapping[str, str], text: str = "") -> str | None:
    """Return why a mail is automatic, ``<kind>: <rule>``, or None for a person's.

    Parameters
    ----------
    headers : names in lower case.
    text : of the body; "" leaves it out.
    """
    subject = headers.get("subject", "")
    for rule in HEADER_RULES if headers else ():
        value = headers.get(rule.where.lower())
        if value is not None and rule.pattern.search(value[:HEADER_LENGTH]):
            unspecific = rule.where in UNSPECIFIC or rule.kind == "notification"
            words = _by_words(subject, text) if unspecific else None
            return f"{words[0] if words else rule.kind}: header {rule.where}"
    words = _by_words(subject, text)
    return f"{words[0]}: {words[1]}" if words else None


def _by_words(subject: str, text: str) -> tuple[str, str] | None:
    """Return the kind, and the rule, that subject and body tell."""
    return (
        _first(SUBJECT_RULES, "subject", subject[:HEADER_LENGTH])
        or _first(BODY_RULES, "body", _start(text))
        or _first(SERVICE_RULES, "subject", subject[:HEADER_LENGTH])
    )


def _first(rules: tuple[Rule, ...], place: str, text: str) -> tuple[str, str] | None:
    """Return the kind and the name of the first rule that the words match."""
    matches = (rule for rule in rules if rule.pattern.search(text)) if text else ()
    return next(((rule.kind, f"{place} ({rule.where})") for rule in matches), None)


def _start(text: str) -> str:
    """Return the first unquoted words, with wrapped lines joined."""
    lines = text[: 2 * BODY_START].split("\n")
    return " ".join(line.strip() for line in lines if not line.startswith(">"))[:BODY_START]
