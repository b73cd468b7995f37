"""Texts longer than the encoder reads: what is read, what is counted, alike everywhere."""

import numpy as np
import pytest

from penstock.engines.scorer import TextScorer
from penstock.engines.tokens import LONG_TEXT, MAX_WINDOWS, TextTokenizer, Tokens
from penstock.errors import InputError
from penstock.modeling.directory import save_directory
from penstock.modeling.encoder import load_tokenizer
from penstock.modeling.training import Examples

CLS, SEP = 2, 3
RAGGED = [
    " ".join(["yes", "no", "please", "stop", "a"][(start + step) % 5] for step in range(length))
    for start, length in enumerate([0, 1, 5, 13, 14, 15, 16, 28, 29, 64, 100, 600])
] + ["42", "None", "\U0001f600", "a\0b", "\ud83d yes"]


@pytest.fixture(scope="module")
def backend(tiny):
    return load_tokenizer(tiny).backend_tokenizer


def numbers(backend, length, how, max_length=6):
    """Rows of a text whose words are numbered, as lists of the places that were read."""
    words = [word for word in backend.get_vocab() if not word.startswith("[")][:length]
    places = {backend.token_to_id(word): place for place, word in enumerate(words)}
    tokens = TextTokenizer(backend, max_length, how).encode([" ".join(words)])
    assert all(row[0] == CLS and row[-1] == SEP for row in tokens.rows)
    rows = [[places[token] for token in row[1:-1]] for row in tokens.rows]
    return rows, bool(tokens.truncated[0])


@pytest.mark.parametrize(
    ("how", "length", "rows", "truncated"),
    [
        ("head", 4, [[0, 1, 2, 3]], False),
        ("head", 9, [[0, 1, 2, 3]], True),
        ("tail", 9, [[5, 6, 7, 8]], True),
        ("head_tail", 9, [[0, 6, 7, 8]], True),
        ("windows", 4, [[0, 1, 2, 3]], False),
        ("windows", 5, [[0, 1, 2, 3], [1, 2, 3, 4]], False),
        ("windows", 8, [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]], False),
        ("windows", 9, [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [5, 6, 7, 8]], False),
    ],
)
def test_what_is_read(backend, how, length, rows, truncated):
    assert numbers(backend, length, how) == (rows, truncated)


@pytest.mark.parametrize("how", LONG_TEXT)
@pytest.mark.parametrize("max_length", [3, 4, 7])
def test_no_row_is_longer_than_asked_for(backend, how, max_length):
    tokens = TextTokenizer(backend, max_length, how).encode(RAGGED)
    assert max(map(len, tokens.rows)) == max_length
    assert len(tokens.rows) == tokens.counts.sum() and len(tokens.counts) == len(RAGGED)


def test_windows_have_a_bound_and_what_is_beyond_is_counted(backend):
    tokens = TextTokenizer(backend, 6, "windows").encode(["yes " * 50, "yes " * 5000, "yes"])
    assert tokens.counts.tolist() == [24, MAX_WINDOWS, 1]
    assert tokens.truncated.tolist() == [False, True, False]


def test_no_room_is_named(backend):
    with pytest.raises(InputError, match=r"2 leaves no room.*use 3 or more"):
        TextTokenizer(backend, 2)


def test_pool_is_the_mean_of_a_texts_rows():
    tokens = Tokens([[1], [2], [3]], np.array([1, 2]), np.zeros(2, bool))
    logits = np.array([[1, 0], [2, 4], [4, 0]], np.float32)
    assert tokens.pool(logits).tolist() == [[1, 0], [3, 2]]
    second = tokens.take(np.array([1]))
    assert (second.rows, second.counts.tolist()) == ([[2], [3]], [2])


def test_windows_of_a_text_weigh_as_much_as_a_short_text():
    tokens = Tokens([[1], [2], [3]], np.array([1, 2]), np.zeros(2, bool))
    examples = Examples.of(tokens, np.array([7, 8]), np.array([1, 1], np.float32))
    assert examples.targets.tolist() == [7, 8, 8]
    assert examples.weights.tolist() == [1.5, 0.75, 0.75]


@pytest.mark.parametrize("how", LONG_TEXT)
def test_torch_and_the_engine_agree_on_ragged_lengths(make, toy, tmp_path, how):
    classifier = make(epochs=2, long_text=how).fit(*toy)
    save_directory(classifier, tmp_path / "model", engine="fp32")
    scorer = TextScorer.load(tmp_path / "model")
    expected = classifier.predict_proba(RAGGED)
    assert np.allclose(scorer.predict_proba(RAGGED), expected, atol=1e-5)
    assert np.allclose(
        scorer.out_of_scope_score(RAGGED), classifier.out_of_scope_score(RAGGED), atol=1e-4
    )
    alone = np.vstack([scorer.predict_proba([text]) for text in RAGGED])
    assert np.allclose(alone, expected, atol=1e-5)
    assert scorer.predict_proba([]).shape == classifier.predict_proba([]).shape == (0, 2)
    cut = scorer.scores(RAGGED).truncated
    assert cut.tolist() == classifier.tokens(RAGGED).truncated.tolist()
    # 14 words fit; "windows" reads up to 32 windows of 14 words, each 7 further: 231 words
    assert cut.sum() == (1 if how == "windows" else 7)


@pytest.mark.parametrize(("how", "right"), [("head", False), ("tail", True), ("windows", True)])
def test_what_stands_at_the_end_is_learned_only_by_who_reads_it(make, how, right):
    filler = " ".join("abcde"[place % 5] for place in range(20))
    texts = [f"{filler} {word}" for word in ("yes", "no") for _ in range(12)]
    labels = ["yes"] * 12 + ["no"] * 12
    classifier = make(epochs=15, long_text=how, validation_share=0).fit(texts, labels)
    assert (classifier.score(texts, labels) == 1.0) == right
    assert classifier.truncated_ == (0 if how == "windows" else 24)


def test_unknown_choice_gets_a_suggestion(make, toy):
    with pytest.raises(InputError, match=r"long_text: .*did you mean 'windows'"):
        make(long_text="window").fit(*toy)
