"""``require_language``: a model answers in the languages it was trained on."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from penstock.errors import ConfigError, Problem, did_you_mean
from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["RequireLanguage"]

PACKAGE = "py3langid"
# A language shows at once; a long mail must not cost more than a short one.
START = 1000


class RequireLanguage(Parameters, frozen=True):
    """Does not score texts that surely are in another language.

    A short text, or one of several languages, is never sure: it is scored. Declare it after
    `cut_reply`: a quoted thread may be in another language. It needs
    ``pip install penstock[language]`` (py3langid, 140 languages, about 75 MB of memory).

    Parameters
    ----------
    languages : those that are scored, as codes of ISO 639 such as ``en``.
    min_confidence : from which a text is surely in another; default 0.9.

    Examples
    --------
    - filter: require_language
      languages: [en, de]
    """

    name: ClassVar[str] = "require_language"
    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    min_confidence: Annotated[float, Meta(ge=0.5, le=1)] = 0.9

    def __post_init__(self) -> None:
        if find_spec(PACKAGE) is None:
            raise ValueError("needs the package py3langid: pip install 'penstock[language]'")
        known = _identifier().labels
        problems = [
            Problem(f"unknown language '{code}'", f"languages[{at}]", did_you_mean(code, known))
            for at, code in enumerate(self.languages)
            if code not in known
        ]
        if problems:
            raise ConfigError(problems=problems)

    @property
    def needs(self) -> tuple[str, ...]:
        """The distributions it imports."""
        return (PACKAGE,)

    def before(self, records: list[Record]) -> list[Record]:
        """Set `not_scored` on texts in another language."""
        return [self._check(record) for record in records]

    def _check(self, record: Record) -> Record:
        language, confidence = _identifier().classify(record.text[:START])
        if language in self.languages or confidence < self.min_confidence:
            return record
        return record.not_scored(self.name, f"language {language}, confidence {confidence:.2f}")


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """Load the model that the package brings; it is data, no pickle."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
