import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from penstock.artifacts.store import Store
from penstock.errors import (
    DataError,
    InputError,
    IntegrityError,
    MachineError,
    NotFoundError,
    ReferenceFormatError,
)


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def no_version_is_visible(store, name="replies"):
    return not store.versions("dataset", name) and not store.list()


class TestPublish:
    def test_gives_version_1_and_what_is_consumed_is_what_was_published(self, store, folder):
        artifact = store.publish(folder, "dataset:replies", metadata={"rows": 2})
        assert str(artifact.reference) == "dataset:replies@1"
        assert artifact.created_now
        consumed = store.consume("dataset:replies@1")
        assert tree(consumed.path) == tree(folder)
        assert consumed.digest == artifact.digest
        assert consumed.metadata == {"rows": 2}
        assert consumed.size == sum(map(len, tree(folder).values()))

    def test_a_file_is_published_under_its_own_name(self, store, folder):
        store.publish(folder / "train.csv", "dataset:replies")
        assert list(tree(store.consume("dataset:replies").path)) == ["train.csv"]

    def test_objects_lie_by_digest(self, store, folder, tmp_path):
        artifact = store.publish(folder, "dataset:replies")
        for file in artifact.files:
            path = tmp_path / "store" / "objects" / file.sha256[:2] / file.sha256
            assert path.stat().st_size == file.size
        assert (tmp_path / "store" / "artifacts" / "dataset" / "replies" / "1.json").is_file()

    def test_the_same_content_is_the_same_version(self, store, folder):
        first = store.publish(folder, "dataset:replies")
        again = store.publish(folder, "dataset:replies", metadata={"other": 1})
        assert again.reference == first.reference
        assert not again.created_now
        assert again.record == first.record

    def test_other_content_is_the_next_version(self, store, folder):
        store.publish(folder, "dataset:replies")
        (folder / "train.csv").write_text("changed")
        assert store.publish(folder, "dataset:replies").reference.version == 2
        (folder / "more.csv").write_text("x")
        assert store.publish(folder, "dataset:replies").reference.version == 3
        assert store.versions("dataset", "replies") == [1, 2, 3]

    def test_content_of_an_older_version_is_a_new_version(self, store, folder):
        first = store.publish(folder, "dataset:replies")
        (folder / "more.csv").write_text("x")
        store.publish(folder, "dataset:replies")
        (folder / "more.csv").unlink()
        third = store.publish(folder, "dataset:replies")
        assert third.reference.version == 3
        assert third.digest == first.digest

    def test_the_same_content_from_other_inputs_is_the_next_version(self, store, folder):
        store.publish(folder, "dataset:raw")
        store.publish(folder, "report:x")
        other = store.publish(folder, "report:x", consumed=["dataset:raw"])
        assert other.reference.version == 2
        assert not store.publish(folder, "report:x", consumed=["dataset:raw@1"]).created_now

    def test_consumed_references_are_resolved_with_digests(self, store, folder):
        raw = store.publish(folder, "dataset:raw", aliases=["gold"])
        made = store.publish(
            folder, "report:x", consumed=["dataset:raw@gold", raw], producer={"run_id": "r"}
        )
        assert [str(item) for item in made.record.consumed] == [f"dataset:raw@1 {raw.digest}"] * 2
        assert made.record.producer == {"run_id": "r"}

    def test_versions_go_on_past_ten(self, store, tmp_path):
        file = tmp_path / "x"
        for number in range(1, 13):
            file.write_text(str(number))
            assert store.publish(file, "dataset:x").reference.version == number
        assert store.resolve("dataset:x").version == 12

    def test_mends_a_damaged_object(self, store, folder, tmp_path):
        artifact = store.publish(folder, "dataset:replies")
        _object(tmp_path, artifact, "train.csv").write_text("damaged")
        assert not store.publish(folder, "dataset:replies").created_now
        assert tree(store.consume("dataset:replies").path) == tree(folder)

    def test_never_writes_in_place(self, store, folder, tmp_path):
        """A consumer that reads the object meanwhile must not see half of it."""
        artifact = store.publish(folder, "dataset:replies")
        path = _object(tmp_path, artifact, "train.csv")
        with path.open("rb") as reader:
            path.write_text("damaged")
            store.publish(folder, "dataset:replies")
            assert reader.read() == b"damaged"
        assert path.read_bytes() == (folder / "train.csv").read_bytes()

    def test_reports_progress(self, store, folder):
        seen = []
        artifact = store.publish(folder, "dataset:replies", progress=seen.append)
        assert sum(seen) == artifact.size
        seen.clear()
        store.consume("dataset:replies", progress=seen.append)
        assert sum(seen) == artifact.size

    def test_leaves_nothing_temporary(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        assert not list((tmp_path / "store" / "tmp").iterdir())

    def test_sweeps_what_died_long_ago_and_leaves_what_is_young(self, store, folder, tmp_path):
        old, young = (tmp_path / "store" / "tmp" / name for name in ("old", "young"))
        old.parent.mkdir(parents=True)
        old.touch()
        young.touch()
        os.utime(old, (0, 0))
        store.publish(folder, "dataset:replies")
        assert not old.exists()
        assert young.exists()


class TestPublishRefuses:
    def test_nothing(self, store, tmp_path):
        with pytest.raises(NotFoundError, match="nothing to publish"):
            store.publish(tmp_path / "absent", "dataset:replies")

    def test_an_empty_folder(self, store, tmp_path):
        (tmp_path / "void" / "deep").mkdir(parents=True)
        with pytest.raises(DataError, match="holds no files"):
            store.publish(tmp_path / "void", "dataset:replies")
        assert no_version_is_visible(store)

    @pytest.mark.parametrize("make", ["file link", "folder link", "broken link", "pipe"])
    def test_links_and_special_files(self, store, folder, tmp_path, make):
        odd = folder / "sub" / "odd"
        if make == "pipe":
            os.mkfifo(odd)
        else:
            target = {"file link": folder / "train.csv", "folder link": tmp_path}
            odd.symlink_to(target.get(make, tmp_path / "absent"))
        with pytest.raises(DataError, match=r"symbolic link|special file") as caught:
            store.publish(folder, "dataset:replies")
        assert str(odd) in str(caught.value)
        assert no_version_is_visible(store)

    def test_a_link_as_the_source(self, store, folder, tmp_path):
        (tmp_path / "link").symlink_to(folder)
        with pytest.raises(DataError, match="symbolic link"):
            store.publish(tmp_path / "link", "dataset:replies")

    @pytest.mark.parametrize("name", ["a\\b", "a\nb", os.fsdecode(b"\xff")])
    def test_names_that_do_not_travel(self, store, folder, name):
        (folder / name).touch()
        with pytest.raises(DataError, match="not portable"):
            store.publish(folder, "dataset:replies")

    def test_all_problems_at_once(self, store, folder):
        (folder / "one").symlink_to("x")
        (folder / "two").symlink_to("x")
        with pytest.raises(DataError) as caught:
            store.publish(folder, "dataset:replies")
        assert len(caught.value.problems) == 2

    @pytest.mark.parametrize("reference", ["dataset:replies@3", "dataset:replies@gold"])
    def test_a_version_of_ones_own_choice(self, store, folder, reference):
        with pytest.raises(ReferenceFormatError, match="publish to dataset:replies"):
            store.publish(folder, reference)

    def test_a_model(self, store, folder):
        with pytest.raises(InputError, match="registered, not published"):
            store.publish(folder, "model:intent")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"consumed": ["dataset:absent@1"]},
            {"consumed": ["nonsense"]},
            {"aliases": ["latest"]},
            {"metadata": {"x": object()}},
            {"producer": {"comit": "x"}},
        ],
    )
    def test_wrong_arguments_before_a_byte_moves(self, store, folder, tmp_path, wrong):
        with pytest.raises(InputError):
            store.publish(folder, "dataset:replies", **wrong)
        assert not (tmp_path / "store").exists()


