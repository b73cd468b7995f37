"""A container that was told a digest refuses every other model."""

from pathlib import Path

import pytest

from penstock.artifacts.manifest import write_manifest
from penstock.errors import IntegrityError, PenstockError
from penstock.scoring.work.model import ServedModel


def test_another_digest_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("format: 1")
    found = write_manifest(tmp_path)
    with pytest.raises(IntegrityError) as caught:
        ServedModel.load(tmp_path, environment={"PENSTOCK_MODEL_DIGEST": "sha256:" + "0" * 64})
    assert found in str(caught.value)
    assert "sha256:" + "0" * 64 in str(caught.value)


@pytest.mark.parametrize("told", ["", None])
def test_without_a_digest_any_model_is_looked_at(told: str | None, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("format: 1")
    write_manifest(tmp_path)
    environment = {} if told is None else {"PENSTOCK_MODEL_DIGEST": told}
    with pytest.raises(PenstockError) as caught:
        ServedModel.load(tmp_path, environment=environment)
    assert "PENSTOCK_MODEL_DIGEST" not in str(caught.value)
