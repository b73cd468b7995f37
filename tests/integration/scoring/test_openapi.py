"""Requests made from the OpenAPI document, right and wrong ones, to a running container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import schemathesis
from container import Container
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from penstock.scoring import contract
from penstock.scoring.http import app
from penstock.scoring.http.app import App

DOCUMENT = json.loads(app.OPENAPI.read_text())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
quick = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.serializer("application/jsonlines", "message/rfc822", "text/csv")
def as_it_is(context: object, value: object) -> bytes:
    return as_bytes(value)


OPERATIONS = {
    operation.ok().label: operation.ok()
    for operation in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
}


WRONG = ("POST /invocations", GenerationMode.NEGATIVE)


@pytest.mark.parametrize(
    ("name", "mode"), [*((name, GenerationMode.POSITIVE) for name in OPERATIONS), WRONG]
)
def test_it_answers_as_it_says(container: Container, name: str, mode: GenerationMode) -> None:
    @quick
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        response = case.call(base_url=f"http://127.0.0.1:{container.port}")
        case.validate_response(response, checks=CHECKS)

    check()


def test_the_document_is_valid_and_complete() -> None:
    validate(DOCUMENT)
    routes = App(lambda: None)._routes  # type: ignore[arg-type,return-value]
    found = {path: [m.upper() for m in methods] for path, methods in DOCUMENT["paths"].items()}
    assert found == {path: [method] for path, (method, _) in routes.items()}
    invocations = DOCUMENT["paths"]["/invocations"]["post"]
    assert set(invocations["requestBody"]["content"]) == set(contract.DECODERS)
    assert set(invocations["responses"]["200"]["content"]) == set(contract.ANSWERS)


def test_it_is_served(container: Container) -> None:
    assert container.ask("/openapi.json") == (200, DOCUMENT)


KINDS = [*contract.DECODERS, *contract.ALIASES, "application/json; charset=utf-16", "a/b; charset"]
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))


@quick
@given(
    body=st.binary(max_size=300)
    | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")),
    kind=st.sampled_from(KINDS) | HEADER,
    accept=st.sampled_from(["*/*", *contract.ANSWERS]) | HEADER,
)
def test_any_bytes_have_an_answer(
    container: Container, body: bytes, kind: str, accept: str
) -> None:
    headers = {"Content-Type": kind, "Accept": accept, "X-Request-Id": accept}
    headers = {name: value.strip().encode("latin-1") for name, value in headers.items()}
    status, content = container.ask("/invocations", body, headers)  # type: ignore[arg-type]
    assert status in (200, 400, 406, 415, 422), content


def test_no_fault_of_ours_is_in_the_log(container: Container) -> None:
    """Runs last: all that the tests above sent has left no error, and no text, in the log."""
    log = Path(container.log).read_text()
    assert log.isascii()
    levels = {line["level"] for line in map(json.loads, log.splitlines())}
    assert levels <= {"info", "warning"}, log[-2000:]
