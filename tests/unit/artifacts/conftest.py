import pytest

from penstock.artifacts.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", cache=tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    """A folder with a nested, an empty and an oddly named file."""
    made = tmp_path / "data"
    (made / "sub").mkdir(parents=True)
    (made / "train.csv").write_text("text,label\nhello,positive\n")
    (made / "sub" / "test é.csv").write_text("text,label\nno,negative\n")
    (made / "empty").write_bytes(b"")
    return made
