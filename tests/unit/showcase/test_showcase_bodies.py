"""The hand-written bodies: how many, how different, and how they are split."""

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations

import pytest

from penstock.showcase import INTENTS, REASONS, load_bodies, split
from penstock.showcase.sources import blocks


def folded(text):
    return " ".join(text.casefold().split())


def words(text):
    return frozenset(re.findall(r"\w+", text.casefold()))


def alike(one, other):
    """Whether two texts share most of their words, or most of their letters."""
    shared, total = len(words(one) & words(other)), len(words(one) | words(other))
    if shared / total > 0.85:
        return True
    if shared / total < 0.5:
        return False
    return SequenceMatcher(None, folded(one), folded(other)).ratio() > 0.9


def test_there_are_enough_bodies_of_each_intent():
    counts = Counter(body.intent for body in load_bodies())
    assert sum(counts.values()) >= 520
    assert set(counts) == set(INTENTS)
    assert len(counts) >= 7
    assert min(counts.values()) >= 65


def test_every_objection_has_a_reason_and_nothing_else_has():
    for body in load_bodies():
        if body.intent == "objection":
            assert body.reason in REASONS
        else:
            assert body.reason is None


def test_every_reason_is_used():
    assert {body.reason for body in load_bodies()} - {None} == set(REASONS)


def test_few_bodies_are_not_english():
    languages = Counter(body.language for body in load_bodies())
    assert set(languages) == {"en", "de", "fr", "es"}
    assert languages["en"] / languages.total() > 0.94


def test_lengths_vary():
    lengths = [len(body.text.split()) for body in load_bodies()]
    assert min(lengths) <= 2
    assert max(lengths) >= 35


def test_no_body_stands_twice():
    counts = Counter(folded(body.text) for body in load_bodies())
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_body_is_nearly_another():
    texts = [body.text for body in load_bodies()]
    assert [pair for pair in combinations(texts, 2) if alike(*pair)] == []


def test_near_duplicates_would_be_seen():
    assert alike("Please take me off your mailing list.", "please take me off your mailing list!")
    assert not alike("Please call me.", "Please stop.")


def test_ids_are_unique_and_survive_reloading():
    ids = [body.id for body in load_bodies()]
    assert len(set(ids)) == len(ids)
    assert ids == [body.id for body in load_bodies()]


def test_the_returned_list_is_the_callers_own():
    load_bodies().clear()
    assert load_bodies()


def test_blocks_keep_blank_lines_inside_a_body():
    subjects = dict(blocks("sales.txt"))
    assert len(subjects) >= 12
    assert all("\n\n" in text for text in subjects.values())


def test_split_is_disjoint_and_complete():
    bodies = load_bodies()
    train, test = split(bodies)
    assert not {body.id for body in train} & {body.id for body in test}
    assert Counter(train + test) == Counter(bodies)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_split_is_stratified(share):
    bodies = load_bodies()
    whole = Counter(body.intent for body in bodies)
    _, test = split(bodies, test_share=share)
    for intent, count in Counter(body.intent for body in test).items():
        assert count == round(whole[intent] * share)


def test_split_follows_the_seed_and_not_the_order():
    bodies = load_bodies()
    assert split(bodies, seed=3) == split(bodies, seed=3)
    assert split(bodies, seed=3) != split(bodies, seed=4)
    assert set(split(bodies[::-1], seed=3)[1]) == set(split(bodies, seed=3)[1])


@pytest.mark.parametrize("share", [0, 1, -0.2, 20])
def test_split_refuses_a_share_outside_its_range(share):
    with pytest.raises(ValueError, match=f"test_share: {share}"):
        split(load_bodies(), test_share=share)
