"""The request and response formats of `/invocations`: body to records, predictions to body.

=====================  ==========================================================
``application/json``   one of ``inputs``, ``instances``, ``dataframe_split``,
                       ``dataframe_records``, as MLflow's clients send them
``application/jsonlines``  a text or ``{"text": …, "headers": {…}}`` on each line
``text/csv``           the column ``text``, or a single one, which needs no header; whether
                       there is one is said by ``; header=present`` or ``absent``
``text/plain``         the whole body is one text
``message/rfc822``     one mail
=====================  ==========================================================

Whatever else a record has in JSON or CSV becomes its `fields`.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from email.message import Message
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from penstock.errors import DataError, did_you_mean
from penstock.filters import Record
from penstock.filters.record import whole
from penstock.mail.reading import decode_mail
from penstock.scoring.errors import RequestError
from penstock.scoring.sheet import open_sheet
from penstock.tables.encoding import encoding_of

__all__ = ["MAX_BODY", "MAX_RECORDS", "decode", "encode", "negotiate", "prediction"]

MAX_BODY = 6 * 1024 * 1024
MAX_RECORDS = 10_000
JSON = "application/json"
JSON_LINES = "application/jsonlines"
FORM = "application/x-www-form-urlencoded"
"""curl's default type."""
CSV = "text/csv"
ANSWERS = (JSON, JSON_LINES)
# Size of the caches of parsed headers; clients repeat the same few values.
HEADERS = 64

Envelope = Mapping[str, Any]


class ContentType(NamedTuple):
    """A type in lower case, its charset, and whether a CSV has a header (None: not stated)."""

    kind: str
    charset: str
    header: bool | None = None


def decode(body: bytes, content_type: str | None) -> list[Record]:
    """Return the records of a request.

    Parameters
    ----------
    body : at most `MAX_BODY` bytes.
    content_type : of the request; default ``application/json``, also for a form whose body
        is a JSON object.

    Raises
    ------
    RequestError : 413 for a body or a count above its limit, 415 for an unknown type or
        charset, 400 for a body that does not parse, 422 for one of another structure.
    """
    if len(body) > MAX_BODY:
        raise too_large()
    sent = media_type(content_type)
    if sent.kind == FORM and body.lstrip()[:1] == b"{":
        sent = sent._replace(kind=JSON)
    if sent.kind not in DECODERS:
        hint = f"send one of {', '.join(DECODERS)}"
        raise RequestError(415, "unsupported_media_type", f"cannot read {sent.kind!r}", hint=hint)
    records = DECODERS[sent.kind](body, sent)
    if len(records) > MAX_RECORDS:
        what = f"{len(records)} records, limit {MAX_RECORDS}"
        raise RequestError(413, "too_many_records", what, hint="split the request")
    return records


@lru_cache(HEADERS)
def negotiate(accept: str | None) -> str:
    """Return the content type of the answer; `RequestError` 406 where none is accepted.

    The highest quality wins, then the order in the header; JSON for a wildcard. Quality 0
    excludes a type.
    """
    offered = [_media_range(part) for part in (accept or "*/*").split(",") if part.strip()]
    ranked = sorted((item for item in offered if item[1] > 0), key=lambda item: -item[1])
    for pattern, _ in ranked:
        for answer in ANSWERS:
            if pattern in (answer, "*/*", "application/*") or _alias(pattern) == answer:
                return answer
    if not offered:
        return JSON
    hint = f"accept one of {', '.join(ANSWERS)}"
    raise RequestError(406, "not_acceptable", f"cannot answer {accept!r}", hint=hint)


def encode(
    records: Sequence[Record], model: Mapping[str, Any], request_id: str, content_type: str = JSON
) -> bytes:
    """Return the body of the answer.

    In JSON Lines, each prediction is a line that repeats ``model`` and ``request_id``.
    """
    predictions = [prediction(record) for record in records]
    rest = {"model": model, "request_id": request_id}
    if content_type == JSON_LINES:
        return ENCODER.encode_lines([{**prediction, **rest} for prediction in predictions])
    return ENCODER.encode({"predictions": predictions, **rest})


def too_large(limit: int = MAX_BODY) -> RequestError:
    """Return the error for a body above its limit in bytes."""
    hint = "split the request, or send JSON Lines or CSV and accept application/jsonlines"
    return RequestError(413, "body_too_large", f"the body is larger than {limit} bytes", hint=hint)


ENCODER = msgspec.json.Encoder()
# Only in the answers of models that have them.
OPTIONAL = ("labels", "out_of_scope", "out_of_scope_score")


