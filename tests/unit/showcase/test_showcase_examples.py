"""Train and test rows, and the files they are written to."""

import csv
from collections import Counter

import pytest

from penstock.showcase import INTENTS, examples, load_bodies, write_csv


def test_there_is_a_row_for_each_wrapping_and_one_for_each_test_body():
    train, test = examples(wrappings=3)
    assert set(Counter(row.body_id for row in train).values()) == {3}
    assert set(Counter(row.body_id for row in test).values()) == {1}
    assert len(train) // 3 + len(test) == len(load_bodies())


def test_no_body_is_on_both_sides():
    train, test = examples()
    assert not {row.body_id for row in train} & {row.body_id for row in test}


def test_rows_hold_their_body_and_its_label():
    bodies = {body.id: body for body in load_bodies()}
    train, test = examples()
    for row in train + test:
        assert bodies[row.body_id].text in row.text
        assert row.label == bodies[row.body_id].intent
    assert {row.label for row in test} == set(INTENTS)


def test_train_and_test_rows_are_made_alike():
    bodies = {body.id: body.text for body in load_bodies()}
    shares = [
        sum(row.text == bodies[row.body_id] for row in rows) / len(rows)
        for rows in examples(wrappings=1)
    ]
    # A model trained on bare bodies alone took every signed reply for a referral.
    assert abs(shares[0] - shares[1]) < 0.1


def test_rows_hold_no_thread_and_no_signature():
    train, test = examples()
    for row in train + test:
        assert not any(
            mark in row.text for mark in ("\n> ", "From:", "wrote:", "-- \n", "Sent from")
        )


def test_same_seed_same_rows():
    assert examples(seed=5) == examples(seed=5)
    assert examples(seed=5) != examples(seed=6)


def test_wrappings_below_one_are_refused():
    with pytest.raises(ValueError, match="wrappings: 0"):
        examples(wrappings=0)


def test_csv_files_hold_the_rows(tmp_path):
    paths = write_csv(tmp_path / "new")
    assert [path.name for path in paths] == ["train.csv", "test.csv"]
    for path, rows in zip(paths, examples(), strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            read = list(csv.DictReader(file))
        assert read == [
            {
                "text": row.text,
                "label": row.label,
                "body_id": row.body_id,
                "language": row.language,
            }
            for row in rows
        ]


def test_csv_files_are_the_same_bytes_each_time(tmp_path):
    first, second = write_csv(tmp_path / "a"), write_csv(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_csv(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*arguments, **options):
        raise OSError("no space left on device")

    monkeypatch.setattr(csv, "writer", full)
    with pytest.raises(OSError, match="no space"):
        write_csv(tmp_path, seed=1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_simple_model_learns_the_labels():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    linear = pytest.importorskip("sklearn.linear_model")
    train, test = examples()
    vectorizer = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    seen = vectorizer.fit_transform(row.text for row in train)
    model = linear.LogisticRegression(C=20, max_iter=2000).fit(seen, [row.label for row in train])
    unseen = vectorizer.transform(row.text for row in test)
    assert model.score(unseen, [row.label for row in test]) > 0.65
