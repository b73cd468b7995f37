"""What in a mail did its author write now, and what is quoted, forwarded, signature?"""

from __future__ import annotations

from penstock.mail.replies.cutter import cut, cut_html
from penstock.mail.replies.html import html_to_text, is_html, read_html
from penstock.mail.replies.spans import Cut, Kind, Slice, Span
from penstock.mail.replies.traced import Traced

__all__ = [
    "Cut",
    "Kind",
    "Slice",
    "Span",
    "Traced",
    "cut",
    "cut_html",
    "html_to_text",
    "is_html",
    "read_html",
]
