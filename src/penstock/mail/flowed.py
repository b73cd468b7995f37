"""``format=flowed``: lines that the sender's program broke, joined again (RFC 3676)."""

from __future__ import annotations

from penstock.mail.replies.traced import Anchor, Traced

__all__ = ["unflow"]

SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool = False) -> Traced:
    """Return text with its soft line breaks taken out, and where each line of it began.

    Parameters
    ----------
    text : body of a part whose type says ``format=flowed``.
    delsp : whether the space before a soft break goes too (``delsp=yes``); default False.
    """
    paragraphs: list[list[str]] = []
    places: list[int] = []
    depth_open, place = -1, 0
    for line in text.split("\n"):
        depth, content = _read(line.removesuffix("\r"))
        if depth == depth_open and content != SIGNATURE:
            paragraphs[-1].append(content)
        else:
            paragraphs.append([">" * depth + " " if depth else "", content])
            places.append(place)
        soft = content.endswith(" ") and content != SIGNATURE
        depth_open = depth if soft else -1
        if soft and delsp:
            paragraphs[-1][-1] = content[:-1]
        place += len(line) + 1
    return _traced(["".join(paragraph) for paragraph in paragraphs], places, text)


def _traced(lines: list[str], places: list[int], original: str) -> Traced:
    anchors, offset = [], 0
    for line, place in zip(lines, places, strict=True):
        anchors.append(Anchor(offset, 0, place, False))
        offset += len(line) + 1
    return Traced("\n".join(lines), tuple(anchors), (original,))


def _read(line: str) -> tuple[int, str]:
    """Return how deep a line is quoted, and what stands behind marks and stuffed space."""
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")
