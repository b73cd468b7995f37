"""The store on S3, against a server that speaks it."""

import os

import boto3
import pytest

from penstock.artifacts import remote
from penstock.artifacts.store import Store
from penstock.errors import DataError, IntegrityError, MachineError, NotFoundError


@pytest.fixture
def store(s3, tmp_path):
    return Store(s3[0], cache=tmp_path / "cache", storage_options=s3[1])


@pytest.fixture
def client(s3):
    return boto3.client("s3", **s3[1])


def bucket(s3):
    return s3[0].split("/")[2]


def test_publish_and_consume(store, folder, tmp_path):
    published = store.publish(folder, "dataset:replies", aliases=["gold"], metadata={"n": 1})
    assert published.created_now
    consumed = store.consume("dataset:replies@gold", tmp_path / "copy")
    assert consumed.digest == published.digest
    assert (consumed.path / "train.csv").read_text() == (folder / "train.csv").read_text()
    assert (consumed.path / "sub" / "empty").read_bytes() == b""
    assert not store.publish(folder, "dataset:replies").created_now
    assert [str(a.reference) for a in store.list()] == ["dataset:replies@1"]
    assert store.aliases("dataset", "replies") == {"gold": 1}


def test_the_layout_is_that_of_a_folder(store, folder, s3, client, tmp_path):
    store.publish(folder, "dataset:replies", aliases=["gold"])
    Store(tmp_path / "local").publish(folder, "dataset:replies", aliases=["gold"])
    keys = {o["Key"] for o in client.list_objects_v2(Bucket=bucket(s3))["Contents"]}
    local = tmp_path / "local"
    files = {p.relative_to(local).as_posix() for p in local.rglob("*") if p.is_file()}
    assert {key.removeprefix("some/prefix/") for key in keys} == files


def test_another_process_is_seen_at_once(store, folder, s3):
    assert store.list() == []
    Store(s3[0], storage_options=s3[1]).publish(folder, "dataset:replies")
    assert store.versions("dataset", "replies") == [1]
    assert store.exists("dataset:replies")


@pytest.mark.parametrize("size", [0, 1, remote.CHUNK, 2 * remote.CHUNK + 1])
def test_sizes(store, tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(os.urandom(size))
    store.publish(file, "dataset:x")
    assert (store.consume("dataset:x").path / "file").read_bytes() == file.read_bytes()


def test_a_large_file_goes_from_disk(store, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "IN_MEMORY", 1000)
    file = tmp_path / "file"
    file.write_bytes(os.urandom(5000))
    seen = []
    assert store.publish(file, "dataset:x", progress=seen.append).size == 5000
    assert sum(seen) == 5000
    assert (store.consume("dataset:x").path / "file").read_bytes() == file.read_bytes()


def test_a_large_file_that_changes_meanwhile_is_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "IN_MEMORY", 10)
    file = tmp_path / "file"
    file.write_bytes(b"x" * 50)
    real = remote.sha256_file

    def hash_then_change(path):
        digest = real(path)
        file.write_bytes(b"y" * 60)
        return digest

    monkeypatch.setattr(remote, "sha256_file", hash_then_change)
    with pytest.raises(DataError, match="changed while it was published"):
        store.publish(file, "dataset:x")
    assert store.list() == []
    assert not list(store.location.names("objects"))


def test_present_objects_are_not_sent_again(store, folder, s3, client):
    store.publish(folder, "dataset:one")
    before = _modified(client, s3)
    store.publish(folder, "dataset:two")
    after = _modified(client, s3)
    assert {key: after[key] for key in before} == before


def test_a_damaged_object_is_told_and_mended(store, folder, s3, client):
    artifact = store.publish(folder, "dataset:replies")
    sha256 = next(f.sha256 for f in artifact.files if f.path == "train.csv")
    key = f"some/prefix/objects/{sha256[:2]}/{sha256}"
    client.put_object(Bucket=bucket(s3), Key=key, Body=b"damaged")
    with pytest.raises(IntegrityError, match=rf"train\.csv.*{sha256}"):
        store.consume("dataset:replies")
    store.publish(folder, "dataset:replies")
    assert (store.consume("dataset:replies").path / "train.csv").exists()


def test_a_missing_object_is_told(store, folder, s3, client):
    artifact = store.publish(folder, "dataset:replies")
    sha256 = artifact.files[-1].sha256
    client.delete_object(Bucket=bucket(s3), Key=f"some/prefix/objects/{sha256[:2]}/{sha256}")
    with pytest.raises(IntegrityError, match="missing from the store"):
        store.consume("dataset:replies")


def test_a_key_is_written_once(store):
    assert store.location.create("artifacts/x/1.json", b"one")
    assert not store.location.create("artifacts/x/1.json", b"two")
    assert store.location.read("artifacts/x/1.json") == b"one"


def test_a_retry_that_finds_its_own_write_has_won(store):
    """S3 took the first put, its answer was lost, the second is refused."""
    assert store.location.create("artifacts/x/1.json", b"one")
    assert store.location.create("artifacts/x/1.json", b"one")


def test_what_is_not_there(store, folder):
    store.publish(folder, "dataset:replies")
    with pytest.raises(NotFoundError, match="did you mean 'replies'"):
        store.consume("dataset:repiles")
    with pytest.raises(NotFoundError, match="there are: 1"):
        store.consume("dataset:replies@2")


def test_no_such_bucket(s3, folder, tmp_path):
    store = Store("s3://no-such-bucket/x", tmp_path / "cache", storage_options=s3[1])
    with pytest.raises(MachineError, match="there is no such bucket"):
        store.publish(folder, "dataset:replies")
    with pytest.raises(MachineError, match="there is no such bucket"):
        store.consume("dataset:replies")


def test_nobody_answers(s3, folder, tmp_path):
    options = {
        "endpoint_url": "http://127.0.0.1:9",
        "config_kwargs": {"connect_timeout": 1, "retries": {"max_attempts": 0}},
    }
    store = Store(s3[0], tmp_path / "cache", storage_options=options)
    store.location._files.retries = 1
    with pytest.raises(MachineError, match="check the credentials, the endpoint"):
        store.publish(folder, "dataset:replies")


def _modified(client, s3):
    found = client.list_objects_v2(Bucket=bucket(s3), Prefix="some/prefix/objects")["Contents"]
    return {item["Key"]: item["LastModified"] for item in found}
