"""The notebook a reader starts from runs as it stands, top to bottom."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[3] / "examples" / "guided_engagement.ipynb"


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(notebook, tmp_path_factory):
    """Run all cells; one epoch is enough to see that they run."""
    cells = nbformat.from_dict(notebook)
    for cell in cells.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = "EPOCHS = 1"
    folder = tmp_path_factory.mktemp("notebook")
    # MLflow's default place is the folder of the notebook; a reader's own server is not ours.
    kept = {name: os.environ.pop(name, None) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID")}
    try:
        client = NotebookClient(cells, timeout=600, resources={"metadata": {"path": str(folder)}})
        client.execute()
    finally:
        os.environ.update({name: value for name, value in kept.items() if value is not None})
    return cells, folder


def _output(cells, word):
    """Return the last result of the first cell whose code has ``word``."""
    cell = next(cell for cell in cells.cells if cell.cell_type == "code" and word in cell.source)
    return cell.outputs[-1]


def _printed(cells, word):
    """Return what the cell printed; MLflow's log comes before it or after."""
    cell = next(cell for cell in cells.cells if cell.cell_type == "code" and word in cell.source)
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def test_it_is_committed_without_outputs(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert "parameters" in code[0].metadata.tags


def test_every_plot_is_shown(executed):
    cells, _ = executed
    for name in ("confusion", "per_class", "calibration", "coverage", "slices", "robustness"):
        assert "image/png" in _output(cells, f"plot_{name}").data, name


def test_the_model_is_logged_and_answers_under_its_alias(executed):
    cells, folder = executed
    assert "version 1 is production" in _printed(cells, "set_registered_model_alias")
    answers = _output(cells, "answers.insert").data["text/plain"]
    assert "scored" in answers and "auto_reply: body" in answers
    assert (folder / "mlflow.db").is_file()
    assert list(folder.rglob("report.html"))
