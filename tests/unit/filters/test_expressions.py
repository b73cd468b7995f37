from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.filters import Record
from penstock.filters.expressions import FUNCTIONS, MAX_LENGTH, NAMES, Expression, ExpressionError

RECORD = (
    Record(
        "Send me a PRICE list, straße!",
        {"subject": "Re: offer"},
        {"channel": "web", "amount": 120, "vip": True, "odd": [1]},
    )
    .scored([0.2, 0.7, 0.1], ["no", "yes", "later"])
    .replace(out_of_scope=False, out_of_scope_score=-3.5)
)

HOLDS: list[tuple[str, bool]] = [
    ('label == "yes"', True),
    ("label == 'no' or score >= 0.7", True),
    ('label != "yes" and score > 0', False),
    ('not label == "no"', True),
    ('label in ("yes", "later")', True),
    ('label not in ["yes"]', False),
    ('scores["yes"] - scores["no"] < 0.3', False),
    ('scores["yes"] * 2 > 1 and scores["yes"] / 2 < 1', True),
    ('scores["nobody"] == 0', True),
    ("0.5 < score < 0.9", True),
    ("score > -1", True),
    ("out_of_scope", False),
    ("not out_of_scope and out_of_scope_score < 0", True),
    ('contains(text, "discount", "price")', True),
    ('contains(text, "STRASSE")', True),
    ('word(text, "pric")', False),
    ('word(text, "price")', True),
    ('word(text, "me a")', True),
    ('starts(text, "send")', True),
    ('ends(text, "?")', False),
    ('"PRICE" in text', True),
    ('"price" in text', False),
    ('"price" in lower(text)', True),
    ("length(text) > 20", True),
    ('starts(headers["Subject"], "re:")', True),
    ('headers["x-none"] == ""', True),
    ('contains(headers["x-none"], "a")', False),
    ('"subject" in headers', True),
    ('fields["channel"] == "web" and fields["amount"] >= 100', True),
    ('fields["vip"]', True),
    ('fields["none"] == None', True),
    ('fields["none"] > 3', False),
    ('fields["channel"] > 3', False),
    ('contains(fields["amount"], "1")', False),
    ('fields["amount"] / 0 == 1', False),
    ('length(fields["none"]) > 1', False),
    ('labels == ["yes"]', False),
    ('"yes" in labels', False),
    ("True", True),
    ('\n  label == "yes"\n  and score > 0.5\n', True),
]


@pytest.mark.parametrize(("source", "expected"), HOLDS)
def test_a_condition_holds(source: str, expected: bool) -> None:
    assert Expression(source)(RECORD) is expected


WRONG: list[tuple[str, str, str | None]] = [
    ("", "column 1: is empty, want a condition", None),
    ('lable == "yes"', "column 1: unknown name 'lable'", "did you mean 'label'?"),
    ('"é" in text and scor > 1', "column 17: unknown name 'scor'", "did you mean 'score'?"),
    ("  scor > 1", "column 3: unknown name 'scor'", "did you mean 'score'?"),
    ("contain(text, 'a')", "column 1: unknown function 'contain'", "did you mean 'contains'?"),
    ("contains(text)", "column 1: 'contains' is used otherwise", FUNCTIONS["contains"].meaning),
    ("lower(text, text) == 'a'", "column 1: 'lower' is used otherwise", FUNCTIONS["lower"].meaning),
    ("contains(text, word='a')", "is used otherwise", FUNCTIONS["contains"].meaning),
    ("contains(score, 'a')", "column 10: is a number, want a text", None),
    ('score > "0.5"', "column 9: a number is compared with a text", None),
    ("score", "column 1: is a number, want a condition", "compare it with a value"),
    ("text and score > 1", "column 1: is a text, want true or false", None),
    ("text + text == 'a'", "column 1: is a text, want a number", None),
    ('"a" in score', "column 8: is a number, want a list or a text after `in`", None),
    ("1 in text", "column 6: a number cannot be in a text", None),
    ("scores > scores", "is not less or more than another", None),
    ("score in (score, 1)", "column 11: is no constant", "a list holds texts and numbers only"),
    ('label = "a"', "column 7: cannot be read", "write `==` instead of `=`"),
    ('label == "a" && score > 1', "column 15: cannot be read", "write `and` instead of `&&`"),
    ('text.lower() == "a"', "column 1: a point is not part", "write lower(text)"),
    ('headers.subject == "a"', "column 1: a point is not part", 'write headers["subject"]'),
    ("headers[text] == 'a'", "column 9: want the name of an entry in quotes", None),
    ("text[0] == 'a'", "column 1: a text has no entries", None),
    ("label is None", "column 1: `is` is not part of the language", "write =="),
    ("score ** 9 > 1", "column 1: only + - * / are part of the language", None),
    ("~score > 1", "column 1: this sign is not part of the language", None),
    ("b'a' in text", "b'a' is not a text or a number", None),
    ("__import__('os').system('x')", "a point is not part of the language", None),
    ("(lambda: 1)()", "column 1: only functions can be called", None),
    ("[x for x in labels] == labels", "column 1: a loop is not part of the language", None),
    ("score if True else 1", "is not part of the language", None),
    ("(x := 1) == 1", "is not part of the language", None),
    (f'text == "{"a" * MAX_LENGTH}"', f"characters, limit {MAX_LENGTH}", "split the rule"),
    ("not " * 100 + "True", "nested more than 40 deep", "split the rule"),
    ("(" * 900, "cannot be read", None),
    ("a\0b", "cannot be read", None),
]


@pytest.mark.parametrize(("source", "what", "hint"), WRONG)
def test_a_mistake_is_told_with_its_column(source: str, what: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expression(source)
    assert what in str(caught.value)
    assert hint is None or hint in str(caught.value.hint)


@given(st.text(alphabet="abelscortxnd \"'()[]<>=!.,+-*/0123456789:_{}é\n", max_size=60))
def test_any_text_is_an_expression_or_a_mistake(source: str) -> None:
    try:
        assert Expression(source)(RECORD) in (True, False)
    except ExpressionError as error:
        assert 1 <= error.column <= len(source) + 2


VALUES: Any = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
)


@given(VALUES, st.sampled_from(["==", "<", ">=", "in", "not in"]), VALUES)
def test_no_value_of_a_field_makes_it_raise(left: Any, symbol: str, right: Any) -> None:
    record = Record("", {}, {"a": left, "b": right})
    for source in (f'fields["a"] {symbol} fields["b"]', 'contains(fields["a"], fields["b"])'):
        assert Expression(source)(record) in (True, False)


def test_it_knows_which_labels_it_names() -> None:
    source = 'label == "a" or label in ("b", "c") or scores["d"] > 0.5 or text == "e"'
    assert Expression(source).labels == {"a", "b", "c", "d"}


def test_every_name_and_function_is_explained() -> None:
    assert all(name.meaning for name in NAMES.values())
    assert all(f"`{name}(" in function.meaning for name, function in FUNCTIONS.items())
