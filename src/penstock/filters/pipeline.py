"""The filters around the model, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from penstock import strict_yaml
from penstock.errors import ConfigError, NotFoundError, Problem, did_you_mean
from penstock.filters import registry
from penstock.filters.base import AfterFilter, BeforeFilter, Filter, Spans
from penstock.filters.guard import Step, guarded
from penstock.filters.labels import label_problems
from penstock.filters.parameters import build, to_dict
from penstock.filters.record import Record

__all__ = ["FORMAT", "Pipeline", "Predict"]

FORMAT = 1
SIDES = ("before", "after")
KEYS = (*SIDES, "engine", "format")

Predict = Callable[[list[str]], NDArray[np.float32]]


class Pipeline:
    """Filters before and after a model. Immutable and thread-safe.

    Parameters
    ----------
    before : filters on texts, in order.
    after : filters on answers, in order. The `after` of a filter that is declared in
        `before` (a cache) runs ahead of these.
    engine : of the model's engines the one that serves; None takes the model's own choice.
    """

    def __init__(
        self,
        before: Sequence[BeforeFilter] = (),
        after: Sequence[AfterFilter] = (),
        engine: str | None = None,
    ) -> None:
        self.engine = engine
        self._before = tuple(before)
        self._after = tuple(after)
        both = [filter_ for filter_ in self._before if isinstance(filter_, AfterFilter)]
        self._answer_steps: tuple[AfterFilter, ...] = (*both, *self._after)

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any], where: str = "pipeline.yaml") -> Self:
        """Build a pipeline from ``{"before": [...], "after": [...]}``.

        Parameters
        ----------
        spec : what `pipeline.yaml` holds; ``format`` may be absent.
        where : names the file (and key) in errors: ``deploy/staging.yaml, wrap``.

        Raises
        ------
        ConfigError : all that is wrong with it, in one error.
        """
        problems = list(_shape_problems(spec, where))
        sides = {side: _build_side(spec, side, where, problems) for side in SIDES}
        if problems:
            raise ConfigError(problems=problems)
        return cls(sides["before"], sides["after"], spec.get("engine"))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a `pipeline.yaml`.

        Raises
        ------
        NotFoundError : there is no such file.
        ConfigError : it is not YAML, has a key twice, or as `from_dict`.
        """
        try:
            spec = strict_yaml.read(Path(path), Path(path).name)
        except OSError as error:
            raise NotFoundError(
                f"cannot read it ({type(error).__name__})", where=str(path)
            ) from None
        return cls.from_dict({} if spec is None else spec, where=Path(path).name)

    @property
    def filters(self) -> list[Filter]:
        """Every filter in the order of its declaration."""
        return [*self._before, *self._after]

    @property
    def before_filters(self) -> tuple[BeforeFilter, ...]:
        """Those that work on texts, in their order."""
        return self._before

    @property
    def after_filters(self) -> tuple[AfterFilter, ...]:
        """Those that work on answers, in the order in which they do."""
        return self._answer_steps

    @property
    def may_block(self) -> bool:
        """Whether a filter may be slow: one of another package, or one that says it `blocks`."""
        built_in = set(registry.BUILT_IN.values())
        return any(
            type(filter_) not in built_in or getattr(filter_, "blocks", False)
            for filter_ in self.filters
        )

    @property
    def needs(self) -> list[str]:
        """The distributions that its filters import only with their parameters, sorted."""
        return sorted({name for filter_ in self.filters for name in getattr(filter_, "needs", ())})

    @property
    def digest(self) -> str:
        """``sha256:`` of the spec."""
        content = msgspec.json.encode(self.to_dict(), order="sorted")
        return f"sha256:{sha256(content).hexdigest()}"

    def to_dict(self) -> dict[str, Any]:
        """Return the spec with every parameter; `from_dict` takes it back."""
        return {
            "format": FORMAT,
            **({"engine": self.engine} if self.engine else {}),
            "before": [to_dict(filter_) for filter_ in self._before],
            "after": [to_dict(filter_) for filter_ in self._after],
        }

    def bind(self, model: str, spans: Spans | None = None) -> Self:
        """Tell the filters that ask which model this is; return self.

        Parameters
        ----------
        model : its digest. With the pipeline's own it is given to ``bind(identity)``.
        spans : its tokenizer, as in `bind_tokenizer`.
        """
        for filter_ in self.filters:
            if callable(bind := getattr(filter_, "bind", None)):
                bind(f"{model} {self.digest}")
        return self.bind_tokenizer(spans) if spans is not None else self

    def bind_tokenizer(self, spans: Spans) -> Self:
        """Give the model's tokenizer to the filters that count tokens; return self."""
        for filter_ in self.filters:
            if callable(bind := getattr(filter_, "bind_tokenizer", None)):
                bind(spans)
        return self

    def check_labels(self, classes: Iterable[Any], where: str = "pipeline.yaml") -> None:
        """Hold the labels that filters name against the classes of a model.

        Raises
        ------
        ConfigError : with each label that is none, and what it may have meant.
        """
        if problems := label_problems(self._after, classes, _below(where, "after")):
            raise ConfigError(problems=problems)

    def counters(self) -> dict[str, dict[str, int]]:
        """Return what filters count, by filter: the cache its hits, misses and failures."""
        counting = {f.name: getattr(f, "counters", None) for f in self.filters}
        return {name: dict(count()) for name, count in counting.items() if callable(count)}

    def before(self, records: Sequence[Record]) -> list[Record]:
        """Run the filters on texts; each sees only records that are still pending.

        A record on which a filter raises is `Record.failed`; the others go on.
        """
        result = list(records)
        for filter_ in self._before:
            rows = [row for row, record in enumerate(result) if record.pending]
            if not rows:
                break
            changed = guarded(filter_.name, filter_.before, [result[row] for row in rows])
            for row, record in zip(rows, changed, strict=True):
                result[row] = record
        return result

    def after(self, records: Sequence[Record]) -> list[Record]:
        """Run the filters on answers; one that raises fails its record, as in `before`."""
        result = list(records)
        if not result:
            return result
        for filter_ in self._answer_steps:
            result = guarded(filter_.name, filter_.after, result)
        return result

    def run(
        self, records: Sequence[Record], predict: Predict, classes: Sequence[Any]
    ) -> list[Record]:
        """Filter, score what is pending, filter.

        Parameters
        ----------
        records : n records.
        predict : takes m texts, returns probabilities of shape (m, n_classes); it is not
            called when nothing is pending.
        classes : the labels, in the order of the columns.

        Returns
        -------
        n records in the same order, none of them pending.
        """

        def answer(pending: list[Record]) -> list[Record]:
            probabilities = predict([record.text for record in pending]).tolist()
            pairs = zip(pending, probabilities, strict=True)
            return [record.scored(values, classes) for record, values in pairs]

        return self.around(records, answer)

    def around(self, records: Sequence[Record], answer: Step) -> list[Record]:
        """Filter, let `answer` give what is pending its answers, filter.

        Parameters
        ----------
        records : n records.
        answer : takes m pending records, returns them answered, in their order; it is not
            called when nothing is pending. `penstock.filters.answered` does it for a scorer.

        Returns
        -------
        n records in the same order, none of them pending.
        """
        result = self.before(records)
        rows = [row for row, record in enumerate(result) if record.pending]
        if rows:
            answers = answer([result[row] for row in rows])
            for row, record in zip(rows, answers, strict=True):
                result[row] = record
        return self.after(result)


