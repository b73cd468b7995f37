"""A packaged model brings its private filters along: MLflow loads it where none is installed."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import mlflow
import pytest

from penstock import flavor
from penstock.errors import IntegrityError
from penstock.filters import registry

PIPELINE = {"before": [{"filter": "squeeze_whitespace"}]}
PACKAGE = Path(str(files("penstock") / "templates/project/packages/reply_filters"))


def write_wheel(folder: Path) -> Path:
    """The template's own package as a wheel, without a build."""
    folder.mkdir()
    path = folder / "reply_filters-0.1.0-py3-none-any.whl"
    source = (PACKAGE / "src/reply_filters/__init__.py").read_text()
    about = "reply_filters-0.1.0.dist-info"
    metadata = "Metadata-Version: 2.1\nName: reply-filters\nVersion: 0.1.0\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("reply_filters/__init__.py", source)
        archive.writestr(
            f"{about}/METADATA", f"{metadata}Requires-Dist: penstock\nRequires-Dist: packaging\n"
        )
        points = "[penstock.filters]\nsqueeze_whitespace = reply_filters:SqueezeWhitespace\n"
        archive.writestr(f"{about}/entry_points.txt", points)
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture(scope="module")
def packaged(fitted, tmp_path_factory):
    """Made in a process that knows the filter, as `penstock package` does."""
    scratch = tmp_path_factory.mktemp("private")
    flavor.save_model(fitted, scratch / "trained", engine="fp32")
    wheel = write_wheel(scratch / "wheels")
    (scratch / "trained").rename(scratch / "source")
    program = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from penstock import flavor\n"
        f"flavor.save_wrapped(sys.argv[1], sys.argv[2], {PIPELINE!r},"
        " extra_files={'wheels': sys.argv[4]})"
    )
    target = scratch / "packaged"
    arguments = [scratch / "source", target, wheel, wheel.parent]
    run(program, *arguments)
    return target


def run(program: str, *arguments: object) -> str:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_mlflow_loads_it_where_the_filter_is_not_installed(packaged, fitted):
    assert "squeeze_whitespace" not in registry.names()
    program = (
        "import sys, json, mlflow\n"
        "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
        "print(json.dumps(model.predict(['yes \\n  please'])['label'].tolist()))"
    )
    answer = json.loads(run(program, packaged))
    assert answer == fitted.predict(["yes please"]).tolist()


def test_mlflow_predict_loads_it_in_a_process_of_its_own(packaged, tmp_path):
    out = tmp_path / "out.json"
    mlflow.models.predict(
        str(packaged), input_data=["yes \n please"], env_manager="local", output_path=str(out)
    )
    assert json.loads(out.read_text())["predictions"][0]["status"] == "scored"


def test_its_requirements_hold_what_the_wheel_wants(packaged):
    needed = (packaged / "requirements.txt").read_text()
    assert "packaging==" in needed and needed.count("penstock==") == 1


def test_a_changed_wheel_is_found_before_it_is_read(packaged):
    (wheel,) = packaged.glob("wheels/*.whl")
    content = wheel.read_bytes()
    try:
        wheel.write_bytes(content.replace(b"reply_filters/__init__", b"reply_filters/__imit__"))
        with pytest.raises(IntegrityError, match="sha256"):
            flavor.load_pyfunc(packaged)
    finally:
        wheel.write_bytes(content)
