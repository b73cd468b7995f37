"""Which cloud a facade talks to: the one it was given, else the one AWS's own settings name."""

import pytest

from penstock.deployment.aws import connect

OWN, OTHER = "http://127.0.0.1:7667", "http://127.0.0.1:7001"
VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SAGEMAKER")


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_host_that_is_given_is_the_one_that_is_asked(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, OTHER)
    assert connect("us-east-1", OWN).addresses == (OWN,)


@pytest.mark.parametrize("variable", VARIABLES)
def test_what_stands_in_for_aws_is_named(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert connect("us-east-1", None).stand_in is None
    monkeypatch.setenv(variable, OTHER)
    assert connect("us-east-1", None).stand_in == OTHER
    assert connect("us-east-1", OWN).stand_in is None
