import io
import tarfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from penstock.errors import IntegrityError, NotFoundError
from penstock.localcloud.hosting.archive import fetch

URL = "s3://models/intent/model.tar.gz"


class Bucket:
    """S3 with one object."""

    def __init__(self, content):
        self.content = content
        self.downloads = 0

    def download_file(self, bucket, key, path):
        self.downloads += 1
        if (bucket, key) != ("models", "intent/model.tar.gz"):
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "GetObject")
        Path(path).write_bytes(self.content)


def tar(*members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
            else:
                member.type, member.linkname = content
            archive.addfile(member, io.BytesIO(content if isinstance(content, bytes) else b""))
    return Bucket(file.getvalue())


def test_members_are_extracted_once(tmp_path):
    bucket = tar(("classifier/config.json", b"{}"), ("pipeline.yaml", b"format: 1"))
    for _ in range(2):
        target = fetch(lambda: bucket, URL, tmp_path / "d" / "main")
    assert (target / "classifier" / "config.json").read_bytes() == b"{}"
    assert bucket.downloads == 1
    assert [path.name for path in target.parent.iterdir()] == ["main"]


@pytest.mark.parametrize(
    "member",
    [
        ("../outside", b""),
        ("a/../../outside", b""),
        ("link", (tarfile.SYMTYPE, "../../outside")),
        ("link", (tarfile.SYMTYPE, "/etc/passwd")),
        ("hard", (tarfile.LNKTYPE, "../outside")),
        ("device", (tarfile.CHRTYPE, "")),
    ],
)
def test_a_member_that_leaves_the_directory(tmp_path, member):
    with pytest.raises(IntegrityError, match="cannot extract"):
        fetch(lambda: tar(("good", b"x"), member), URL, tmp_path / "d" / "main")
    assert not (tmp_path / "d" / "main").exists()
    assert not (tmp_path / "outside").exists()


def test_an_absolute_path_is_kept_inside(tmp_path):
    target = fetch(lambda: tar(("/rooted", b"x")), URL, tmp_path / "main")
    assert (target / "rooted").exists()


@pytest.mark.parametrize("content", [b"", b"plain text", b"\x1f\x8b broken"])
def test_what_is_not_an_archive(tmp_path, content):
    with pytest.raises(IntegrityError, match="cannot extract"):
        fetch(lambda: Bucket(content), URL, tmp_path / "main")


def test_an_archive_cut_short(tmp_path):
    whole = tar(("a", b"x" * 100_000)).content
    with pytest.raises(IntegrityError, match="cannot extract"):
        fetch(lambda: Bucket(whole[: len(whole) // 2]), URL, tmp_path / "main")


@pytest.mark.parametrize("url", ["s3://models/other", "s3://models", "https://models/a", ""])
def test_a_url_with_nothing_behind_it(tmp_path, url):
    with pytest.raises(NotFoundError, match="ModelDataUrl"):
        fetch(lambda: tar(), url, tmp_path / "main")
