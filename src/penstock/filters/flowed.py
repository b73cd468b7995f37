"""``format=flowed``: lines that the sender's program broke, joined again (RFC 3676)."""

from __future__ import annotations

__all__ = ["unflow"]

SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool = False) -> str:
    """Return text with its soft line breaks taken out.

    Parameters
    ----------
    text : body of a part whose type says ``format=flowed``.
    delsp : whether the space before a soft break goes too (``delsp=yes``); default False.
    """
    paragraphs: list[list[str]] = []
    depth_open = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        depth, content = _read(line)
        if depth == depth_open and content != SIGNATURE:
            paragraphs[-1].append(content)
        else:
            paragraphs.append([">" * depth + " " if depth else "", content])
        soft = content.endswith(" ") and content != SIGNATURE
        depth_open = depth if soft else -1
        if soft and delsp:
            paragraphs[-1][-1] = content[:-1]
    return "\n".join("".join(paragraph) for paragraph in paragraphs)


def _read(line: str) -> tuple[int, str]:
    """Return how deep a line is quoted, and what stands behind marks and stuffed space."""
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")
