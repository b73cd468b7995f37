from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.artifacts.reference import KINDS, Reference, check_alias
from penstock.errors import ReferenceFormatError

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?", fullmatch=True)
ALIASES = st.from_regex(r"[a-z]([a-z0-9_-]{0,20}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dataset:replies@3", Reference("dataset", "replies", version=3)),
        ("dataset:replies@gold", Reference("dataset", "replies", alias="gold")),
        ("dataset:replies@latest", Reference("dataset", "replies", alias="latest")),
        ("dataset:replies", Reference("dataset", "replies", alias="latest")),
        ("base-model:all-minilm.l6_v2@1", Reference("base-model", "all-minilm.l6_v2", version=1)),
        ("model:7@7", Reference("model", "7", version=7)),
        ("wheels:a@999999999", Reference("wheels", "a", version=999999999)),
        ("report:" + "n" * 128, Reference("report", "n" * 128)),
        ("dataset:replies@v3", Reference("dataset", "replies", alias="v3")),
    ],
)
def test_reads(text, expected):
    assert Reference.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a reference"),
        ("replies", "is not a reference"),
        ("replies@3", "is not a reference"),
        (":replies@3", "is not a reference"),
        ("dataset:", "is not a reference"),
        ("dataset:@3", "is not a reference"),
        ("dataset:replies@", "is not a reference"),
        ("datset:replies@3", "did you mean 'dataset'?"),
        ("Dataset:replies", "did you mean 'dataset'?"),
        ("thing:replies", "known: base-model, dataset"),
        ("dataset:Replies", "name 'Replies' is not allowed"),
        ("dataset:../x", "not allowed"),
        ("dataset:..", "not allowed"),
        ("dataset:a..b", "not allowed"),
        ("dataset:.hidden", "not allowed"),
        ("dataset:a/b", "not allowed"),
        ("dataset:a\\b", "not allowed"),
        ("dataset:a b", "not allowed"),
        ("dataset:a\n", "not allowed"),
        ("dataset:a\0", "not allowed"),
        ("dataset:é", "not allowed"),
        ("dataset:" + "n" * 129, "not allowed"),
        ("dataset:-x", "not allowed"),
        ("dataset:x@0", "number from 1"),
        ("dataset:x@03", "number from 1"),
        ("dataset:x@1000000000", "number from 1"),
        ("dataset:x@-1", "alias '-1' is not allowed"),
        ("dataset:x@1.5/..", "not allowed"),
        ("dataset:x@٣", "not allowed"),
        ("dataset:x@a@b", "not allowed"),
        ("dataset:x@../1", "not allowed"),
        ("https://example.com/x@1", "unknown kind 'https'"),
    ],
)
def test_refuses(text, says):
    with pytest.raises(ReferenceFormatError) as caught:
        Reference.parse(text)
    assert says in str(caught.value)
    assert caught.value.problems[0].hint


def test_shows_an_example_to_write():
    with pytest.raises(ReferenceFormatError, match="dataset:replies@3"):
        Reference.parse("replies")


@given(st.sampled_from(sorted(KINDS)), NAMES, st.integers(1, 10**9 - 1))
def test_a_version_survives_text(kind, name, version):
    reference = Reference(kind, name, version=version)
    assert Reference.parse(str(reference)) == reference


@given(st.sampled_from(sorted(KINDS)), NAMES, ALIASES)
def test_an_alias_survives_text(kind, name, alias):
    reference = Reference(kind, name, alias=alias)
    assert Reference.parse(str(reference)) == reference


@given(st.text())
def test_any_text_is_read_or_refused_on_purpose(text):
    with suppress(ReferenceFormatError):
        assert Reference.parse(text).name


def test_a_reference_parses_to_itself():
    reference = Reference("dataset", "x", version=2)
    assert Reference.parse(reference) is reference


def test_has_no_version_and_alias_at_once():
    with pytest.raises(ReferenceFormatError, match="both"):
        Reference("dataset", "x", version=1, alias="gold")


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_made_in_code_is_checked_too(version):
    with pytest.raises(ReferenceFormatError, match="number from 1"):
        Reference("dataset", "x", version=version)


def test_parts():
    reference = Reference.parse("dataset:x@gold")
    assert (reference.base, reference.selector) == ("dataset:x", "gold")
    assert str(reference.at(4)) == "dataset:x@4"


@pytest.mark.parametrize("alias", ["latest", "7", "A", "", "a/b", ".."])
def test_aliases_that_may_not_be_set(alias):
    with pytest.raises(ReferenceFormatError):
        check_alias(alias)
