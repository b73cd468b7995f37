"""Models in a real MLflow registry on SQLite, through the same consume."""

import json
import re
import shutil
from pathlib import Path

import mlflow
import pytest

from penstock.artifacts.lineage import log_dataset_input, run_producer
from penstock.artifacts.manifest import write_manifest
from penstock.artifacts.models import ModelRegistry
from penstock.artifacts.store import Store
from penstock.errors import InputError, IntegrityError, MachineError, NotFoundError


@pytest.fixture(scope="module")
def tracking(tmp_path_factory):
    """A database with its migrations done, which takes seconds."""
    home = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{home}/mlflow.db"
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("models", artifact_location=(home / "artifacts").as_uri())
    mlflow.set_experiment("models")
    yield uri
    mlflow.set_tracking_uri(before)


@pytest.fixture
def name(tracking, request):
    """A registered model of the test's own."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    mlflow.MlflowClient(tracking).create_registered_model(name)
    return name


@pytest.fixture
def store(tracking, tmp_path):
    return Store(tmp_path / "store", tmp_path / "cache", registry=ModelRegistry(tracking))


def model_folder(tmp_path, text="weights"):
    folder = tmp_path / f"model-{text}"
    (folder / "classifier").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\n")
    (folder / "classifier" / "model.safetensors").write_text(text)
    return folder, write_manifest(folder)


def register(tracking, name, folder, tags):
    """Log a folder in a run and register it; return the version and where its bytes are."""
    client = mlflow.MlflowClient(tracking)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "model")
    source = f"{run.info.artifact_uri}/model"
    version = client.create_model_version(name, source, run.info.run_id, tags=tags)
    return int(version.version), Path(source.removeprefix("file://"))


@pytest.fixture
def registered(tracking, name, tmp_path):
    folder, digest = model_folder(tmp_path)
    _, bytes_at = register(tracking, name, folder, {"penstock.digest": digest, "extra": "1"})
    return folder, digest, bytes_at


def test_consume_by_version_alias_and_latest(tracking, name, store, registered, tmp_path):
    other, other_digest = model_folder(tmp_path, "better")
    tags = {"penstock.digest": other_digest, "penstock.parent": f"model:{name}@1"}
    register(tracking, name, other, tags)
    mlflow.MlflowClient(tracking).set_registered_model_alias(name, "production", "1")
    first = store.consume(f"model:{name}@production")
    assert (first.reference.version, first.digest) == (1, registered[1])
    assert (first.path / "classifier" / "model.safetensors").read_text() == "weights"
    assert first.metadata == {"extra": "1"}
    latest = store.consume(f"model:{name}")
    assert (latest.reference.version, latest.digest) == (2, other_digest)
    assert [str(c) for c in latest.record.consumed] == [f"model:{name}@1 {registered[1]}"]
    assert store.versions("model", name) == [1, 2]
    assert store.resolve(f"model:{name}").version == 2
    assert store.show(f"model:{name}@1").digest == registered[1]
    assert store.exists(f"model:{name}@2") and not store.exists(f"model:{name}@3")


def test_a_second_time_needs_no_download(name, store, registered):
    first = store.consume(f"model:{name}@1").path
    shutil.rmtree(registered[2])
    assert store.consume(f"model:{name}@1").path == first


def test_to_a_folder(name, store, registered, tmp_path):
    artifact = store.consume(f"model:{name}@1", tmp_path / "copy")
    assert artifact.path == tmp_path / "copy"
    assert (artifact.path / "MLmodel").is_file()


@pytest.mark.parametrize("file", ["classifier/model.safetensors", "MLmodel", "manifest.json"])
def test_a_damaged_cache_is_mended(name, store, registered, file):
    path = store.consume(f"model:{name}@1").path
    (path / file).chmod(0o644)
    (path / file).write_text("damaged")
    again = store.consume(f"model:{name}@1").path
    assert (again / file).read_text() == (registered[0] / file).read_text()


def test_a_model_can_be_what_an_artifact_was_made_from(name, store, registered, tmp_path):
    made = store.publish(registered[0], "report:x", consumed=[f"model:{name}@latest"])
    assert [str(c) for c in made.record.consumed] == [f"model:{name}@1 {registered[1]}"]


def test_bytes_that_changed_in_the_registry(name, store, registered, tmp_path):
    (registered[2] / "classifier" / "model.safetensors").write_text("evilone")
    with pytest.raises(IntegrityError, match=r"classifier/model\.safetensors"):
        store.consume(f"model:{name}@1")
    assert not list((tmp_path / "cache" / "trees").glob("*"))


def test_bytes_that_changed_with_their_manifest(name, store, registered):
    (registered[2] / "classifier" / "model.safetensors").write_text("evilone")
    changed = write_manifest(registered[2])
    with pytest.raises(IntegrityError) as caught:
        store.consume(f"model:{name}@1")
    assert changed in str(caught.value) and registered[1] in str(caught.value)


def test_a_tag_that_changes_later_is_not_hidden_by_the_cache(tracking, name, store, registered):
    store.consume(f"model:{name}@1")
    client = mlflow.MlflowClient(tracking)
    client.set_model_version_tag(name, "1", "penstock.digest", "sha256:" + "0" * 64)
    with pytest.raises(IntegrityError, match="the version's tag says sha256:000"):
        store.consume(f"model:{name}@1")


def test_a_version_without_a_digest(tracking, name, store, tmp_path):
    register(tracking, name, model_folder(tmp_path)[0], {})
    with pytest.raises(IntegrityError, match=r"has no tag penstock\.digest"):
        store.consume(f"model:{name}")


def test_a_folder_without_a_manifest(tracking, name, store, tmp_path):
    folder, digest = model_folder(tmp_path)
    (folder / "manifest.json").unlink()
    register(tracking, name, folder, {"penstock.digest": digest})
    with pytest.raises(NotFoundError, match=r"manifest\.json"):
        store.consume(f"model:{name}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda n: n[:-1] + "x", "did you mean"),
        (lambda n: n + "@9", "there are: 1"),
        (lambda n: n + "@prod", "known: latest"),
    ],
    ids=["name", "version", "alias"],
)
def test_what_is_not_there(name, store, registered, change, says):
    with pytest.raises(NotFoundError) as caught:
        store.consume("model:" + change(name))
    assert says in str(caught.value)


def test_aliases_are_the_registrys(name, store, registered):
    with pytest.raises(InputError, match="registry"):
        store.set_alias(f"model:{name}@1", "production")


def test_a_registry_that_does_not_answer(tmp_path):
    (tmp_path / "file").touch()
    registry = ModelRegistry(f"sqlite:///{tmp_path}/file/mlflow.db")
    with pytest.raises(MachineError, match="MLFLOW_TRACKING_URI"):
        registry.consume("model:intent@1", tmp_path / "cache")


def test_credentials_are_not_shown():
    assert "pw" not in repr(ModelRegistry("https://me:pw@host"))


def test_a_dataset_input_is_logged(tracking, store, tmp_path):
    (tmp_path / "train.csv").write_text("text,label\n")
    store.publish(tmp_path / "train.csv", "dataset:replies")
    artifact = store.consume("dataset:replies")
    with mlflow.start_run() as run:
        log_dataset_input(artifact, context="testing")
        assert run_producer("test") == {"stage": "test", "run_id": run.info.run_id}
    (logged,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
    assert logged.dataset.name == "dataset:replies"
    assert artifact.digest.startswith(f"sha256:{logged.dataset.digest}")
    assert json.loads(logged.dataset.source)["uri"].endswith("artifacts/dataset/replies/1.json")
    assert {tag.key: tag.value for tag in logged.tags} == {
        "mlflow.data.context": "testing",
        "penstock.reference": "dataset:replies@1",
        "penstock.digest": artifact.digest,
    }


def test_without_a_run_the_stage_is_all_that_is_known(tracking):
    assert run_producer("publish") == {"stage": "publish"}
