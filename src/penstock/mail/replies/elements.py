"""What an HTML element says of its content: elements in which mail programs put quotes."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["BLOCKS", "CELLS", "MEANT", "VOID", "Meaning", "meaning"]

# Elements whose start and end break a line.
# fmt: off
BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt",
        "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
        "main", "ol", "p", "pre", "section", "table", "tr", "ul",
    }
)
# fmt: on
CELLS = frozenset({"td", "th"})
# Elements that may hold a quote.
MEANT = BLOCKS | {"span", "td"}
# Without an end tag; they are never open.
VOID = frozenset({"br", "hr"})

# Elements whose content is a quoted mail, by class, id or name, and whose they are.
QUOTES = frozenset(
    {
        "gmail_attr",  # Gmail: the attribution
        "moz-cite-prefix",  # Thunderbird: the attribution
        "protonmail_quote",  # Proton Mail
        "tutanota_quote",  # Tuta
        "zmail_extra",  # Zoho
        "olk_src_body_section",  # Outlook for Mac
        "mail-editor-reference-message-container",  # new Outlook
        "ms-outlook-mobile-reference-message",  # Outlook for telephones
        "outlookmessageheader",  # Outlook 2003
        "reply-intro",  # Roundcube: the attribution
        "messagereplysection",  # Spark
        "missive_quote",  # Missive
        "ntes-mailmaster-quote",  # NetEase
        "ntes-pcmac-quote",
        "_originalcontent",  # BlackBerry
        "airmail_on",  # Airmail: the attribution
        "name:quote",  # GMX, WEB.DE
    }
)
# Yahoo adds a number behind, and letters ahead of its own and of others' classes.
YAHOO = "yahoo_quoted"
GMAIL = "gmail_quote"
# Below these everything is quoted, and why.
DIVIDERS = frozenset(
    {
        "divrplyfwdmsg",  # Outlook web
        "stopspelling",  # Hotmail
        "zwchr",  # Zimbra
        "isforwardcontent",
        "isreplycontent",
        "orimsghtmlseperator",  # Daum
    }
)
SIGNATURES = frozenset(
    {
        "gmail_signature",
        "moz-signature",  # Thunderbird
        "signature",  # Outlook web
        "ms-outlook-mobile-signature",
        "applemailsignature",
        "protonmail_signature_block",
        "composer_signature",  # Samsung
    }
)

ATTRIBUTE = re.compile(
    r"\b(class|id|type|style|name|data-marker)\s{0,3}=\s{0,3}(?:\"([^\"]{0,500})|'([^']{0,500})|"
    r"([^\s\"'>]{1,500}))",
    re.IGNORECASE,
)
TOP_BORDER = re.compile(r"border-top\s{0,3}:\s{0,3}(?:solid|[\d.]{1,5}\w{2} solid)", re.IGNORECASE)
NO_BORDER = re.compile(r"border\s{0,3}:\s{0,3}(?:none|0)", re.IGNORECASE)


class Meaning(NamedTuple):
    """What the attributes of an element say.

    Attributes
    ----------
    quote : its content is quoted.
    gmail : it is Gmail's, which may also hold a forward, or answers between quotes.
    divider : all below it is quoted.
    border : a line is drawn above it.
    signature : its content is the author's signature.
    """

    quote: bool = False
    gmail: bool = False
    divider: bool = False
    border: bool = False
    signature: bool = False


def meaning(name: str, attributes: str) -> Meaning:
    """Return what an element's attributes, as they stand in its tag, say."""
    found = _attributes(attributes) if attributes else {}
    marks = _marks(found)
    style = found.get("style", "")
    if name == "blockquote":
        # An indented paragraph, as Gmail and Apple Mail write it, is the author's.
        own = not marks and "type" not in found and NO_BORDER.search(style) is not None
        return Meaning(quote=not own)
    gmail = any(mark.endswith((GMAIL, GMAIL + "_container")) for mark in marks)
    return Meaning(
        quote=gmail or bool(marks & QUOTES) or any(YAHOO in mark for mark in marks),
        gmail=gmail,
        divider=bool(marks & DIVIDERS),
        border=TOP_BORDER.search(style) is not None,
        signature=bool(marks & SIGNATURES),
    )


def _attributes(text: str) -> dict[str, str]:
    """Return those attributes that tell a quote, names in lower case."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(text[:4000]):
        found.setdefault(match[1].lower(), next(v for v in match.groups()[1:] if v is not None))
    return found


def _marks(attributes: dict[str, str]) -> set[str]:
    """Return classes, id and name of an element, in lower case."""
    values = (attributes.get(key, "") for key in ("class", "id", "name", "data-marker"))
    marks = {mark.removeprefix("x_") for mark in " ".join(values).lower().split()}
    return marks | {"name:" + attributes["name"].lower()} if "name" in attributes else marks