class TestConsume:
    def test_files_are_read_only(self, store, folder):
        store.publish(folder, "dataset:replies")
        path = store.consume("dataset:replies").path / "train.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o444

    def test_again_fetches_nothing(self, store, folder):
        store.publish(folder, "dataset:replies")
        first = store.consume("dataset:replies").path
        seen = []
        assert store.consume("dataset:replies", progress=seen.append).path == first
        assert not seen

    def test_versions_share_content_in_the_cache(self, store, folder):
        store.publish(folder, "dataset:replies")
        store.consume("dataset:replies")
        (folder / "more.csv").write_text("12345")
        store.publish(folder, "dataset:replies")
        seen = []
        store.consume("dataset:replies", progress=seen.append)
        assert sum(seen) == 5

    def test_to_a_folder_gives_copies(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        artifact = store.consume("dataset:replies", tmp_path / "deep" / "copy")
        assert artifact.path == tmp_path / "deep" / "copy"
        copied, cached = artifact.path, store.consume("dataset:replies").path
        assert tree(copied) == tree(folder)
        assert not (copied / "train.csv").samefile(cached / "train.csv")

    def test_to_the_same_folder_again(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        store.consume("dataset:replies", tmp_path / "copy")
        assert store.consume("dataset:replies", tmp_path / "copy").path == tmp_path / "copy"

    def test_an_empty_folder_will_do(self, store, folder, tmp_path):
        (tmp_path / "copy").mkdir()
        store.publish(folder, "dataset:replies")
        assert tree(store.consume("dataset:replies", tmp_path / "copy").path) == tree(folder)

    @pytest.mark.parametrize("kind", ["folder", "file", "link"])
    def test_never_over_something_else(self, store, folder, tmp_path, kind):
        store.publish(folder, "dataset:replies")
        target = tmp_path / "copy"
        if kind == "folder":
            target.mkdir()
            (target / "mine").write_text("mine")
        elif kind == "file":
            target.write_text("mine")
        else:
            target.symlink_to(tmp_path / "absent")
        with pytest.raises(InputError, match="new or empty folder"):
            store.consume("dataset:replies", target)

    def test_the_path_of_what_is_not_here(self, store, folder):
        with pytest.raises(NotFoundError, match="penstock consume dataset:replies@1"):
            _ = store.publish(folder, "dataset:replies").path

    @pytest.mark.parametrize("damage", ["change", "truncate", "remove", "add", "link"])
    def test_a_damaged_cache_is_mended(self, store, folder, tmp_path, damage):
        store.publish(folder, "dataset:replies")
        path = store.consume("dataset:replies").path
        _damage(path / "train.csv", damage)
        again = store.consume("dataset:replies").path
        assert tree(again) == tree(folder)
        assert not (again / "train.csv").is_symlink()
        assert not [p for p in (tmp_path / "cache" / "trees").iterdir() if p != again]

    @pytest.mark.parametrize("damage", ["change", "truncate", "remove"])
    def test_a_damaged_store_is_told(self, store, folder, tmp_path, damage):
        artifact = store.publish(folder, "dataset:replies")
        _damage(_object(tmp_path, artifact, "train.csv"), damage)
        with pytest.raises(IntegrityError) as caught:
            store.consume("dataset:replies")
        assert "train.csv" in str(caught.value)
        assert next(f for f in artifact.files if f.path == "train.csv").sha256 in str(caught.value)
        assert not list((tmp_path / "cache" / "trees").glob("*"))

    def test_a_record_under_another_number_is_told(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        records = tmp_path / "store" / "artifacts" / "dataset" / "replies"
        (records / "2.json").write_bytes((records / "1.json").read_bytes())
        with pytest.raises(IntegrityError, match="is the record of dataset:replies@1"):
            store.consume("dataset:replies@2")

    def test_a_record_that_leads_outside_is_told(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        path = tmp_path / "store" / "artifacts" / "dataset" / "replies" / "1.json"
        record = json.loads(path.read_bytes())
        record["files"][0]["path"] = "../../outside"
        path.unlink()
        path.write_text(json.dumps(record))
        with pytest.raises(IntegrityError, match="leaves the folder"):
            store.consume("dataset:replies")
        assert not (tmp_path / "outside").exists()

    def test_leaves_nothing_temporary_and_sweeps_what_died(self, store, folder, tmp_path):
        dead = tmp_path / "cache" / "tmp" / "dead"
        dead.mkdir(parents=True)
        (dead / "object").touch()
        os.utime(dead, (0, 0))
        store.publish(folder, "dataset:replies")
        store.consume("dataset:replies", tmp_path / "out" / "copy")
        assert not list((tmp_path / "cache" / "tmp").iterdir())
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["copy"]

    def test_twice_at_once(self, store, folder):
        store.publish(folder, "dataset:replies")
        with ThreadPoolExecutor(8) as pool:
            paths = {a.path for a in pool.map(store.consume, ["dataset:replies"] * 32)}
        assert len(paths) == 1
        assert tree(paths.pop()) == tree(folder)


class TestLooking:
    def test_aliases(self, store, folder):
        store.publish(folder, "dataset:replies", aliases=["gold", "v1"])
        (folder / "more.csv").touch()
        store.publish(folder, "dataset:replies", aliases=["gold"])
        assert store.aliases("dataset", "replies") == {"gold": 2, "v1": 1}
        assert store.resolve("dataset:replies@v1").version == 1
        assert store.resolve("dataset:replies@latest").version == 2
        store.set_alias("dataset:replies@1", "gold")
        assert store.resolve("dataset:replies@gold").version == 1

    def test_an_alias_never_stands_on_nothing(self, store, folder):
        store.publish(folder, "dataset:replies")
        with pytest.raises(NotFoundError):
            store.set_alias("dataset:replies@9", "gold")

    def test_a_broken_alias_is_told(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies", aliases=["gold"])
        path = tmp_path / "store/artifacts/dataset/replies/aliases/gold.json"
        path.write_text("{}")
        with pytest.raises(IntegrityError, match=r"gold\.json: is not an alias"):
            store.consume("dataset:replies@gold")

    def test_list_and_show(self, store, folder):
        store.publish(folder, "dataset:replies")
        store.publish(folder, "dataset:other")
        store.publish(folder, "report:replies")
        shown = [str(a.reference) for a in store.list()]
        assert shown == ["dataset:other@1", "dataset:replies@1", "report:replies@1"]
        assert [str(a.reference) for a in store.list("dataset", "replies")] == ["dataset:replies@1"]
        assert [str(a.reference) for a in store.list(name="replies")] == [
            "dataset:replies@1",
            "report:replies@1",
        ]
        assert store.list("wheels") == []
        assert store.show("dataset:replies").record.to_dict()["kind"] == "dataset"
        assert store.exists("dataset:replies@1")
        assert not store.exists("dataset:replies@2")

    def test_an_empty_store(self, store):
        assert store.list() == []
        assert store.versions("dataset", "x") == []

    @pytest.mark.parametrize(
        ("reference", "says"),
        [
            ("dataset:repiles", "did you mean 'replies'?"),
            ("dataset:repiles@1", "did you mean 'replies'?"),
            ("report:replies@1", "there is no report 'replies'"),
            ("dataset:replies@7", "there are: 1"),
            ("dataset:replies@gould", "did you mean 'gold'?"),
            ("model:intent@1", "registry"),
        ],
    )
    def test_what_is_not_there(self, store, folder, reference, says):
        store.publish(folder, "dataset:replies", aliases=["gold"])
        with pytest.raises(NotFoundError) as caught:
            store.consume(reference)
        assert says in str(caught.value)
        assert reference in str(caught.value)

    def test_list_of_an_unknown_kind(self, store):
        with pytest.raises(ReferenceFormatError, match="did you mean 'dataset'"):
            store.list("datasets")


class TestTheMachine:
    """A path below a regular file cannot be written by anyone, root included."""

    def test_a_store_that_cannot_be_written(self, folder, tmp_path):
        (tmp_path / "file").touch()
        store = Store(tmp_path / "file" / "store", cache=tmp_path / "cache")
        with pytest.raises(MachineError, match="the store cannot be written: Not a directory"):
            store.publish(folder, "dataset:replies")

    def test_a_cache_that_cannot_be_written(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        (tmp_path / "file").touch()
        other = Store(tmp_path / "store", cache=tmp_path / "file" / "cache")
        with pytest.raises(MachineError, match="PENSTOCK_CACHE"):
            other.consume("dataset:replies")

    def test_a_destination_that_cannot_be_written(self, store, folder, tmp_path):
        store.publish(folder, "dataset:replies")
        (tmp_path / "file").touch()
        with pytest.raises(MachineError, match="cannot be written") as caught:
            store.consume("dataset:replies", tmp_path / "file" / "copy")
        assert str(tmp_path / "file") in str(caught.value)

    def test_a_store_that_is_not_there_is_not_made_by_looking(self, tmp_path):
        with pytest.raises(NotFoundError):
            Store(tmp_path / "store", cache=tmp_path / "cache").consume("dataset:replies")
        assert not (tmp_path / "store").exists()

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("gs://bucket/x", "protocol 'gs' is not supported"),
            ("s4://me:pw@bucket/x", "did you mean 's3'?|known: file, s3"),
            ("s3://", "names no bucket"),
            ("s3://key:pw@bucket/x", "credentials do not belong"),
        ],
    )
    def test_addresses_that_are_not_supported(self, url, says):
        with pytest.raises(InputError, match=says) as caught:
            Store(url)
        assert "pw" not in str(caught.value)

    def test_without_s3fs(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
        with pytest.raises(InputError, match=r"pip install 'penstock\[aws\]'"):
            Store("s3://bucket/x")

    def test_a_file_url(self, folder, tmp_path):
        store = Store(f"file://{tmp_path}/store", cache=tmp_path / "cache")
        store.publish(folder, "dataset:replies")
        assert Store(tmp_path / "store").versions("dataset", "replies") == [1]

    def test_the_cache_is_where_the_environment_says(self, folder, tmp_path, monkeypatch):
        monkeypatch.setenv("PENSTOCK_CACHE", str(tmp_path / "elsewhere"))
        store = Store(tmp_path / "store")
        store.publish(folder, "dataset:replies")
        assert store.consume("dataset:replies").path.is_relative_to(tmp_path / "elsewhere")


def _object(tmp_path, artifact, name):
    sha256 = next(file.sha256 for file in artifact.files if file.path == name)
    return tmp_path / "store" / "objects" / sha256[:2] / sha256


def _damage(path, how):
    path.chmod(0o644)
    if how == "change":
        path.write_bytes(path.read_bytes().swapcase())
    elif how == "truncate":
        path.write_bytes(path.read_bytes()[:-1])
    elif how == "remove":
        path.unlink()
    elif how == "add":
        (path.parent / "stray").touch()
    else:
        copy = path.parents[3] / "moved"
        path.rename(copy)
        path.symlink_to(copy)
