"""Candidates are checked before anything runs, all at once, each with its place."""

import json
from pathlib import Path

import pytest

from penstock.config import load_project
from penstock.errors import ConfigError
from penstock.experiments import runner
from penstock.experiments.candidates import prepare
from penstock.experiments.environments import environment_digest, refused

PROJECT = (
    "schema: 1\nname: intent\ndataset: replies\ntrain: {epochs: 4, max_length: 64}\ncompare:\n"
)
SVC = "sklearn.svm.LinearSVC"


def programs(text: str, folder: Path, seed: int = 0):
    (folder / "penstock.yaml").write_text(PROJECT + text)
    config = load_project(folder)
    return prepare(config.compare, config.train, seed, None)


WRONG = {
    "an unknown kind": ("  - kind: fastext\n", "compare[0].kind: unknown kind 'fastext'; did you"),
    "no kind": ("  - epochs: 3\n", "compare[0]: a candidate names its kind; known: tfidf-svm"),
    "no list": ("  kind: flair\n", "compare: {'kind': 'flair'}"),
    "a misspelt key": (
        "  - {kind: transformer, base_modle: x}\n",
        "compare[0].base_modle: unknown key; did you mean 'base_model'?",
    ),
    "a value out of range": ("  - {kind: fasttext, epoch: 0}\n", "compare[0].epoch: 0: input"),
    "two of one name": (
        "  - kind: flair\n  - {kind: fasttext, name: flair}\n",
        "compare[1].name: 'flair' is a candidate's name already",
    ),
    "a step of two": (
        "  - {kind: sklearn, pipeline: [{a.b: 1, c.d: 2}]}\n",
        "compare[0].pipeline[0]: {'a.b': 1, 'c.d': 2}: must be a dotted name",
    ),
    "no such module": (
        "  - {kind: sklearn, pipeline: [sklaern.svm.LinearSVC]}\n",
        "compare[0].pipeline[0]: 'sklaern.svm.LinearSVC': there is no module 'sklaern'",
    ),
    "no such class": (
        "  - {kind: sklearn, pipeline: [sklearn.svm.LinerSVC]}\n",
        "module 'sklearn.svm' has no 'LinerSVC'; did you mean 'LinearSVC'?",
    ),
    "no estimator": ("  - {kind: sklearn, pipeline: [os.getcwd]}\n", "is no estimator with fit"),
    "a classifier in the middle": (
        f"  - {{kind: sklearn, pipeline: [{SVC}, {SVC}]}}\n",
        f"compare[0].pipeline[0]: '{SVC}' is no estimator with fit and transform",
    ),
    "a misspelt parameter": (
        f"  - {{kind: sklearn, pipeline: [{{{SVC}: {{los: hinge}}}}]}}\n",
        f"compare[0].pipeline[0]: '{SVC}' has no parameter 'los'; did you mean 'loss'?",
    ),
    "an option of pip": (
        "  - {kind: flair, environment: {requirements: [flair, '--index-url=x']}}\n",
        "compare[0].environment.requirements[1]: '--index-url=x' is no requirement",
    ),
    "no base model": (
        "  - {kind: transformer, base_model: 'package:no_such/model'}\n",
        "compare[0].base_model: 'package:no_such/model' names the package 'no_such'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_candidate_is_named(name: str, tmp_path: Path) -> None:
    text, says = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        programs(text, tmp_path)
    assert f"penstock.yaml, {says}" in str(caught.value) or says in str(caught.value)
    assert len(caught.value.problems) == 1 and "penstock.yaml, compare" in str(caught.value)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    names = ("no such module", "an option of pip", "no base model")
    text = "".join(
        WRONG[name][0].replace("kind:", f"name: c{i}, kind:") for i, name in enumerate(names)
    )
    with pytest.raises(ConfigError) as caught:
        programs(text, tmp_path)
    assert [problem.where.split("[")[1][0] for problem in caught.value.problems] == ["0", "1", "2"]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_a_transformer_takes_what_it_leaves_out_from_train(tmp_path: Path, base: Path) -> None:
    text = f"  - {{kind: transformer, base_model: {base}, epochs: 9}}\n"
    (program,) = programs(text, tmp_path)
    assert program.settings["epochs"] == 9 and program.settings["max_length"] == 64


def test_the_fingerprint_hangs_on_all_that_decides_and_on_no_name(
    tmp_path: Path, base: Path
) -> None:
    text = f"  - {{kind: transformer, base_model: {base}}}\n"
    data = {"dataset": "sha256:1", "seed": 0}
    (first,) = programs(text, tmp_path)
    (renamed,) = programs(text.replace("{kind", "{name: other, kind"), tmp_path)
    assert first.fingerprint(data) == renamed.fingerprint(data)
    (longer,) = programs(text.replace("}", ", epochs: 9}"), tmp_path)
    (base / "config.json").write_text("{ }")
    (retrained,) = programs(text, tmp_path)
    prints = {p.fingerprint(data) for p in (first, longer, retrained)}
    prints |= {
        first.fingerprint(data | {"dataset": "sha256:2"}),
        first.fingerprint({**data, "seed": 1}),
    }
    assert len(prints) == 5


def test_the_environment_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    text = "  - {{kind: fasttext, environment: {{requirements: [{}]}}}}\n"
    prints = {programs(text.format(r), tmp_path)[0].fingerprint({}) for r in ("a==1", "a==2")}
    assert len(prints) == 2
    assert environment_digest(["a", "b"]) == environment_digest(["b", "a"])


@pytest.mark.parametrize("text", ["flair==0.15.1", "a>=1,<2", "a @ https://example.com/a.whl"])
def test_requirements_are_names_versions_and_addresses(text: str) -> None:
    assert refused(text) is None


@pytest.mark.parametrize("text", ["-r x.txt", "--pre", "./folder", "a b", ""])
def test_nothing_else_is_a_requirement(text: str) -> None:
    assert refused(text)


def step(name: str, **parameters: object) -> dict[str, object]:
    return {"estimator": name, "parameters": parameters}


def test_a_pipeline_that_takes_no_text_gets_tfidf_before_it() -> None:
    made = runner.pipeline_of([step("sklearn.naive_bayes.ComplementNB", alpha=0.5)], 3)
    assert list(made.named_steps) == ["tfidfvectorizer", "complementnb"]
    words = step("sklearn.feature_extraction.text.CountVectorizer")
    made = runner.pipeline_of([words, step(SVC)], 3)
    assert list(made.named_steps) == ["countvectorizer", "linearsvc"]
    assert made.named_steps["linearsvc"].random_state == 3
    assert runner.pipeline_of([words, step(SVC, random_state=5)], 3)[-1].random_state == 5


def test_the_runner_reads_and_writes_data_alone(tmp_path: Path, capfd) -> None:
    job = {"kind": "sklearn", "settings": {"seed": 0, "pipeline": [step(SVC)]}}
    (tmp_path / "job.json").write_text(json.dumps(job))
    rows = [{"text": "good\u2028 day", "label": "x"}, {"text": "bad day", "label": "y"}] * 5
    (tmp_path / "train.jsonl").write_text(
        "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    )
    (tmp_path / "texts.jsonl").write_text('{"text": "good"}\n{"text": "bad"}\n')
    outcome = runner._do(tmp_path, lambda doing: None)
    assert outcome["labels"] == ["x", "y"]
    assert outcome["size"] > 100 and outcome["libraries"]["scikit-learn"]
    json.dumps(outcome)


def test_a_model_that_cannot_be_stored_has_an_unknown_size(tmp_path: Path) -> None:
    class Odd:
        def __reduce__(self) -> str:
            raise TypeError("no")

    assert runner.Estimator(Odd()).size(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
