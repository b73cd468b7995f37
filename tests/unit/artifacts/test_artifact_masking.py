import pytest

from penstock.artifacts.masking import mask_url, mask_urls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:pw@host/x.git", "https://***@host/x.git"),
        ("https://token@host/x.git", "https://***@host/x.git"),
        ("https://me:p@w@host/x", "https://***@host/x"),
        ("ssh://git@host/x", "ssh://***@host/x"),
        ("postgresql+psycopg://u:p@db:5432/x", "postgresql+psycopg://***@db:5432/x"),
        (
            "failed: s3://k:s@bucket/x and http://a:b@c",
            "failed: s3://***@bucket/x and http://***@c",
        ),
        ("https://host/x?X-Amz-Signature=abc&y=1", "https://host/x?X-Amz-Signature=***&y=1"),
        ("https://host/x?token=abc", "https://host/x?token=***"),
        ("git@host:me/x.git", "git@host:me/x.git"),
        ("s3://bucket/a@b", "s3://bucket/a@b"),
        ("sqlite:////tmp/a@b.db", "sqlite:////tmp/a@b.db"),
        ("https://host/x@1", "https://host/x@1"),
        ("me@example.com", "me@example.com"),
        ("", ""),
    ],
)
def test_masks(text, expected):
    assert mask_url(text) == expected


def test_masks_inside_json():
    assert mask_urls({"a": ["http://u:p@h", 1, None], "b": {"c": ("x://u:p@h",)}}) == {
        "a": ["http://***@h", 1, None],
        "b": {"c": ["x://***@h"]},
    }
