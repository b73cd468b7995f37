"""Requests of the pages get answers of the form that the pages show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from container import Container
from doc_commands import CurlRequest, commands, curl_request
from doc_data import kind_of_json, same_shape
from doc_examples import FENCED, Example

JSON = [example for example in FENCED if example.language == "json"]
REQUESTS = [
    pytest.param(curl_request(command.arguments), id=str(example))
    for example in FENCED
    if not example.language and not example.is_output
    for command in commands(example)
    if command.program == "curl"
]
FILES = {"replies.jsonl": b'"yes please"\n{"text": "call me"}\n'}


def of(kind: str) -> list[Example]:
    return [example for example in JSON if kind_of_json(example) == kind]


@pytest.mark.parametrize("request_", REQUESTS)
def test_curl_gets_predictions(container: Container, request_: CurlRequest) -> None:
    body = FILES[request_.file] if request_.file else (request_.data or "").encode()
    connection = container.connect()
    connection.request(request_.method, request_.path, body, request_.headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content
    assert content.count(b'"scored"') == (2 if request_.file else 1)


@pytest.mark.parametrize("example", of("request"), ids=str)
def test_a_request_in_json_is_answered(container: Container, example: Example) -> None:
    status, answer = container.ask("/invocations", example.text.encode())
    assert (status, len(answer["predictions"])) == (200, 1)


@pytest.mark.parametrize("example", of("answer"), ids=str)
def test_an_answer_has_the_keys_that_are_told(container: Container, example: Example) -> None:
    found: Any = container.ask("/invocations", b'{"inputs": ["yes please"]}')[1]
    same_shape(json.loads(example.text), found)
