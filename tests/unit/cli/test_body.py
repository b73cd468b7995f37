"""A file as the body of a request: what its suffix says, in any case."""

from pathlib import Path

import pytest

from penstock.cli.body import body_of
from penstock.errors import DataError, InputError, NotFoundError
from penstock.scoring import contract

FILES = {
    "a.TXT": (b"hi", None, ["hi"]),
    "a.Eml": (b"Subject: x\n\nhi", None, ["hi"]),
    "a.JSON": (b'{"inputs": ["hi"]}', None, ["hi"]),
    "a.ndjson": (b'"hi"\n', None, ["hi"]),
    "a.Csv": (b"id;text\n1;a, b\n", None, ["a, b"]),
    "a.csv": (b"id^text\n1^a, b\n", "^", ["a, b"]),
    "a.TSV": (b"id\ttext\n1\ta, b\n", None, ["a, b"]),
}


@pytest.mark.parametrize("name", FILES)
def test_the_container_reads_what_is_sent(name: str, tmp_path: Path) -> None:
    content, separator, texts = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    body, content_type = body_of(path, "--file", separator)
    assert [record.text for record in contract.decode(body, content_type)] == texts


def test_what_cannot_be_sent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        body_of(tmp_path / "none.txt", "--file")
    (tmp_path / "a.docx").write_text("")
    with pytest.raises(InputError, match=r"'\.docx' is no known ending"):
        body_of(tmp_path / "a.docx", "--file")
    (tmp_path / "a.tsv").write_text("text\nhi\tyou\n")
    with pytest.raises(DataError, match="line 2"):
        body_of(tmp_path / "a.tsv", "--file")
