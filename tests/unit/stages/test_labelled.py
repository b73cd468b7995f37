"""Labelled text: what is wrong, with file, line and what to do; splits without leaks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import DataError, NotFoundError
from penstock.stages.labelled import LabelledText, read_dataset, read_labelled, write_csv

WRONG = {
    "no such column": (
        b"body,label\na,x\nb,y\n",
        ["line 1: there is no column 'text'", "known: body, label"],
    ),
    "a misspelt column": (b"txet,label\na,x\nb,y\n", ["did you mean 'txet'?"]),
    "both columns missing": (b"a,b\n1,2\n", ["'text'", "'label'"]),
    "one class": (b"text,label\na,x\nb,x\n", ["has only 'x' in column 'label'"]),
    "no rows": (b"text,label\n", ["has none in column 'label'"]),
    "an empty file": (b"", ["there is no column 'text'"]),
    "empty texts": (
        b"text,label\n,x\nb,y\n  ,x\n",
        ["column 'text' is empty in 2 rows (line 2, 4)"],
    ),
    "an empty label": (
        b"text,label\na,x\nb,\nc,y\n",
        ["column 'label' is empty in 1 row (line 3)"],
    ),
    "a short row": (b"text,label\na,x\nb\nc,y\n", ["column 'label' is empty in 1 row (line 3)"]),
    "Latin-1": ("text,label\ncafé,x\nb,y\n".encode("latin-1"), ["line 2: byte 0xe9 is not UTF-8"]),
    "half of UTF-16": ("text,label\na,x\nb,y\n".encode("utf-16")[:-1], ["is not UTF-16"]),
    "a comma in a text": (
        b"text,label\na,x\nHello, you,y\nb,y\n",
        ["1 row has more values than the 2 columns (line 3)", "quote texts that hold commas"],
    ),
    "a comma in a text behind its label": (
        b"label,text\nx,a\ny,Hello, you\ny,b\nx,c, d, e\n",
        ["2 rows have more values than the 2 columns (line 3, 5)"],
    ),
    "a line break in a text": (
        b"label,text,source\nx,Hello\nyou,web\ny,b,web\n",
        ["2 rows have fewer values than the 3 columns (line 2, 3)", "several lines"],
    ),
    "a column twice": (b"text,label,label\na,x,1\nb,y,2\n", ["one name: 'label'", "line 1"]),
    "everything at once": (
        b"text,label\na,x,1\n,x\nb\n",
        ["more values", "fewer values", "'text' is empty in 1 row (line 3)", "'label' is empty"],
    ),
    "a spreadsheet": (b"PK\x03\x04rest", ["is a spreadsheet", "CSV in UTF-8"]),
    "an open quote": (b'text,label\n"a,x\nb,y\n', ["is no CSV"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_csv_names_every_problem(name: str, tmp_path: Path) -> None:
    raw, expected = WRONG[name]
    path = tmp_path / "data.csv"
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        read_labelled(path)
    for part in expected:
        assert part in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_labelled(tmp_path / "none.csv")


def test_a_byte_order_mark_is_not_part_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbftext,label\na,x\nb,y\n")
    assert read_labelled(path).texts == ["a", "b"]


# csv writes "\r" quoted, and NUL has no place in CSV.
cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(cells.filter(str.strip), min_size=2, max_size=20))
def test_any_text_survives_a_round_trip(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        data = LabelledText(texts, ["x", "y"] + ["x"] * (len(texts) - 2))
        write_csv(path, data)
        assert read_labelled(path) == data


def test_split_keeps_equal_texts_together_and_every_label_on_both_sides() -> None:
    texts = [f"text {i % 40}" for i in range(120)]
    data = LabelledText(texts, ["even" if i % 2 == 0 else "odd" for i in range(120)])
    train, test = data.split(0.2, seed=3)
    assert not set(train.texts) & set(test.texts)
    assert len(train) + len(test) == 120
    assert set(train.labels) == set(test.labels) == {"even", "odd"}
    assert 0.1 < len(test) / 120 < 0.3


def test_split_is_the_same_for_a_seed() -> None:
    data = LabelledText([str(i) for i in range(50)], ["a", "b"] * 25)
    assert data.split(seed=1) == data.split(seed=1)
    assert data.split(seed=1) != data.split(seed=2)


def test_a_label_with_one_text_stays_in_train() -> None:
    data = LabelledText(["a", "b", "c", "d"], ["x", "x", "x", "rare"])
    train, test = data.split()
    assert "rare" in train.labels
    assert "rare" not in test.labels


def test_other_columns_stay_with_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("language,body,label,source\nen,a,x,mail\nde,b,y,\nen,c,x,form\n")
    data = read_labelled(path, text="body")
    assert data.columns == {"language": ["en", "de", "en"], "source": ["mail", "", "form"]}
    write_csv(tmp_path / "written.csv", data)
    assert read_labelled(tmp_path / "written.csv") == data
    train, test = LabelledText(
        [str(i) for i in range(20)], ["x", "y"] * 10, {"n": [str(i) for i in range(20)]}
    ).split()
    assert train.columns["n"] == train.texts
    assert test.columns["n"] == test.texts


def test_a_column_whose_name_is_taken_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,body,label\n1,a,x\n2,b,y\n")
    data = read_labelled(path, text="body")
    assert data.texts == ["a", "b"]
    assert data.columns == {}
    assert data.notes == (f"{path}: column 'text' is left out: 'body' takes its name",)


def test_held_out_texts_may_have_one_label(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,label\na,x\n")
    assert read_labelled(path, held_out=True).labels == ["x"]
    path.write_text("text,label\n")
    with pytest.raises(DataError, match="has none in column 'label'"):
        read_labelled(path, held_out=True)


@pytest.mark.parametrize("name", ["test.csv", "test.TSV", "test.jsonl"])
def test_a_split_is_found_by_its_name_whatever_its_kind(name: str, tmp_path: Path) -> None:
    lines = {
        "test.csv": "text,label\na,x\n",
        "test.TSV": "text\tlabel\na\tx\n",
        "test.jsonl": '{"text": "a", "label": "x"}\n',
    }
    (tmp_path / name).write_text(lines[name])
    assert read_dataset(tmp_path, "test") == LabelledText(["a"], ["x"])


def test_two_files_of_one_split_are_refused(tmp_path: Path) -> None:
    for name in ("train.csv", "train.jsonl"):
        (tmp_path / name).write_text("")
    with pytest.raises(DataError, match=r"train\.csv and train\.jsonl"):
        read_dataset(tmp_path, "train")
    with pytest.raises(NotFoundError, match=r"test\.csv"):
        read_dataset(tmp_path, "test")
