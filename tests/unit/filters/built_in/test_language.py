from __future__ import annotations

import pytest

from penstock.errors import ConfigError
from penstock.filters import Pipeline, Record

ENGLISH = "Could you please call me on Monday to talk about the offer?"
GERMAN = "Könnten Sie mich bitte am Montag wegen des Angebots anrufen?"
FRENCH = "Pourriez-vous m'appeler lundi pour parler de votre proposition ?"


def pipeline(**parameters: object) -> Pipeline:
    return Pipeline.from_dict({"before": [{"filter": "require_language", **parameters}]})


def test_other_languages_are_not_scored_and_named() -> None:
    records = pipeline(languages=["en", "fr"]).before(list(map(Record, (ENGLISH, GERMAN, FRENCH))))
    assert [record.pending for record in records] == [True, False, True]
    assert records[1].reason is not None
    assert records[1].reason.startswith("language de, confidence ")


@pytest.mark.parametrize("text", ["", "42", "ok", "\0\ud83d", "!?", "x" * 100_000, "Danke, thanks"])
def test_what_is_not_sure_is_scored(text: str) -> None:
    assert pipeline(languages=["en"]).before([Record(text)])[0].pending


def test_only_the_start_of_a_text_is_looked_at() -> None:
    text = ENGLISH + " " * 1000 + GERMAN * 50
    assert pipeline(languages=["en"]).before([Record(text)])[0].pending
    assert not pipeline(languages=["en"]).before([Record(GERMAN * 50)])[0].pending


def test_the_confidence_can_be_chosen() -> None:
    assert pipeline(languages=["en"], min_confidence=1.0).before([Record(GERMAN)])[0].pending


def test_unknown_languages_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        pipeline(languages=["eng", "en", "xx"])
    found = [str(problem) for problem in caught.value.problems]
    assert found[0].startswith(
        "pipeline.yaml, before[0].languages[0]: unknown language 'eng'; did you mean 'en'?"
    )
    assert "before[0].languages[2]: unknown language 'xx'" in found[1]


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.filters.built_in.require_language.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'penstock\[language\]'"):
        pipeline(languages=["en"])


def test_the_package_travels_with_the_model() -> None:
    assert pipeline(languages=["en"]).needs == ["py3langid"]
