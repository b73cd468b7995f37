"""One reader: what is plain is read and told, what is not is refused with its line."""

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from penstock.errors import DataError, InputError, NotFoundError
from penstock.tables.reading import read_table

WANTED = ("Body", "Queue")
COLUMNS = {"Body": ["a, b", "c; d"], "Queue": ["x", "y"]}
COMMAS = 'Body,Queue\n"a, b",x\nc; d,y\n'
SEMICOLONS = 'Body;Queue\na, b;x\n"c; d";y\n'
TABS = "Body\tQueue\na, b\tx\nc; d\ty\n"
LINES = '{"Body": "a, b", "Queue": "x"}\n\n{"Queue": "y", "Body": "c; d"}\n'
PLAIN = {
    "commas": ("d.csv", COMMAS.encode(), []),
    "semicolons": ("d.csv", SEMICOLONS.encode(), ["separated by semicolons"]),
    "tabs": ("d.csv", TABS.encode(), ["separated by tabs"]),
    "bars": ("d.csv", b"Body|Queue\na, b|x\nc; d|y\n", ["separated by bars"]),
    "TSV": ("d.TSV", TABS.encode(), []),
    "TSV that is CSV": ("d.tsv", COMMAS.encode(), ["separated by commas"]),
    "Excel's first line": ("d.csv", b"sep=^\r\nBody^Queue\r\na, b^x\r\nc; d^y\r\n", ["by ^"]),
    "a byte order mark": ("d.csv", b"\xef\xbb\xbf" + SEMICOLONS.encode(), ["semicolons"]),
    "UTF-16": ("d.csv", TABS.encode("utf-16"), ["encoded in UTF-16", "separated by tabs"]),
    "UTF-16, big end first": ("d.csv", b"\xfe\xff" + COMMAS.encode("utf-16-be"), ["UTF-16"]),
    "UTF-16 without a mark": ("d.csv", COMMAS.encode("utf-16-le"), ["UTF-16"]),
    "UTF-16 without a mark, big end first": ("d.csv", COMMAS.encode("utf-16-be"), ["UTF-16"]),
    "UTF-32": ("d.csv", COMMAS.encode("utf-32"), ["UTF-32"]),
    "old Mac": ("d.csv", COMMAS.replace("\n", "\r").encode(), []),
    "blanks in the header": ("d.csv", COMMAS.replace("y,Q", "y , Q").encode(), []),
    "another name": ("export.txt", COMMAS.encode(), []),
    "JSON Lines": ("d.jsonl", LINES.encode(), []),
    "JSON Lines in UTF-16": ("d.NDJSON", LINES.encode("utf-16"), ["UTF-16"]),
}


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_plain_is_read_and_told(kind: str, tmp_path: Path) -> None:
    name, content, notes = PLAIN[kind]
    table = read_table(written(tmp_path, name, content), WANTED)
    assert table.columns == COLUMNS
    assert table.problems == ()
    assert len(table.notes) == len(notes)
    assert all(part in note for part, note in zip(notes, table.notes, strict=True))


@pytest.mark.parametrize("given", [";", "semicolon"])
def test_a_separator_that_is_named_is_taken(given: str, tmp_path: Path) -> None:
    path = written(tmp_path, "d.csv", b"Body;Queue,Body;Queue\na;x,1;y\n")
    table = read_table(path, WANTED, given)
    assert table.columns == {"Body": ["a"], "Queue,Body": ["x,1"], "Queue": ["y"]}


def test_the_widest_header_is_told_where_a_column_is_missing(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "d.csv", SEMICOLONS.encode()), ("text", "label"))
    assert list(table.columns) == ["Body", "Queue"]


def test_a_line_is_counted_from_the_files_first(tmp_path: Path) -> None:
    content = b'sep=;\nBody;Queue\n"a\nb\nc";x\n\nd;y\n'
    assert read_table(written(tmp_path, "d.csv", content), WANTED).at == [3, 7]


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    content = b",Body,Queue,\n0,a,x,\n1,b,y,\n"
    columns = read_table(written(tmp_path, "d.csv", content), WANTED).columns
    assert columns == {"Body": ["a", "b"], "Queue": ["x", "y"]}


def test_values_of_json_are_spelled_as_json_does(tmp_path: Path) -> None:
    content = b'{"a": 1, "b": null, "c": true}\n{"a": 1.5, "d": ["x", {"y": "\\u00e9"}]}\n'
    assert read_table(written(tmp_path, "d.jsonl", content), ("a",)).columns == {
        "a": ["1", "1.5"],
        "b": ["", ""],
        "c": ["true", ""],
        "d": ["", '["x", {"y": "é"}]'],
    }


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    columns = {"text": ["a", None, "\u2028"], "label": pyarrow.array(["x", "y", "x"])}
    found = pyarrow.table(columns).append_column("n", pyarrow.array([1, 2, 3]))
    pyarrow.parquet.write_table(found, path)
    table = read_table(path, ("text", "label"))
    assert table.columns == {
        "text": ["a", "", "\u2028"],
        "label": ["x", "y", "x"],
        "n": ["1", "2", "3"],
    }
    assert (table.at, table.unit) == ([1, 2, 3], "row")


WRONG = {
    "quotes in a text": ("d.csv", b'Body,Queue\na,x\n"b" c,y\n', "line 3: is no CSV"),
    "an open quote": ("d.csv", b'Body,Queue\na,x\n"b,y\nc,x\n', "line 3: is no CSV"),
    "a column twice": ("d.csv", b"Body,Queue, Body\n", "line 1: two columns have one name: 'Body'"),
    "no JSON": ("d.jsonl", b'{"Body": "a"}\n{\n', "line 2: is not valid JSON"),
    "no object": ("d.jsonl", b'["a"]\n', "line 1: want an object, not list"),
    "a key twice": ("d.jsonl", b'{"a": 1, "a": 2}\n', "line 1: two values have one name: 'a'"),
    "half a character": ("d.jsonl", b'{"a": "\\ud83d"}\n', "line 1: has half a character"),
    "no Parquet": ("d.parquet", b"Body,Queue\n", "is no Parquet"),
    "Parquet": ("d.csv", b"PAR1...", "name it .parquet"),
    "a sheet": ("d.xlsx", b"PK\x03\x04...", "is a spreadsheet"),
    "Latin-1": ("d.csv", "Body,Queue\né,x\n".encode("latin-1"), "line 2: byte 0xe9 is not UTF-8"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_not_is_refused_with_its_place(kind: str, tmp_path: Path) -> None:
    name, content, says = WRONG[kind]
    path = written(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        read_table(path, WANTED)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_all_lines_that_are_wrong_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_table(written(tmp_path, "d.jsonl", b'{\n{"a": 1}\n7\n'), WANTED)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("given", ["", ";;", '"', "\n", "semi"])
def test_what_is_no_separator_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--separator: .* is no separator"):
        read_table(written(tmp_path, "d.csv", COMMAS.encode()), WANTED, given)


def test_json_lines_have_no_separator(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no separator"):
        read_table(written(tmp_path, "d.jsonl", LINES.encode()), WANTED, ";")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_table(tmp_path / "d.parquet", WANTED)
