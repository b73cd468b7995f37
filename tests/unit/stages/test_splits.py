"""What splits say of each other, and that a split of ours has nothing to be said of."""

import pytest

from penstock.errors import DataError
from penstock.stages.labelled import LabelledText
from penstock.stages.splits import check_splits, leaks

GOOD = ([("a dog", "x"), ("a cat", "y")], [("a bird", "x"), ("a fish", "y")])
TOLD = {
    "nothing": (*GOOD, []),
    "one label": (GOOD[0], [("a bird", "x")], ["one label only: 'x'"]),
    "a label not in test": (
        [*GOOD[0], ("an owl", "z")], GOOD[1], ["no text of 'z' is in the test split"]
    ),
    "case": (
        [*GOOD[0], ("a wolf", "X")], [*GOOD[1], ("a gnu", "X")], ["'X' and 'x' differ only in case"]
    ),
    "Unicode form": (
        [("a", "caf\u00e9"), ("b", "cafe\u0301")],
        [("c", "caf\u00e9"), ("d", "cafe\u0301")],
        ["differ only in their Unicode form"],
    ),
    "two labels": (
        [*GOOD[0], ("A  Dog", "y")], GOOD[1], ["1 text with more than one label", "'x' and 'y'"]
    ),
    "leaks": (
        [*GOOD[0], ("Where is my invoice 7", "x")],
        [*GOOD[1], ("where is my invoice #12?", "x"), ("A cat", "y")],
        ["2 of 4 test texts are nearly equal"],
    ),
}  # fmt: skip


def data(rows: list[tuple[str, str]]) -> LabelledText:
    return LabelledText([text for text, _ in rows], [label for _, label in rows])


@pytest.mark.parametrize("name", TOLD)
def test_what_a_person_should_know_is_told(name: str) -> None:
    train, test, parts = TOLD[name]
    found = check_splits(data(train), data(test), "d")
    assert len(found) == min(len(parts), 1)
    assert all(part in " ".join(found) for part in parts)


def test_a_label_in_test_only_is_refused() -> None:
    with pytest.raises(DataError, match=r"d: has labels that the train split lacks: 'new' \(1\)"):
        check_splits(data(GOOD[0]), data([*GOOD[1], ("a", "new")]), "d")


def test_a_test_split_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="too few texts"):
        check_splits(data(GOOD[0]), data([]), "d")


def test_a_split_keeps_texts_together_that_are_alike() -> None:
    kinds = [f"my {w} is broken" for w in ("phone", "lamp", "car", "door", "oven", "pump")]
    texts = [f"{kind} #{n}" for kind in kinds for n in range(10)]
    rows = LabelledText(texts, [["x", "y"][kinds.index(t.rsplit(" #")[0]) % 2] for t in texts])
    for seed in range(5):
        train, test = rows.split(seed=seed)
        assert leaks(train, test) == []
        assert set(test.labels) == set(train.labels) == {"x", "y"}


@pytest.mark.parametrize("seed", range(8))
def test_every_label_of_test_is_in_train(seed: int) -> None:
    torn = [("thank you number one", "thanks"), ("thank you number one", "gratitude")]
    rows = data([*torn, *((f"{n} {n}", "xyz"[n % 3]) for n in range(30)), ("lone", "z2")])
    train, test = rows.split(seed=seed)
    assert set(test.labels) <= set(train.labels)
    assert {"thanks", "gratitude", "z2"} <= set(train.labels)
    assert len(train) + len(test) == len(rows)


def test_where_all_are_alike_something_is_held_out_and_told() -> None:
    rows = data([(f"where is my {w} {n}", w) for n in range(10) for w in ("car", "dog")])
    train, test = rows.split()
    assert len(test) == 4
    assert any(
        "4 of 4 test texts are nearly equal" in note for note in check_splits(train, test, "")
    )
