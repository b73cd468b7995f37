"""What this machine asks itself never goes to a proxy."""

import urllib.request

import pytest

from penstock.loopback import is_loopback, spare_loopback

LOOPBACK = (
    "http://127.0.0.1:7667",
    "https://127.8.9.10/x",
    "http://localhost:5000",
    "http://me:secret@LOCALHOST:5000/x",
    "http://models.localhost:7667",
    "http://[::1]:5000",
)
ELSEWHERE = (
    "http://example.com",
    "http://10.0.0.1:5000",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "sqlite:////home/mlflow.db",
    "",
    "http://[broken",
)


@pytest.mark.parametrize("url", LOOPBACK)
def test_an_address_of_this_machine_is_known(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_another_is_not(url: str) -> None:
    assert not is_loopback(url)


SPARED = "localhost,127.0.0.1,127.0.0.0/8,::1"
ENVIRONMENTS = {
    "no proxy": ({}, {}),
    "a proxy": ({"HTTP_PROXY": "http://p"}, {"NO_PROXY": SPARED, "no_proxy": SPARED}),
    "a proxy for all": ({"all_proxy": "http://p"}, {"NO_PROXY": SPARED, "no_proxy": SPARED}),
    "a list": (
        {"https_proxy": "http://p", "NO_PROXY": "corp.example, localhost"},
        {
            "NO_PROXY": "corp.example, localhost,127.0.0.1,127.0.0.0/8,::1",
            "no_proxy": "corp.example, localhost,127.0.0.1,127.0.0.0/8,::1",
        },
    ),
    "two lists": (
        {"https_proxy": "http://p", "NO_PROXY": "unread", "no_proxy": "read"},
        {"NO_PROXY": f"read,{SPARED}", "no_proxy": f"read,{SPARED}"},
    ),
    "nothing by proxy": ({"http_proxy": "http://p", "no_proxy": "*"}, {"no_proxy": "*"}),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_list_of_what_goes_by_no_proxy_is_lengthened(name: str) -> None:
    before, expected = ENVIRONMENTS[name]
    found = dict(before)
    for _ in range(2):
        spare_loopback(found)
        assert found == before | expected


@pytest.mark.parametrize("url", LOOPBACK[:5:2])
def test_the_standard_library_agrees(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    spare_loopback()
    host = url.partition("//")[2]
    assert urllib.request.proxy_bypass(host.partition("/")[0])
    assert not urllib.request.proxy_bypass("example.com")
