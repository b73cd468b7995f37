"""A mail as it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

__all__ = ["Mail"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail.

    Parameters
    ----------
    text : the plain text with greeting, signature and thread; no line end at its end.
    headers : names to values: From, To, Subject, Date, Message-ID, In-Reply-To, ...
    intent : the label, None for an auto-reply.
    body_id : the body inside, None for an auto-reply.
    """

    text: str
    headers: dict[str, str]
    intent: str | None
    body_id: str | None

    def as_bytes(self) -> bytes:
        """Return the mail as an RFC 822 message in UTF-8; lines end in CRLF, as on the wire."""
        message = EmailMessage(policy=SMTP)
        for name, value in self.headers.items():
            message[name] = value
        message.set_content(self.text, charset="utf-8", cte="quoted-printable")
        return message.as_bytes()
