"""Examples in YAML, TOML and JSON, read by what reads them in a project."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from doc_examples import FENCED, Example

from penstock import strict_yaml
from penstock.config import load_project
from penstock.experiments.candidates import prepare
from penstock.filters import Pipeline, registry

HEAD = "schema: 1\nname: words\ndataset: words\n"


def check_yaml(example: Example, folder: Path) -> None:
    """Read a block as the file or the part of `penstock.yaml` that it is.

    Raises
    ------
    PenstockError : with all that is wrong with it.
    AssertionError : no rule takes it.
    """
    spec = strict_yaml.parse(example.text, str(example))
    if isinstance(spec, dict) and "format" in spec:
        path = folder / "pipeline.yaml"
        path.write_text(example.text)
        assert Pipeline.from_file(path).filters
    elif isinstance(spec, dict):
        _check_project(example.text, folder)
    else:
        _check_list(example, spec, folder)


def _check_list(example: Example, items: list[dict[str, Any]], folder: Path) -> None:
    if all("filter" in item for item in items):
        classes = [registry.get(item["filter"], str(example)) for item in items]
        sides = ["before" if hasattr(cls, "before") else "after" for cls in classes]
        assert len(set(sides)) == 1, f"{example}: filters of both sides in one list"
        Pipeline.from_dict({sides[0]: items}, where=str(example))
    elif all("kind" in item for item in items):
        _check_project("compare:\n" + example.text, folder)
    else:
        raise AssertionError(f"{example}: no rule takes this list; add one to doc_data.py")


def _check_project(text: str, folder: Path) -> None:
    """Read keys of `penstock.yaml`; what they leave out of a project is added."""
    (folder / "penstock.yaml").write_text(text if "schema:" in text else HEAD + text)
    config = load_project(folder)
    if config.wrap:
        Pipeline.from_dict(config.wrap.model_dump(), where="penstock.yaml, wrap")
    prepare(config.compare, config.train, 0, None)  # type: ignore[arg-type]


def check_toml(example: Example) -> None:
    """Read the entry points of filters; the page has the classes that they name."""
    points = tomllib.loads(example.text)["project"]["entry-points"][registry.GROUP]
    for value in points.values():
        name = value.partition(":")[2]
        assert any(
            f"class {name}(" in other.text for other in FENCED if other.page == example.page
        ), f"{example}: the page has no class {name}"


def same_shape(told: Any, found: Any, where: str = "") -> None:
    """Raise AssertionError where the example's keys are not those of what was found.

    The keys of `scores` are labels, so they differ; a value may be shortened to ``...``.
    """
    if isinstance(told, dict) and not where.endswith(".scores"):
        assert isinstance(found, dict), f"{where}: found {found!r}"
        assert set(told) == set(found), f"{where}: {sorted(told)}, found {sorted(found)}"
        for key, value in told.items():
            same_shape(value, found[key], f"{where}.{key}")
    elif isinstance(told, list):
        assert isinstance(found, list) and found, f"{where}: found {found!r}"
        same_shape(told[0], found[0], f"{where}[0]")


def kind_of_json(example: Example) -> str:
    """Return what a JSON block is: an answer, a captured event or a request."""
    keys = set(json.loads(example.text))
    if "predictions" in keys:
        return "answer"
    if "captureData" in keys:
        return "event"
    if keys & {"inputs", "instances", "dataframe_split", "dataframe_records"}:
        return "request"
    raise AssertionError(f"{example}: no rule takes this JSON; add one to doc_data.py")
