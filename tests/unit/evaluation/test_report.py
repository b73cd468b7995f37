"""The report: figures, round trip, page and pictures, without torch."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from guessing import LABELS, TEXTS, WORDS, ByWord
from matplotlib.figure import Figure
from sklearn.metrics import f1_score, log_loss

from penstock.engines.table import EngineRow
from penstock.errors import ConfigError, DataError, InputError
from penstock.evaluation import Report
from penstock.evaluation.checks import BehaviourResult

ATTACK = "<script>alert('x')</script> please & thanks"
PLOTS = ("confusion", "calibration", "per_class", "slices", "coverage", "robustness")


@pytest.fixture(scope="module")
def report():
    rows = EngineRow("openvino-int8", 0.9, 0.9, 0.99, 23_000_000, 1600.0, 2.0, True)
    texts = [*TEXTS, ATTACK]
    return Report.of(
        ByWord(WORDS, temperature_=2.0),
        texts,
        [*LABELS, "no"],
        slices={"language": ["de"] + ["en"] * (len(texts) - 1)},
        champion=("model:<b>old</b>@1", ByWord({"no": "stop", "yes": "please", "gone": "x"})),
        engines=[rows],
        name="model:a$b$@2",
        dataset="dataset:replies@1",
    )


def test_figures_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    classes = ["a", "b", "c"]
    proba, truth = rng.dirichlet([1, 1, 1], 200), rng.choice(classes, 200)
    best = [classes[index] for index in proba.argmax(1)]
    found = Report.of_scores(proba, ["text"] * 200, truth, classes)
    assert found.accuracy == np.mean(truth == best)
    assert found.macro_f1 == pytest.approx(f1_score(truth, best, average="macro"))
    assert found.figures["log_loss"].value == pytest.approx(log_loss(truth, proba, labels=classes))
    assert sum(map(sum, found.confusion)) == found.n_samples == 200
    assert all(i.low <= i.value <= i.high for i in found.figures.values())


@pytest.mark.parametrize(("right", "error"), [(8, 0.0), (5, 0.3)])
def test_calibration_error_of_a_known_case(right, error):
    scores, labels = [[0.8, 0.2]] * 10, [0] * right + [1] * (10 - right)
    found = Report.of_scores(scores, ["text"] * 10, labels, [0, 1])
    assert found.calibration.error == pytest.approx(error)


def test_the_error_before_calibration_is_found_again():
    logits = np.random.default_rng(0).normal(0, 4, (300, 3))

    def softmax(values):
        return np.exp(values) / np.exp(values).sum(1, keepdims=True)

    raw = Report.of_scores(softmax(logits), ["t"] * 300, [0] * 300, [0, 1, 2])
    cooled = Report.of_scores(
        softmax(logits / 2.5), ["t"] * 300, [0] * 300, [0, 1, 2], temperature=2.5
    )
    assert cooled.calibration.uncalibrated_error == pytest.approx(raw.calibration.error)


WRONG = {
    "no labels": ([], np.empty((0, 2)), "no labels"),
    "another shape": (["a"], np.ones((2, 2)), "expected shape"),
    "an unknown label": (["z"], np.full((1, 2), 0.5), "none of the classifier's classes: z"),
    "logits": (["a"], [[-3.0, 9.0]], "between 0 and 1"),
    "no number": (["a"], [[np.nan, 1.0]], "between 0 and 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named(name):
    labels, scores, message = WRONG[name]
    with pytest.raises(DataError, match=message):
        Report.of_scores(scores, ["t"] * len(labels), labels, ["a", "b"])


def test_slices_and_texts_must_be_as_many_as_labels():
    with pytest.raises(DataError, match="slices, language"):
        Report.of(ByWord(WORDS), TEXTS, LABELS, slices={"language": ["en"]})
    with pytest.raises(DataError):
        Report.of(ByWord(WORDS), TEXTS[:-1], LABELS)


def test_something_that_cannot_score_is_a_kind_error():
    with pytest.raises(InputError, match="has no predict_proba"):
        Report.of(object(), TEXTS, LABELS)


def test_slices_mark_what_is_small_and_what_stands_out():
    values = ["odd" if text == "what" else "plain" for text in TEXTS * 3]
    found = Report.of(ByWord(WORDS), TEXTS * 3, LABELS * 3, slices={"kind": values})
    odd, plain = (next(s for s in found.slices if s.value == v) for v in ("odd", "plain"))
    assert (odd.stands_out, plain.stands_out) == ("below", "above")
    assert odd.small
    assert not plain.small
    assert odd.accuracy.high > 0  # 0 of 18 does not say never


def test_a_report_survives_json(report):
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert Report.from_dict(data) == report
    assert data["accuracy"] == report.accuracy


def test_a_report_of_another_format_says_what_to_do(report):
    with pytest.raises(ConfigError, match="run the test again"):
        Report.from_dict({**report.to_dict(), "format": 1})
    with pytest.raises(ConfigError):
        Report.from_dict({"format": 2, "name": 3})


def test_the_page_escapes_what_it_shows_and_fetches_nothing(report):
    page = report.to_html()
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>old" not in page
    assert not re.search(r"""(src|href)\s*=\s*["'](?!#|data:)""", page)
    assert "url(http" not in page
    assert "@import" not in page
    for part in ("openvino-int8", "Champion", "Robustness", "language", "a$b$"):
        assert part in page