def prediction(record: Record) -> dict[str, Any]:
    """Return a record's object in the answer."""
    found: dict[str, Any] = {
        "label": record.label,
        "score": record.score,
        "scores": record.scores,
        "status": record.status,
        "reason": record.reason,
    }
    for name in OPTIONAL:
        if (value := getattr(record, name)) is not None:
            found[name] = value
    if record.decided_by is not None:
        found["decided_by"] = record.decided_by
    if record.annotations:
        found["metadata"] = record.annotations
    return found


@lru_cache(HEADERS)
def media_type(value: str | None) -> ContentType:
    """Parse a Content-Type header; default JSON, charset UTF-8.

    Raises
    ------
    RequestError : 415 for an unknown charset or `header`.
    """
    message = Message()
    message["content-type"] = value or JSON
    kind = (value or JSON).split(";")[0].strip().lower()
    charset = message.get_param("charset") or "utf-8"
    try:
        name = codecs.lookup(str(charset)).name
    except LookupError:
        raise RequestError(
            415, "unsupported_media_type", f"unknown charset {str(charset)!r}", hint="use UTF-8"
        ) from None
    return ContentType(_alias(kind), name, _header(message.get_param("header")))


def _header(value: Any) -> bool | None:
    if value is None:
        return None
    if str(value).lower() not in ("present", "absent"):
        hint = "use header=present or header=absent"
        raise RequestError(415, "unsupported_media_type", f"unknown header={value}", hint=hint)
    return str(value).lower() == "present"


def _alias(kind: str) -> str:
    return ALIASES.get(kind, kind)


def _media_range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return kind, float(value)
            except ValueError:
                return kind, 0.0
    return kind, 1.0


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode("utf-8-sig" if charset == "utf-8" else charset)
    except (UnicodeError, LookupError):
        raise no_text(charset) from None


def no_text(charset: str) -> RequestError:
    """Return the error for bytes that are invalid in a charset."""
    name = charset.removesuffix("-sig")
    return RequestError(400, "malformed_body", f"the body is not {name}", hint="send UTF-8")


SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _lenient(content: bytes, error: Exception) -> Any:
    """Parse JSON with lone surrogates; raise `error` where it fails for another reason."""
    if not SURROGATE.search(content):
        raise error
    try:
        return json.loads(content, object_hook=lambda item: {whole(k): v for k, v in item.items()})
    except ValueError:
        raise error from None


def _parse(content: bytes, charset: str, where: str | None = None) -> Any:
    try:
        if charset != "utf-8":
            content = _text(content, charset).encode()
        content = content.removeprefix(codecs.BOM_UTF8)
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            return _lenient(content, error)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RequestError(
            400, "malformed_body", f"is not valid JSON: {what}", where=where
        ) from None


def _from_json(body: bytes, sent: ContentType) -> list[Record]:
    value = _parse(body, sent.charset)
    if not isinstance(value, dict):
        raise _unprocessable("want an object", None, f"with one of {', '.join(FORMATS)}")
    found = [key for key in value if key in FORMATS]
    if len(found) != 1:
        what = f"has {', '.join(found) if found else 'none'} of {', '.join(FORMATS)}"
        unknown = [key for key in value if key not in FORMATS and key not in IGNORED]
        hint = did_you_mean(unknown[0], FORMATS) if unknown and not found else "send one of them"
        raise _unprocessable(what, None, hint)
    for key in value:
        if key not in FORMATS and key not in IGNORED:
            raise _unprocessable("unknown key", key, did_you_mean(key, [*FORMATS, *IGNORED]))
    return FORMATS[found[0]](value[found[0]], found[0])


def _from_inputs(value: Any, where: str) -> list[Record]:
    """Read ``inputs``: a list of texts or records, a single one, or columns of equal length."""
    if isinstance(value, list):
        return _items(value, where)
    if isinstance(value, dict) and any(isinstance(column, list) for column in value.values()):
        return _columns(value, where)
    return _items([value], where)


def _from_instances(value: Any, where: str) -> list[Record]:
    if not isinstance(value, list):
        raise _unprocessable("want a list of texts or of records", where)
    return _items(value, where)


def _from_split(value: Any, where: str) -> list[Record]:
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        raise _unprocessable("want `columns` and `data`", where)
    columns = value.get("columns", ["text"])
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise _unprocessable("want a list of names", f"{where}.columns")
    return from_rows(columns, value["data"], f"{where}.data")


def _from_records(value: Any, where: str) -> list[Record]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _unprocessable("want a list of objects", where)
    return _items(value, where)