def _shape_problems(spec: Any, where: str) -> Iterable[Problem]:
    if not isinstance(spec, Mapping):
        yield Problem(f"is {type(spec).__name__}, want `before` and `after`", where)
        return
    for key in spec:
        if key not in KEYS:
            hint = did_you_mean(str(key), KEYS)
            yield Problem(f"unknown key '{key}'", _below(where, key), hint)
    if not isinstance(spec.get("engine"), str | None):
        yield Problem(f"{spec['engine']!r} is no name", _below(where, "engine"))
    if spec.get("format", FORMAT) != FORMAT:
        what = f"{spec['format']!r} is unknown, this Penstock reads {FORMAT}"
        yield Problem(what, _below(where, "format"), "upgrade penstock")


def _build_side(spec: Any, side: str, where: str, problems: list[Problem]) -> list[Any]:
    items = spec.get(side) if isinstance(spec, Mapping) else None
    if not isinstance(items, list | None):
        problems.append(Problem("want a list of filters", _below(where, side)))
        items = None
    built = []
    for number, item in enumerate(items or []):
        filter_, found = _build_one(item, side, _below(where, f"{side}[{number}]"))
        problems += found
        built.append(filter_)
    return built


def _build_one(item: Any, side: str, where: str) -> tuple[Filter | None, list[Problem]]:
    if not isinstance(item, Mapping) or not isinstance(item.get("filter"), str):
        return None, [Problem("want a mapping with a `filter` name", where)]
    try:
        cls = registry.get(item["filter"], f"{where}.filter")
    except ConfigError as error:
        return None, list(error.problems)
    if not hasattr(cls, side):
        other = "after" if side == "before" else "before"
        what = f"'{item['filter']}' does not work {side} scoring"
        return None, [Problem(what, f"{where}.filter", f"move it to `{other}`")]
    parameters = {key: value for key, value in item.items() if key != "filter"}
    return build(cls, parameters, where)


def _below(where: str, key: object) -> str:
    """Return ``file, key`` for a file and ``file, key.inner`` for a place within one."""
    return f"{where}.{key}" if ", " in where else f"{where}, {key}"