@pytest.mark.parametrize("name", PLOTS)
def test_each_plot_is_on_axes_of_its_own_or_on_those_given(report, name):
    own = getattr(report, f"plot_{name}")()
    assert own.figure is not None
    given = Figure().add_subplot()
    assert getattr(report, f"plot_{name}")(ax=given) is given
    given.figure.canvas.draw()


def test_no_plot_touches_pyplot(report):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()  # another test's library may have left one
    report.plot_confusion()
    assert plt.get_fignums() == before


def test_77_classes_can_be_drawn():
    names = [f"class {n}" for n in range(77)]
    found = Report.of_scores(np.eye(77), names, names, names)
    for name in ("confusion", "per_class"):
        getattr(found, f"plot_{name}")().figure.canvas.draw()


def test_mistakes_are_the_surest_first(report):
    scores = [mistake.score for mistake in report.mistakes]
    assert scores == sorted(scores, reverse=True)
    assert report.mistakes[0].text == ATTACK
    assert (report.mistakes[0].true, report.mistakes[0].predicted) == ("no", "yes")


def test_holding_back_the_unsure_makes_answers_better(report):
    first, last = report.coverage[0], report.coverage[-1]
    assert last.coverage == 1.0
    assert last.accuracy == pytest.approx(report.accuracy)
    assert first.accuracy > last.accuracy


def test_the_comparison_says_it_in_words(report):
    versus = report.comparison
    assert versus.only_candidate == 6  # the champion knows no "later"
    assert versus.distinguishable
    assert versus.verdict.startswith("better than")
    same = Report.of(
        ByWord(WORDS), TEXTS, LABELS, champion=("model:old@1", ByWord(WORDS))
    ).comparison
    assert same.verdict == "not distinguishable from model:old@1"
    assert same.p_value == 1.0


def test_metrics_have_their_ends(report):
    found = report.metrics("test_")
    assert found["test_accuracy_low"] <= found["test_accuracy"] <= found["test_accuracy_high"]
    assert "test_mcnemar_p_value" in found


def test_several_labels_a_text():
    rng = np.random.default_rng(3)
    truth, scores = rng.integers(0, 2, (60, 3)), rng.random((60, 3))
    found = Report.of_scores(scores, ["t"] * 60, truth, ["a", "b", "c"], thresholds=[0.2, 0.5, 0.8])
    said = (scores >= [0.2, 0.5, 0.8]).astype(int)
    assert found.multilabel
    assert found.confusion is None
    assert "mcc" not in found.figures
    assert found.accuracy == np.mean((said == truth).all(1))
    assert found.figures["micro_f1"].value == pytest.approx(f1_score(truth, said, average="micro"))
    assert [row.threshold for row in found.per_class] == [0.2, 0.5, 0.8]
    assert "threshold" in found.to_html()
    assert Report.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    with pytest.raises(DataError):
        found.plot_confusion()


def test_a_behaviour_without_a_text_is_not_tested_and_shown_so(report):
    idle = BehaviourResult("idle", "invariance", False, 0.0, 0, 0, [])
    fine = BehaviourResult("fine", "invariance", False, 0.0, 3, 0, [])
    found = replace(report, behaviour=[idle, fine])
    assert (found.failed, found.not_tested) == ([], [idle])
    assert found.metrics()["behaviours_failed"] == 0
    assert found.metrics()["behaviours_not_tested"] == 1
    page = found.to_html()
    assert "1 of 2 tests pass; 1 had no text to test" in page
    assert "not tested: give it `texts` that its edit changes" in page
    assert "0 of 0" not in page


def test_no_figure_of_36_right_texts_is_sure():
    found = Report.of(ByWord(WORDS), TEXTS[:5] * 6, LABELS[:5] * 6)
    for name in ("accuracy", "macro_f1", "micro_f1", "weighted_f1"):
        assert found.figures[name].value == 1.0
        assert found.figures[name].low < 0.9


def test_a_class_without_a_text_has_no_interval():
    found = Report.of_scores([[0.9, 0.1]], ["a"], ["no"], ["no", "yes"])
    yes = found.per_class[1]
    assert (yes.precision_interval, yes.recall_interval, yes.f1_interval) == (None, None, None)
    assert "no texts" in found.to_html()
    found.plot_per_class().figure.canvas.draw()
    assert Report.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found


def test_leaks_are_counted_and_the_figure_without_them_is_given():
    texts = ["stop it now please do", "yes please", "ask in spring", "what"]
    labels = ["no", "yes", "later", "yes"]
    trained = ["Stop it now, please do!", "WHAT", "<i>nothing like it</i>"]
    found = Report.of(ByWord(WORDS), texts, labels, train=trained)
    assert found.leaks.n_samples == 2
    assert found.leaks.examples == ["stop it now please do", "what"]
    assert found.leaks.figures["accuracy"].value == 1.0
    assert found.accuracy == 0.5
    assert found.metrics()["leaks"] == 2
    assert found.metrics()["accuracy_without_leaks"] == 1.0
    assert "2 of 4 texts are equal, or nearly equal" in found.to_html()
    assert Report.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_where_every_text_leaks_no_figure_is_left():
    found = Report.of(ByWord(WORDS), TEXTS, LABELS, train=TEXTS)
    assert (found.leaks.n_samples, found.leaks.figures) == (len(TEXTS), None)
    assert "No other text is left" in found.to_html()


def test_robustness_shows_what_casing_costs(report):
    rows = {row.perturbation: row for row in report.robustness}
    assert rows["lower case"].change.value == 0
    assert rows["UPPER CASE"].change.high < 0
    assert "points" in replace(report, behaviour=[]).to_html()


def test_it_imports_without_torch():
    code = "import sys, penstock.evaluation; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
