"""The report of a true classifier and of its engine, and of a project's test stage."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

from tiny_models import make_base_model, toy_set

from penstock import flavor
from penstock.engines.scorer import TextScorer
from penstock.errors import ConfigError, StageError
from penstock.evaluation import Report
from penstock.evaluation.engines import measure
from penstock.modeling import TransformerClassifier

BEHAVIOUR = """
schema: 1
tests:
  - name: no means no
    type: minimum_functionality
    expect: "no"
    texts: [no thanks a b, stop writing a b]
  - name: yes means no
    type: minimum_functionality
    expect: "no"
    texts: [yes please a b, great idea a b]
    required: true
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def fitted(base):
    return TransformerClassifier(
        str(base), epochs=10, learning_rate=5e-3, batch_size=8, max_length=16, device="cpu"
    ).fit(*toy_set())


def test_a_classifier_and_its_engine_have_one_report(fitted, tmp_path):
    texts, labels = toy_set()
    texts = [*texts, "no " * 40]
    labels = [*labels, "no"]
    flavor.save_model(fitted, tmp_path / "model", calibration_texts=texts, engine="fp32")
    ours = Report.of(fitted, texts, labels)
    served = Report.of(
        TextScorer.load(tmp_path / "model"), texts, labels, champion=("fitted", fitted)
    )
    assert ours.accuracy > 0.9
    assert served.accuracy == ours.accuracy
    assert ours.truncated == served.truncated == 1
    assert served.calibration.uncalibrated_error is not None
    assert served.comparison.verdict == "not distinguishable from fitted"


@pytest.fixture(scope="module")
def project(base, tmp_path_factory):
    """A project with a tiny model, trained and published."""
    from penstock.stages.project import Project
    from penstock.stages.publish import publish
    from penstock.stages.train import train

    folder = tmp_path_factory.mktemp("project")
    texts, labels = toy_set()
    rows = [
        f'"{text}","{label}","{"en" if n % 3 else "de"}"'
        for n, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    (folder / "data").mkdir()
    for split in ("train", "test"):
        (folder / "data" / f"{split}.csv").write_text("\n".join(["text,label,language", *rows]))
    (folder / "behaviour.yaml").write_text(BEHAVIOUR)
    (folder / "penstock.yaml").write_text(
        f"schema: 1\nname: words\ndataset: replies\n"
        f"train: {{base_model: '{base}', epochs: 10, learning_rate: 5.0e-3, batch_size: 8, "
        "max_length: 16}\n"
        "test: {behaviour: behaviour.yaml, slices: [language]}\n"
    )
    project = Project.load(folder)
    publish(project, "dataset:replies", folder / "data")
    train(project)
    return project


def test_the_stage_writes_its_report_and_then_refuses(project):
    import json

    from penstock.stages.test import test as run

    done = run(project)
    with pytest.raises(StageError, match="behaviour 'yes means no': 2 of 2 texts fail, 0% may"):
        done.check()
    names = {path.name for path in done.folder.iterdir()}
    assert names >= {"report.html", "report.json", "confusion_matrix.png", "slices.png"}
    data = json.loads((done.folder / "report.json").read_text())
    assert Report.from_dict(data) == done.report
    assert {part.column for part in done.report.slices} == {"language", "length"}
    assert [row.chosen for row in done.report.engines] == [True, False]
    assert done.report.engines[0].accuracy == done.report.accuracy
    metrics = project.client.get_run(done.run_id).data.metrics
    assert metrics["test_accuracy_low"] <= metrics["test_accuracy"]
    assert metrics["test_behaviours_failed"] == 1


def test_each_engine_is_measured_beside_torch(fitted, tmp_path):
    texts, labels = toy_set()
    names = ["onnxruntime-int8", "openvino-int8", "openvino-fp32"]
    flavor.save_model(fitted, tmp_path / "model", calibration_texts=texts, engine=names)
    rows = {row.name: row for row in measure(tmp_path / "model", texts, labels)}
    assert list(rows) == ["onnxruntime-int8", "openvino-fp32", "openvino-int8", "torch"]
    assert [row.chosen for row in rows.values()] == [True, False, False, False]
    assert rows["torch"].agreement == rows["openvino-fp32"].agreement == 1.0
    assert rows["torch"].accuracy == fitted.score(texts, labels)
    assert all(row.texts_per_second > 0 and row.p50_ms > 0 for row in rows.values())
    for name, folder in {"torch": "classifier", "openvino-int8": "engine/openvino-int8"}.items():
        files = (tmp_path / "model" / folder).iterdir()
        assert rows[name].size == sum(file.stat().st_size for file in files)


def test_agreement_is_with_torch_and_not_with_the_truth(fitted, tmp_path):
    texts, labels = toy_set()
    flavor.save_model(fitted, tmp_path / "model", engine=None)
    swapped = ["no" if label == "yes" else "yes" for label in labels]
    (row,) = measure(tmp_path / "model", texts, swapped)
    assert row.chosen and row.agreement == 1.0 and row.accuracy < 0.1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[language]", "[langage]", "no column 'langage'; did you mean 'language'?"),
        ("behaviour.yaml", "../behaviour.yaml", "is outside the project"),
        ("behaviour.yaml", "none.yaml", "no such file"),
    ],
)
def test_a_wrong_test_section_is_a_kind_error(project, old, new, message):
    from penstock.stages.project import Project
    from penstock.stages.test import test as run

    file = project.folder / "penstock.yaml"
    text = file.read_text()
    try:
        file.write_text(text.replace(old, new))
        with pytest.raises(ConfigError) as caught:
            run(Project.load(project.folder))
    finally:
        file.write_text(text)
    assert message in str(caught.value)
