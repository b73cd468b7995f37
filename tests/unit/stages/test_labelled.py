"""CSV of labelled text: what is wrong, with file, line and what to do; splits without leaks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import DataError, NotFoundError
from penstock.stages.labelled import LabelledText, read_csv, write_csv

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
    "UTF-16": ("text,label\na,x\nb,y\n".encode("utf-16"), ["byte 0xff is not UTF-8"]),
    "an open quote": (b'text,label\n"a,x\nb,y\n', ["is no CSV"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_csv_names_every_problem(name: str, tmp_path: Path) -> None:
    raw, expected = WRONG[name]
    path = tmp_path / "data.csv"
    path.write_bytes(raw)
    with pytest.raises(DataError) as caught:
        read_csv(path)
    for part in expected:
        assert part in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_csv(tmp_path / "none.csv")


def test_a_byte_order_mark_is_not_part_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbftext,label\na,x\nb,y\n")
    assert read_csv(path).texts == ["a", "b"]


# csv writes "\r" quoted, and NUL has no place in CSV.
cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(cells.filter(str.strip), min_size=2, max_size=20))
def test_any_text_survives_a_round_trip(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        data = LabelledText(texts, ["x", "y"] + ["x"] * (len(texts) - 2))
        write_csv(path, data)
        assert read_csv(path) == data


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
    path.write_text("language,body,label,source\nen,a,x,mail\nde,b,y\nen,c,x,form,more\n")
    data = read_csv(path, text="body")
    assert data.columns == {"language": ["en", "de", "en"], "source": ["mail", "", "form"]}
    write_csv(tmp_path / "written.csv", data)
    assert read_csv(tmp_path / "written.csv") == data
    train, test = LabelledText(
        [str(i) for i in range(20)], ["x", "y"] * 10, {"n": [str(i) for i in range(20)]}
    ).split()
    assert train.columns["n"] == train.texts
    assert test.columns["n"] == test.texts
