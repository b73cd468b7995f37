from __future__ import annotations

import json

import pytest

from penstock.filters import Record
from penstock.scoring import contract
from penstock.scoring.errors import RequestError

JSON = "application/json"
TWO = ["42", "None"]

ACCEPTED = [
    (JSON, '{"inputs": ["42", "None"]}', TWO),
    (None, '{"inputs": ["42", "None"]}', TWO),
    ("application/json; charset=UTF-8", '\ufeff{"inputs": ["42", "None"]}', TWO),
    (JSON, '{"inputs": "42"}', ["42"]),
    (JSON, '{"inputs": {"text": "42"}}', ["42"]),
    (JSON, '{"inputs": [["42"], ["None"]]}', TWO),
    (JSON, '{"inputs": {"text": ["42", "None"]}}', TWO),
    (JSON, '{"inputs": {"message": ["42", "None"]}}', TWO),
    (JSON, '{"inputs": {"id": ["1", "2"], "text": ["42", "None"]}, "params": {}}', TWO),
    (JSON, '{"instances": ["42", "None"]}', TWO),
    (JSON, '{"instances": [{"text": "42"}, {"message": "None"}]}', TWO),
    (JSON, '{"dataframe_split": {"columns": ["text"], "data": [["42"], ["None"]]}}', TWO),
    (
        JSON,
        '{"dataframe_split": {"index": [0, 1], "columns": ["id", "text"], '
        '"data": [[7, "42"], [8, "None"]]}}',
        TWO,
    ),
    (JSON, '{"dataframe_records": [{"id": 1, "text": "42"}, {"text": "None"}]}', TWO),
    (JSON, '{"inputs": []}', []),
    ("application/jsonlines", '"42"\n\n{"text": "None"}\n', TWO),
    ("application/x-ndjson", '"a\u2028b"\n', ["a\u2028b"]),
    ("text/csv", "text\n42\nNone\n", TWO),
    ("text/csv", 'id,text\r\n1,"a, ""b""\nc"\r\n', ['a, "b"\nc']),
    ("text/csv", 'whatever\n""\n', ["whatever", ""]),
    ("text/csv; header=present", 'whatever\n""\n', [""]),
    ("text/csv; header=absent", "text\n42\n", ["text", "42"]),
    ("text/csv; header=absent", "", []),
    ("text/csv", "42", ["42"]),
    ("text/csv", '"Hello, you"\n', ["Hello, you"]),
    ("text/csv", '"one\ntwo"\r\n"three"', ["one\ntwo", "three"]),
    ("text/csv", "call me; thanks", ["call me; thanks"]),
    ("text/csv", "text; thanks\n", ["text; thanks"]),
    ("text/csv", "call\tme\nor | not", ["call\tme", "or | not"]),
    ("text/csv", "id;text\n1;a, b\n", ["a, b"]),
    ("text/csv", "\ufeffid\ttext\n1\ta; b\n", ["a; b"]),
    ("text/csv", "sep=|\ntext|id\na; b|1\n", ["a; b"]),
    ("text/csv", "id, text\n1,a\n", ["a"]),
    ("application/csv; Header=PRESENT; charset=utf-8", "body\na\n", ["a"]),
    ("text/csv", "text\n", []),
    ("text/plain", "42\n", ["42\n"]),
    ("text/plain", "", [""]),
    ("text/plain", "\0😀", ["\0😀"]),
    ("message/rfc822", "Subject: Hi\n\nyes please\n", ["yes please\n"]),
]


@pytest.mark.parametrize(("content_type", "body", "texts"), ACCEPTED)
def test_it_takes(content_type: str | None, body: str, texts: list[str]) -> None:
    assert [r.text for r in contract.decode(body.encode(), content_type)] == texts


def test_a_charset_counts() -> None:
    (record,) = contract.decode("grüße".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert record.text == "grüße"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, '{"instances": [{"text": "a", "headers": {"To": "b"}, "channel": "web", "n": 3}]}'),
        (
            JSON,
            '{"inputs": {"text": ["a"], "headers": [{"To": "b"}], "channel": ["web"], "n": [3]}}',
        ),
        (
            JSON,
            '{"dataframe_split": {"columns": ["n", "text", "channel", "headers"], '
            '"data": [[3, "a", "web", {"To": "b"}]]}}',
        ),
    ],
)
def test_what_else_a_record_has_are_its_fields(content_type: str, body: str) -> None:
    assert contract.decode(body.encode(), content_type) == [
        Record("a", {"to": "b"}, {"channel": "web", "n": 3})
    ]


