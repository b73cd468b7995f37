"""Autologging: what fit does is in a run, and a run holds one fit."""

import mlflow
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from penstock import flavor
from penstock.flavor.dataset import dataset_of


@pytest.fixture
def tracking(tmp_path):
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = mlflow.create_experiment("it", (tmp_path / "artifacts").as_uri())
    mlflow.set_experiment(experiment_id=experiment)
    yield lambda: mlflow.search_runs([experiment], output_format="list", order_by=["start_time"])
    flavor.autolog(disable=True)
    mlflow.set_tracking_uri(before)


def test_a_fit_makes_a_run_with_its_parameters_metrics_data_and_model(tracking, make, toy):
    flavor.autolog()
    classifier = make(epochs=2)
    classifier.fit(*toy)
    (run,) = tracking()
    assert run.info.status == "FINISHED"
    assert run.data.params["epochs"] == "2" and "progress" not in run.data.params
    client = mlflow.MlflowClient()
    losses = client.get_metric_history(run.info.run_id, "loss")
    assert [metric.step for metric in losses] == [1, 2]
    assert [metric.value for metric in losses] == [row["loss"] for row in classifier.history_]
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.digest == dataset_of(*toy).digest
    (model,) = mlflow.search_logged_models(output_format="list")
    loaded = flavor.load_model(model.model_uri)
    assert np.array_equal(loaded.predict(toy[0]), classifier.predict(toy[0]))


def test_metrics_are_there_while_it_trains_and_progress_is_still_told(tracking, make, toy):
    seen = []

    def watch(now):
        if now.epoch == 2:
            (run,) = tracking()
            seen.append(run.data.metrics.get("loss"))

    flavor.autolog(log_models=False)
    classifier = make(epochs=2, progress=watch).fit(*toy)
    assert seen[0] == classifier.history_[0]["loss"]
    assert classifier.progress is watch


def test_a_second_fit_in_one_run_is_nested(tracking, make, toy):
    flavor.autolog(log_models=False)
    with mlflow.start_run() as outer:
        make(epochs=1).fit(*toy)
        make(epochs=2).fit(*toy)
        assert mlflow.active_run().info.run_id == outer.info.run_id
    first, second = sorted(tracking(), key=lambda run: run.data.params["epochs"])
    assert first.info.run_id == outer.info.run_id
    assert second.data.tags["mlflow.parentRunId"] == outer.info.run_id


def test_a_search_over_a_pipeline_logs_its_winner_once(tracking, make, toy):
    flavor.autolog(log_models=False)
    pipeline = make_pipeline(FunctionTransformer(), make(epochs=1))
    grid = {"transformerclassifier__learning_rate": [5e-3, 1e-6]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(*toy)
    (run,) = tracking()
    assert run.data.metrics["best_score"] == pytest.approx(search.best_score_)
    winner = search.best_params_["transformerclassifier__learning_rate"]
    assert float(run.data.params["learning_rate"]) == winner
    assert "loss" in run.data.metrics


def test_off_is_off_and_a_failing_fit_raises_its_own_error(tracking, make, toy):
    flavor.autolog(log_models=False)
    with pytest.raises(ValueError, match="3 texts"):
        make().fit(["a", "b", "c"], ["x"])
    assert [run.info.status for run in tracking()] == ["FAILED"]
    with mlflow.utils.autologging_utils.disable_autologging():
        make(epochs=1).fit(*toy)
    flavor.autolog(disable=True)
    make(epochs=1).fit(*toy)
    assert len(tracking()) == 1


def test_the_data_set_keeps_its_digest_until_a_row_changes(toy):
    texts, labels = toy
    assert dataset_of(texts, labels).digest == dataset_of(np.array(texts, object), labels).digest
    assert dataset_of(texts, labels).digest != dataset_of([*texts[:-1], "new"], labels).digest
    assert len(dataset_of(["a", "b"], np.array([[0, 1], [1, 0]])).digest) == 36
