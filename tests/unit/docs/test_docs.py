"""The docs say what the code does."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from penstock.filters import Pipeline, registry
from penstock.filters.describe import describe
from penstock.filters.parameters import declared
from penstock.testing import check_filter

DOCS = Path(__file__).parents[3] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "configuration.md", "filter-reference.md"])
def test_a_generated_page_is_up_to_date(name: str) -> None:
    page = generator().PAGES[name]()
    assert (DOCS / name).read_text() == page, "run `python docs/generate.py`"


def test_every_command_has_an_example_and_json() -> None:
    sections = (DOCS / "cli.md").read_text().split("\n## ")[1:]
    assert len(sections) == 22
    for section in sections:
        name = section.splitlines()[0]
        assert re.search(r"```\npenstock .+\n```", section), name
        assert "`--json`" in section, name


def test_every_key_is_described() -> None:
    rows = [r for r in (DOCS / "configuration.md").read_text().splitlines() if r.startswith("| `")]
    assert rows
    assert all(row.split("|")[2].strip() for row in rows)


def test_every_filter_and_parameter_is_described_and_its_example_works() -> None:
    for name, cls in registry.BUILT_IN.items():
        found = describe(cls)
        assert found.summary
        assert set(found.parameters) == {parameter.name for parameter in declared(cls)}
        side = "before" if hasattr(cls, "before") else "after"
        (filter_,) = Pipeline.from_dict({side: yaml.safe_load(found.example)}).filters
        assert filter_.name == name


def test_the_guide_of_filters_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (DOCS / "filters.md").read_text()
    (pipeline,) = [block for block in blocks(guide, "yaml") if block.startswith("wrap:")]
    spec = yaml.safe_load(pipeline)["wrap"]
    named = {item["filter"] for side in spec.values() for item in side}
    assert named == set(registry.BUILT_IN)
    Pipeline.from_dict(spec)
    (source,) = [block for block in blocks(guide, "python") if "class RequireWords" in block]
    module = ModuleType("my_filters")
    monkeypatch.setitem(sys.modules, "my_filters", module)
    exec(source, module.__dict__)
    check_filter(module.RequireWords, words=3, imports=False)
    for mentioned in re.findall(r"`(penstock [a-z]+(?: [a-z]+)?)", guide):
        assert mentioned.split("`")[0] in (DOCS / "cli.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*DOCS.rglob("*.md"), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
