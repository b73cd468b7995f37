"""What was recorded is resolved with its digest: something else of that name is an error."""

import shutil

import pytest
from small_project import write_data

from penstock.artifacts.store import Store
from penstock.config.project import WrapConfig
from penstock.errors import IntegrityError
from penstock.stages.declared import Declared
from penstock.stages.project import Project
from penstock.stages.publish import publish
from penstock.stages.test import test as run_test
from penstock.stages.thresholds import thresholds
from penstock.stages.trace import trace
from penstock.stages.train import train
from penstock.stages.wrap import source_version


def test_another_data_set_of_the_same_name(project):
    trained = train(project)
    recorded = project.store.show("dataset:replies@1").digest
    assert run_test(project).reference == "report:words@1"
    shutil.rmtree(project.state)
    other = publish(project, "dataset:replies", write_data(project.folder / "data", " a"))
    assert str(other.reference) == trained.dataset
    for stage in (
        lambda: run_test(project),
        lambda: thresholds(project, precision=0.9),
        lambda: trace(project, "model:words-trained@1"),
    ):
        with pytest.raises(IntegrityError) as caught:
            stage()
        said = str(caught.value)
        assert all(part in said for part in ("dataset:replies@1", recorded, other.digest))


def test_a_data_set_of_another_store_is_named_all_the_same(project):
    trained = train(project)
    shutil.rmtree(project.state)
    assert trace(Project.load(project.folder), trained.version.reference).provenance.dataset


def test_production_takes_the_classifier_that_staging_serves(project):
    own = Declared(WrapConfig(), "deploy/production.yaml, wrap", own="production")
    trained = train(project)
    client, version = project.client, trained.version
    client.create_registered_model("words")
    tags = {**version.tags, "penstock.trained_version": "1"}
    client.create_model_version("words", "file:///nowhere", tags=tags)
    client.set_registered_model_alias("words", "staging", "1")
    assert source_version(project, own) == version
    client.set_model_version_tag("words", "1", "penstock.classifier_digest", "sha256:00")
    with pytest.raises(IntegrityError, match="sha256:00") as caught:
        source_version(project, own)
    assert version.tags["penstock.classifier_digest"] in str(caught.value)


@pytest.mark.parametrize("known", [True, False])
def test_a_store_says_where_the_recorded_one_is(tmp_path, known):
    store = Store(tmp_path / "store", tmp_path / "cache")
    recorded = Store(tmp_path / "other", tmp_path / "cache").publish(
        write_data(tmp_path / "one"), "dataset:x"
    )
    other = store.publish(write_data(tmp_path / "two", " a"), "dataset:x")
    if known:
        store.publish(tmp_path / "one", "dataset:x")
    with pytest.raises(IntegrityError) as caught:
        store.consume("dataset:x@1", digest=recorded.digest)
    said = str(caught.value)
    assert recorded.digest in said and other.digest in said
    assert ("dataset:x@2" in said) == known
    assert store.consume("dataset:x@1", digest=other.digest).digest == other.digest