def test_csv_in_utf_16_is_read() -> None:
    for encoding in ("utf-16", "utf-16-le"):
        records = contract.decode("id\ttext\r\n1\tgrüße\r\n".encode(encoding), "text/csv")
        assert records == [Record("grüße", {}, {"id": "1"})]


HALVES = [
    (JSON, r'{"inputs": ["a", "\ud83d", "\ud83d\ude00", "\ude00x"]}'),
    (JSON, r'{"instances": [{"text": "a", "f": ["\udc00"]}, "\ud83d", "\ud83d\ude00", "\ude00x"]}'),
    ("application/jsonlines", '"a"\n"\\ud83d"\n"\\ud83d\\ude00"\n{"text": "\\ude00x"}\n'),
]


@pytest.mark.parametrize(("content_type", "body"), HALVES)
def test_half_a_character_fails_its_text_and_not_the_request(content_type: str, body: str) -> None:
    records = contract.decode(body.encode(), content_type)
    assert [record.text for record in records] == ["a", "\ufffd", "😀", "\ufffdx"]
    assert [record.pending for record in records] == [True, False, True, False]
    assert records[1].reason == "the text has half a character"
    contract.encode(records, {}, "id")
    json.dumps([dict(record.fields) for record in records], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "body", [r'{"inputs": ["\ud83d"', r'{"\ud83d": 1}', r'{"instances": [{"\ud83d": 1, "b": 2}]}']
)
def test_half_a_character_does_not_break_an_error(body: str) -> None:
    with pytest.raises(RequestError) as caught:
        contract.decode(body.encode(), JSON)
    str(caught.value).encode()


