"""With a proxy in the environment, nothing on this machine is asked through it."""

import http.server
import os
import socket
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from clouds import ROLE, Cloud, archive

from penstock.artifacts.models import ModelRegistry
from penstock.artifacts.store import Store
from penstock.deployment.aws import connect
from penstock.errors import MachineError
from penstock.localcloud.host import daemon

HERE = Path(__file__).parent
VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class Proxy:
    """A listening socket; `asked` holds the first line of each request that reached it."""

    def __init__(self):
        self.asked = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(200).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        self._socket.close()


@pytest.fixture
def proxy(monkeypatch):
    proxy = Proxy()
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    for name in VARIABLES:
        monkeypatch.setenv(name, proxy.url)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied(proxy, tmp_path, monkeypatch):
    """A host that was started where a proxy is set."""
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    cloud = Cloud(tmp_path / "state")
    cloud.up()
    yield cloud
    daemon.down(cloud.state)


def test_a_deployment_and_its_host(proxy, proxied, tmp_path):
    facade = connect("us-east-1", proxied.host.url)
    (tmp_path / "model.tar.gz").write_bytes(archive({"version": "1"}))
    facade.ensure_bucket("proxied")
    facade.upload("proxied", "model.tar.gz", tmp_path / "model.tar.gz")
    facade.create_model("m", "penstock/scoring:1", ROLE, "s3://proxied/model.tar.gz", {}, {})
    facade.create_endpoint_config("m", "m", "ml.c5.large", 1, {})
    facade.create_or_update_endpoint("e", "m", {})
    facade.wait_in_service("e", "m", timeout=60)
    assert facade.invoke("e", b"Subject: private", "message/rfc822").body["size"] == 16
    assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_stands_in_for_aws(host, proxy, proxied, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxied.host.url.replace("127.0.0.1", host))
    assert connect("us-east-1", None).list_endpoints() == []
    assert proxy.asked == []


def test_a_store_in_a_bucket_of_this_machine(proxy, proxied, tmp_path):
    facade = connect("us-east-1", proxied.host.url)
    facade.ensure_bucket("store")
    options = {"endpoint_url": proxied.host.url, "key": "local", "secret": "local"}
    store = Store("s3://store/penstock", cache=tmp_path / "cache", storage_options=options)
    (tmp_path / "file").write_text("private text")
    store.publish(tmp_path / "file", "vocabulary:words")
    assert store.consume("vocabulary:words@1").path.joinpath("file").read_text() == "private text"
    assert proxy.asked == []


class Refusing(http.server.BaseHTTPRequestHandler):
    """A tracking server that knows nothing."""

    def do_GET(self):
        self.send_response(400)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def tracking():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_tracking_server(proxy, tracking):
    with pytest.raises(MachineError):
        ModelRegistry(tracking).versions("words")
    assert proxy.asked == []


def test_another_place_is_asked_through_the_proxy(proxy):
    facade = connect("us-east-1", "http://penstock.invalid")
    with pytest.raises(ClientError, match="Bad Gateway"):
        facade.list_endpoints()
    assert proxy.asked
