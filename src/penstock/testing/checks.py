"""The contract of a filter, as checks that each say one thing."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import yaml

from penstock import strict_yaml
from penstock.filters import Filter, Record
from penstock.filters.describe import describe
from penstock.filters.guard import Step
from penstock.filters.parameters import build, declared, to_dict
from penstock.testing.samples import sample_answers, sample_records

__all__ = ["check_filter"]

HEAVY = ("torch", "transformers", "mlflow", "sklearn", "pandas", "boto3", "pydantic", "fsspec")
"""What the serving runtime does not have: a filter that imports one does not start there."""

THREADS = 4
Make = Callable[[], Any]


def check_filter(cls: type, *, imports: bool = True, **parameters: Any) -> None:
    """Hold a filter to the contract; call it in a test of the filter's package.

    A filter has a name, a docstring and described parameters, which survive YAML. It is pure
    with respect to what it is given, keeps number and order, does not let one record depend on
    another, takes an empty batch and any text, says who decided and why, can be shared by
    threads and copied, and imports nothing heavy.

    Parameters
    ----------
    cls : the class.
    imports : whether its module is imported in a fresh Python, to see what comes along.
    parameters : of the filter; every required one.

    Raises
    ------
    AssertionError : with a line for each broken part of the contract.
    """
    problems = list(_declaration(cls)) or list(_parameters(cls, parameters))
    if not problems:
        problems = [problem for check in CHECKS for problem in check(lambda: cls(**parameters))]
    if imports:
        problems += _imports(cls)
    if problems:
        raise AssertionError("\n".join([f"{cls.__name__} is no good filter:", *problems]))


def _declaration(cls: type) -> Iterator[str]:
    name = getattr(cls, "name", None)
    if not (isinstance(name, str) and name.isidentifier() and name == name.lower()):
        yield f"name is {name!r}, want lower case with underscores"
    if not any(callable(getattr(cls, side, None)) for side in ("before", "after")):
        yield "has neither `before` nor `after`"
    found = describe(cls)
    if not found.summary:
        yield "has no docstring"
    for parameter in declared(cls):
        if not found.parameters.get(parameter.name):
            yield f"parameter {parameter.name} is not described under Parameters in its docstring"


def _parameters(cls: type, parameters: dict[str, Any]) -> Iterator[str]:
    filter_, problems = build(cls, parameters, "parameters")
    yield from map(str, problems)
    if filter_ is None:
        return
    spec = strict_yaml.parse(yaml.safe_dump(to_dict(filter_)), "YAML")
    again, problems = build(cls, {k: v for k, v in spec.items() if k != "filter"}, "YAML")
    if again is None or to_dict(again) != to_dict(filter_):
        yield f"parameters do not survive YAML: {problems or spec}"


def _empty(make: Make) -> Iterator[str]:
    for side, step, _ in _steps(make):
        if list(step([])) != []:
            yield f"{side}: an empty batch does not stay empty"


def _shape(make: Make) -> Iterator[str]:
    """Number, type, order: each record alone gives what it gives in the batch."""
    for side, step, records in _steps(make):
        try:
            together = list(step(records))
        except Exception as error:  # any text may come; any error is a broken contract
            yield f"{side}: raises {type(error).__name__}: {error}"
            continue
        if len(together) != len(records) or not all(isinstance(r, Record) for r in together):
            yield f"{side}: {len(together)} items for {len(records)} records"
            continue
        alone = [next(iter(_side(make(), side)([record]))) for record in records]
        if alone != together:
            at = next(n for n, (a, b) in enumerate(zip(alone, together, strict=True)) if a != b)
            yield f"{side}: record {at} of a batch is answered otherwise than alone"


def _pure(make: Make) -> Iterator[str]:
    for side, step, records in _steps(make):
        given, kept = list(records), copy.deepcopy(records)
        _quietly(step, given)
        if given != kept or any(a is not b for a, b in zip(given, records, strict=True)):
            yield f"{side}: changes what it is given; return changed copies: record.replace(...)"


def _says_why(make: Make) -> Iterator[str]:
    for side, step, records in _steps(make):
        for before, after in zip(records, _quietly(step, records), strict=False):
            if after.status != before.status and not (after.reason and after.decided_by):
                yield f"{side}: sets status {after.status} without decided_by or reason"
                break
            if not before.answered and side == "after" and after.answered:
                yield f"{side}: gives a label to a record that has none"
                break


def _encodable(make: Make) -> Iterator[str]:
    for side, step, records in _steps(make):
        try:
            for record in _quietly(step, records):
                msgspec.json.encode((record.label, record.scores, record.annotations))
        except (TypeError, ValueError) as error:
            yield f"{side}: an answer cannot be written as JSON: {error}"


def _threads(make: Make) -> Iterator[str]:
    for side, step, records in _steps(make):
        expected = _quietly(_side(make(), side), records)
        with ThreadPoolExecutor(THREADS) as pool:
            runs = [pool.submit(_quietly, step, records) for _ in range(2 * THREADS)]
        if any(run.result() != expected for run in runs):
            yield f"{side}: answers otherwise when threads share it"


def _copies(make: Make) -> Iterator[str]:
    """scikit-learn copies the steps of its pipelines, and pickles them for its workers."""
    filter_ = make()
    copies: dict[str, Callable[[], Any]] = {
        "copied": lambda: copy.deepcopy(filter_),
        "pickled": lambda: pickle.loads(pickle.dumps(filter_)),  # noqa: S301 - our own bytes
    }
    for how, copied in copies.items():
        try:
            if to_dict(copied()) != to_dict(filter_):
                yield f"has other parameters when it is {how}"
        except Exception as error:  # a filter is foreign code
            yield f"cannot be {how}: {type(error).__name__}: {error}"


CHECKS: tuple[Callable[[Make], Iterator[str]], ...] = (
    _empty,
    _shape,
    _pure,
    _says_why,
    _encodable,
    _threads,
    _copies,
)


def _imports(cls: type) -> list[str]:
    program = f"import sys, {cls.__module__}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    # With the path of this process: a test may have put the package's folder on it.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 - this Python, and a module that is imported here already
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return [f"module {cls.__module__} cannot be imported alone: {last}"]
    return [f"imports {name}" for name in done.stdout.split()]


def _steps(make: Make) -> Iterator[tuple[str, Step, list[Record]]]:
    """Yield each side of a new filter with records as it gets them."""
    for side, samples in (("before", sample_records), ("after", sample_answers)):
        filter_ = make()
        if hasattr(filter_, side):
            yield side, _side(filter_, side), samples()


def _side(filter_: Filter, side: str) -> Step:
    step: Step = getattr(filter_, side)
    return step


def _quietly(step: Step, records: list[Record]) -> list[Record]:
    """Run it; what it raises is another check's."""
    try:
        return list(step(records))
    except Exception:  # a filter is foreign code
        return []
