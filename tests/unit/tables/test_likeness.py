"""Which texts are alike: numbers, case, punctuation, Unicode forms, one word in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.tables.likeness import groups, plain

LONG = "Thank you for the offer, we have talked about it and would like to go on with the trial"
ALIKE = {
    "equal": ("Call me.", "Call me."),
    "case, punctuation and blanks": ("Call me, please", "call  me please!"),
    "composed and decomposed": ("Ein schöner Tag", "Ein scho\u0308ner Tag"),
    "full width": ("ＡＢＣ please", "abc please"),
    "a number": ("Where is my invoice #7", "Where is my invoice #1234"),
    "a number more": ("Where is my invoice", "Where is my invoice 12"),
    "one word more in many": (LONG, LONG + ", thanks"),
    "one word other in many": (LONG, LONG.replace("trial", "order")),
    "the same words in another order": ("to be or not to be", "not to be or to be"),
    "without spaces, one character more in many": (
        "我的发票在哪里请告诉我谢谢",
        "我的发票在哪里请告诉我谢谢你",
    ),
}
UNLIKE = {
    "one word other in few": ("Please call me on Monday", "Please call me on Tuesday"),
    "not": ("I like it", "I do not like it"),
    "a number is what is said": ("room 12", "room 13"),
    "only numbers": ("42", "43"),
    "only symbols": ("👍", "👎"),
    "a word again and again": ("no", "no no no no"),
    "without spaces": ("我的发票在哪里", "应用程序崩溃了"),
}


@pytest.mark.parametrize("name", ALIKE)
def test_alike_texts_share_a_group(name: str) -> None:
    one, other = ALIKE[name]
    assert groups([one, "something else entirely", other]) == [0, 1, 0]


@pytest.mark.parametrize("name", UNLIKE)
def test_other_texts_do_not(name: str) -> None:
    assert groups(list(UNLIKE[name])) == [0, 1]


def test_a_group_holds_what_is_alike_to_one_of_it() -> None:
    words = LONG.split()
    one, two = " ".join([*words, "dear"]), " ".join([*words, "dear", "and", "kind"])
    three = " ".join([*words, "dear", "and", "kind", "friend", "indeed"])
    assert groups([one, three]) == [0, 1]
    assert groups([one, three, two]) == [0, 0, 0]


def test_no_texts_no_groups() -> None:
    assert groups([]) == []
    assert groups(["", "   ", "a"]) == [0, 0, 1]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9).map(" ".join)))
def test_every_pair_that_is_alike_is_found(texts: list[str]) -> None:
    found = groups(texts)
    assert len(found) == len(texts)
    for i, one in enumerate(texts):
        for j, other in enumerate(texts[:i]):
            if groups([one, other]) == [0, 0]:
                assert found[i] == found[j]


def test_plain_is_one_form_of_equal_texts() -> None:
    assert plain(" Ｃafe\u0301\n ") == plain("CAFÉ")
    assert plain("a") != plain("b")