def from_rows(columns: list[str], rows: list[Any], where: str, first: int = 0) -> list[Record]:
    """Return the records of a table; `first` is the number of its first row."""
    text = columns[_text_column(columns, where)]
    records = []
    for number, row in enumerate(rows, first):
        place = f"{where}[{number}]"
        if not isinstance(row, list) or len(row) != len(columns):
            raise _unprocessable(f"want a row of {len(columns)} values", place)
        records.append(_mapped(dict(zip(columns, row, strict=True)), text, place))
    return records


def _columns(value: dict[str, Any], where: str) -> list[Record]:
    columns = {name: column for name, column in value.items() if isinstance(column, list)}
    if len(columns) != len(value) or len({len(column) for column in columns.values()}) != 1:
        raise _unprocessable("want columns of equal length", where)
    return from_rows(
        list(columns), [list(row) for row in zip(*columns.values(), strict=True)], where
    )


def _items(items: list[Any], where: str) -> list[Record]:
    return [_item(item, f"{where}[{number}]") for number, item in enumerate(items)]


def _item(item: Any, where: str) -> Record:
    if isinstance(item, dict):
        names = list(item)
        return _mapped(item, names[_text_column(names, where)], where)
    if isinstance(item, list) and len(item) == 1:
        # A matrix of one column is how MLflow's clients send an array of texts.
        return _record(item[0], None, where)
    return _record(item, None, where)


def _mapped(item: dict[str, Any], text: str, where: str) -> Record:
    """Return the record of an object; `text` names its text, the rest becomes fields."""
    record = _record(item[text], item.get("headers"), where)
    fields = {
        name: _written(value) for name, value in item.items() if name not in (text, "headers")
    }
    return record.replace(fields=fields) if fields else record


def _text_column(columns: list[str], where: str) -> int:
    if "text" in columns:
        return columns.index("text")
    rest = [name for name in columns if name != "headers"]
    if len(rest) != 1:
        hint = "name the column `text`"
        raise _unprocessable(f"no column `text` among {', '.join(columns) or 'none'}", where, hint)
    return columns.index(rest[0])


def _record(text: Any, headers: Any, where: str) -> Record:
    if not isinstance(text, str):
        raise _unprocessable(f"is {NAMES.get(type(text), 'no text')}, want text", where)
    if not headers:
        return Record.of(text)
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise _unprocessable("want an object of texts", f"{where}.headers")
    return Record.of(text).replace(
        headers={name.lower(): whole(value) for name, value in headers.items()}
    )


def _written(value: Any) -> Any:
    """Replace lone surrogates, at any depth: they cannot be written as UTF-8."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items()}
    return value


def from_line(line: bytes, charset: str, number: int) -> Record:
    """Return the record of a line of JSON Lines."""
    where = f"line {number}"
    return _item(_parse(line, charset, where), where)


def _from_lines(body: bytes, sent: ContentType) -> list[Record]:
    charset = sent.charset
    if charset != "utf-8":
        body, charset = _text(body, charset).encode(), "utf-8"
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > MAX_RECORDS:
        raise RequestError(413, "too_many_records", f"{len(lines)} records, limit {MAX_RECORDS}")
    return [from_line(line, charset, number) for number, line in enumerate(lines, 1)]


def _from_csv(body: bytes, sent: ContentType) -> list[Record]:
    charset = encoding_of(body) if sent.charset == "utf-8" else sent.charset
    sheet = open_sheet(io.StringIO(_text(body, charset), newline=""), sent.header)
    return from_rows(sheet.columns, list(sheet.rows), "data")


def _from_text(body: bytes, sent: ContentType) -> list[Record]:
    return [Record(_text(body, sent.charset))]


def _from_mail(body: bytes, sent: ContentType) -> list[Record]:
    try:
        return [Record(*decode_mail(body))]
    except DataError as error:
        raise _unprocessable(error.problems[0].what, None, error.problems[0].hint) from None


def _unprocessable(what: str, where: str | None, hint: str | None = None) -> RequestError:
    return RequestError(422, "invalid_request", what, where=where, hint=hint)


FORMATS: dict[str, Callable[[Any, str], list[Record]]] = {
    "inputs": _from_inputs,
    "instances": _from_instances,
    "dataframe_split": _from_split,
    "dataframe_records": _from_records,
}
# Clients of MLflow, Hugging Face and TensorFlow Serving send these; they are ignored.
IGNORED = ("params", "parameters", "signature_name")
DECODERS: dict[str, Callable[[bytes, ContentType], list[Record]]] = {
    JSON: _from_json,
    JSON_LINES: _from_lines,
    CSV: _from_csv,
    "text/plain": _from_text,
    "message/rfc822": _from_mail,
}
ALIASES = {
    "application/x-jsonlines": JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
    "application/csv": CSV,
}
NAMES: dict[type, str] = {
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "an object",
}
