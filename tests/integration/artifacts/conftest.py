import uuid

import boto3
import pytest
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def moto_endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto_endpoint, monkeypatch):
    """A fresh bucket: its URL and the storage options that lead to it."""
    for key, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    bucket = f"penstock-{uuid.uuid4().hex[:12]}"
    boto3.client("s3", endpoint_url=moto_endpoint).create_bucket(Bucket=bucket)
    return f"s3://{bucket}/some/prefix", {"endpoint_url": moto_endpoint}


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    """Where a store can be: URL and storage options."""
    if request.param == "s3":
        return request.getfixturevalue("s3")
    return str(tmp_path / "store"), {}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data"
    (made / "sub").mkdir(parents=True)
    (made / "train.csv").write_text("text,label\nhello,positive\n")
    (made / "sub" / "empty").write_bytes(b"")
    return made
