"""The examples of the pages: fenced blocks, and the commands within sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "src/penstock/templates/project/README.md.jinja"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    TEMPLATE,
]
FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)"
    r"^ *(?P=fence) *$",
    re.M | re.S,
)
INLINE = re.compile(r"(?<!`)`((?:penstock|python|pip|mlflow|make|curl|git|docker|aws) [^`]+)`")


@dataclass(frozen=True)
class Example:
    """A block of a page; `line` is that of its fence, `language` may be empty."""

    page: str
    line: int
    language: str
    text: str

    @property
    def is_output(self) -> bool:
        return self.text.split()[0] in OUTPUTS

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(page: Path) -> str:
    """Return a page; what the template fills in becomes a plain word."""
    return re.sub(r"{{ (\w+) }}", r"\1", page.read_text(encoding="utf-8"))


def fenced(page: Path) -> list[Example]:
    """Return the fenced blocks of a page.

    A fence that does not close, or closes elsewhere, would hide examples: it is an error.
    """
    text = read(page)
    found = [_example(page, text, match) for match in FENCE.finditer(text)]
    fences = len(re.findall(r"^ *(?:`{3,}|~{3,})", text, re.M))
    assert fences == 2 * len(found), f"{page.name}: a fence does not close"
    return found


def inline(page: Path) -> list[Example]:
    """Return the commands that stand in sentences, each on one line."""
    text = FENCE.sub(lambda match: "\n" * match[0].count("\n"), read(page))
    return [
        Example(_name(page), _line(text, match), "inline", " ".join(match[1].split()))
        for match in INLINE.finditer(text)
    ]


def _example(page: Path, text: str, match: re.Match[str]) -> Example:
    indent = match["indent"]
    body = "".join(line.removeprefix(indent) for line in match["text"].splitlines(True))
    return Example(_name(page), _line(text, match), match["language"].strip(), body)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


OUTPUTS = ("penstock.yaml,", "MLmodel")
"""First words of blocks that are no input: an error, and the files of a model."""

FENCED = [example for page in PAGES for example in fenced(page)]
INLINES = [example for page in PAGES for example in inline(page)]