def test_headers_come_with_a_record_or_a_mail() -> None:
    body = '{"instances": [{"text": "a", "headers": {"Auto-Submitted": "auto-replied"}}]}'
    (record,) = contract.decode(body.encode(), JSON)
    assert record.headers == {"auto-submitted": "auto-replied"}
    (mail,) = contract.decode(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nyes", "message/rfc822")
    assert mail.headers["subject"] == "Grüße"


REFUSED = [
    (JSON, "{", 400, "malformed_body", "is not valid JSON"),
    (JSON, "[" * 100_000, 400, "malformed_body", "is not valid JSON"),
    (JSON, '["a"]', 422, "invalid_request", "want an object"),
    (JSON, "{}", 422, "invalid_request", "none of inputs"),
    (JSON, '{"input": ["a"]}', 422, "invalid_request", "did you mean 'inputs'"),
    (JSON, '{"inputs": ["a"], "instances": ["b"]}', 422, "invalid_request", "inputs, instances"),
    (JSON, '{"inputs": ["a"], "parms": {}}', 422, "invalid_request", "did you mean 'params'"),
    (JSON, '{"inputs": ["a", 42]}', 422, "invalid_request", "inputs[1]: is a number"),
    (JSON, '{"inputs": ["a", null]}', 422, "invalid_request", "inputs[1]: is null"),
    (JSON, '{"inputs": {"text": ["a"], "id": []}}', 422, "invalid_request", "equal length"),
    (JSON, '{"instances": "a"}', 422, "invalid_request", "want a list"),
    (JSON, '{"instances": [{"a": "x", "b": "y"}]}', 422, "invalid_request", "no column `text`"),
    (JSON, '{"instances": [{}]}', 422, "invalid_request", "no column `text` among none"),
    (JSON, '{"instances": [{"text": "a", "headers": 1}]}', 422, "invalid_request", "headers"),
    (JSON, '{"dataframe_split": {"data": [["a", "b"]]}}', 422, "invalid_request", "row of 1"),
    (JSON, '{"dataframe_split": {"columns": ["text"]}}', 422, "invalid_request", "`data`"),
    (JSON, '{"dataframe_records": ["a"]}', 422, "invalid_request", "list of objects"),
    ("application/jsonlines", '"a"\n{\n', 400, "malformed_body", "line 2"),
    ("application/jsonlines", '"a"\n1\n', 422, "invalid_request", "line 2: is a number"),
    ("text/csv", "", 422, "invalid_request", "no header"),
    ("text/csv", "a,b\n1,2\n", 422, "invalid_request", "no column `text`"),
    ("text/csv", "text,b\n1\n", 422, "invalid_request", "data[0]"),
    ("text/csv", 'text\n"a"b\n', 400, "malformed_body", "no CSV"),
    ("text/csv", 'text\na\n"b', 400, "malformed_body", "line 3: is no CSV"),
    ("text/csv", "text,text\na,b\n", 422, "invalid_request", "one name: 'text'"),
    ("text/csv", "Hello, you", 422, "invalid_request", "quote texts that contain a comma"),
    (
        "text/csv",
        "Hello\nHello, you",
        422,
        "invalid_request",
        "data[1]: want a row of 1 value, line 2",
    ),
    ("text/csv; header=absent", "id,text\n", 422, "invalid_request", "line 1 has 2"),
    ("text/csv; header=maybe", "a", 415, "unsupported_media_type", "header=maybe"),
    ("text/csv; header=present", "", 422, "invalid_request", "no header"),
    ("text/plain; charset=nonsense", "a", 415, "unsupported_media_type", "charset"),
    ("text/plain; charset=base64", "a", 400, "malformed_body", "base64"),
    ("application/xml", "<a/>", 415, "unsupported_media_type", "application/xml"),
]


@pytest.mark.parametrize(("content_type", "body", "status", "code", "message"), REFUSED)
def test_it_refuses(content_type: str, body: str, status: int, code: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        contract.decode(body.encode(), content_type)
    assert (caught.value.status, caught.value.request_code) == (status, code)
    assert message in str(caught.value)


def test_bytes_that_are_no_text_are_malformed() -> None:
    for kind in ("text/plain", "text/csv", JSON, "application/jsonlines"):
        with pytest.raises(RequestError) as caught:
            contract.decode(b'"\xff"', kind)
        assert caught.value.status == 400


def test_limits() -> None:
    contract.decode(json.dumps({"inputs": ["a"] * contract.MAX_RECORDS}).encode(), JSON)
    many = ["a"] * (contract.MAX_RECORDS + 1)
    bodies = [
        (json.dumps({"inputs": many}).encode(), JSON, "too_many_records"),
        ("\n".join(f'"{text}"' for text in many).encode(), "application/jsonlines", "too_many"),
        (b"a" * (contract.MAX_BODY + 1), "text/plain", "body_too_large"),
    ]
    for body, kind, code in bodies:
        with pytest.raises(RequestError) as caught:
            contract.decode(body, kind)
        assert caught.value.status == 413
        assert caught.value.request_code.startswith(code)


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/jsonlines", "application/jsonlines"),
        ("application/json;q=0.1, application/x-jsonlines", "application/jsonlines"),
        ("text/html, */*;q=0.1", JSON),
    ],
)
def test_it_answers_in(accept: str | None, answer: str) -> None:
    assert contract.negotiate(accept) == answer


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "application/json;q=x"])
def test_it_answers_nothing_else(accept: str) -> None:
    with pytest.raises(RequestError) as caught:
        contract.negotiate(accept)
    assert caught.value.status == 406


def test_the_answer_has_the_documented_form() -> None:
    record = Record("a").scored([0.25, 0.75], ["no", "yes"])
    body = json.loads(contract.encode([record], {"name": "intent"}, "id-1"))
    assert body == {
        "predictions": [
            {
                "label": "yes",
                "score": 0.75,
                "scores": {"no": 0.25, "yes": 0.75},
                "status": "scored",
                "reason": None,
            }
        ],
        "model": {"name": "intent"},
        "request_id": "id-1",
    }


def test_json_lines_have_a_line_for_each_prediction() -> None:
    records = [Record("a").not_scored("f", "why"), Record("b").scored([1.0], [7])]
    lines = contract.encode(records, {}, "id", "application/jsonlines").split(b"\n")
    first, second = (json.loads(line) for line in lines if line)
    assert (first["status"], first["label"], first["decided_by"]) == ("not_scored", None, "f")
    assert (second["label"], second["scores"]) == (7, {"7": 1.0})


FORM = "application/x-www-form-urlencoded"


def test_json_that_curl_sends_without_a_type_is_json():
    body = b' {"inputs": ["a"], "parameters": {"top_k": 1}}'
    assert [record.text for record in contract.decode(body, FORM)] == ["a"]
    with pytest.raises(RequestError) as error:
        contract.decode(b"inputs=a", FORM)
    assert error.value.status == 415
