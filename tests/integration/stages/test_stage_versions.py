"""Looking a version up: an error is not an absence."""

from types import SimpleNamespace

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from penstock.artifacts.models import ModelRegistry
from penstock.errors import MachineError, NotFoundError
from penstock.stages import versions

REFUSED = MlflowException("Permission denied", error_code=codes.PERMISSION_DENIED)
PAGE = MlflowException("failed with error code 404 != 200", error_code=codes.ENDPOINT_NOT_FOUND)
AWAY = MlflowException("https://me:pw@host: Max retries exceeded")
ERRORS = [REFUSED, PAGE, AWAY, ConnectionResetError("reset")]


class Refusing:
    """A client whose every call raises."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        def refuse(*_, **__):
            raise self.error

        return refuse


def project_with(client):
    registry = ModelRegistry("https://me:pw@host")
    return SimpleNamespace(client=client, registry=registry)


LOOKUPS = {
    "latest": lambda p: versions.latest(p, "intent", "train"),
    "get": lambda p: versions.get(p, "intent", "1", "train"),
    "aliased": lambda p: versions.aliased(p, "intent", "staging"),
    "find_by_digest": lambda p: versions.find_by_digest(p, "intent", "sha256:00"),
}


@pytest.mark.parametrize("error", ERRORS, ids=["refused", "page", "away", "reset"])
@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS)
def test_an_error_is_no_absence(lookup, error):
    with pytest.raises(MachineError) as caught:
        lookup(project_with(Refusing(error)))
    assert "pw" not in str(caught.value)


def test_what_is_refused_is_not_away():
    with pytest.raises(MachineError, match=r"refused.*credentials"):
        LOOKUPS["aliased"](project_with(Refusing(REFUSED)))


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A database with a model without versions."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('registry')}/mlflow.db"
    mlflow.MlflowClient(uri).create_registered_model("intent")
    return SimpleNamespace(client=mlflow.MlflowClient(uri), registry=ModelRegistry(uri))


@pytest.mark.parametrize("name", ["intent", "unknown"])
def test_what_is_not_there(registry, name):
    assert versions.aliased(registry, name, "staging") is None
    assert versions.find_by_digest(registry, name, "sha256:00") is None
    for version in ["1", "latest", "unknown"]:
        with pytest.raises(NotFoundError, match="no version"):
            versions.get(registry, name, version, "train")
