"""Strict parsing of a request's body or query string: anything ambiguous is rejected.

The GraphQL parts are validated elsewhere.
"""

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from app.domain.characters import escaped
from app.domain.counters import count_limit
from app.domain.json_numbers import number
from app.web.errors import BadRequest
from app.web.header_values import header_values, parameters, parts
from app.web.negotiation import JSON, REMEMBERED

MAX_DEPTH = 64
"""Levels of nested objects and lists."""

MAX_DIGITS = 64
"""Digits of a number: twice as many as any in the API, and few enough to convert quickly."""

MAX_SHOWN = 100
"""Characters of a name in a message."""

BYTE_ORDER_MARK = BOM_UTF8.decode()

UTF_8 = {"utf-8", "utf8"}
"""Names of the encoding of JSON, of which the second is a common mistake."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.S)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


Counted = Callable[[int], None]
"""Called with the bytes of a body that have arrived since the last call."""


async def received(scope: Scope, receive: Receive, max_bytes: int, *, counted: Counted) -> bytes:
    """The body of a POST. Raises BadRequest, also for headers that announce another content, and
    what `counted` raises."""
    _check_headers(scope)
    return await _read(receive, max_bytes, counted)


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object in the body of a POST. Raises BadRequest."""
    try:
        return _object(body.decode())
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None


def read_query(query_string: bytes) -> dict[str, Any]:
    """The parameters of a query string, with JSON objects decoded. Raises BadRequest."""
    try:
        text = query_string.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest("The query string is not URL-encoded UTF-8.") from None
    values = _unique(pairs)
    for name in {"variables", "extensions"} & values.keys():
        text, subject = values[name], f"The parameter {name}"
        values[name] = _object(text, subject) if text not in ("", "null") else None
    return values


def _check_headers(scope: Scope) -> None:
    kinds = header_values(scope, b"content-type")
    if len(kinds) != 1 or not _is_json(kinds[0]):
        raise BadRequest(f"The content type of the body must be {JSON}, in UTF-8.", 415)
    for encoding in header_values(scope, b"content-encoding"):
        if encoding.strip().lower() != "identity":
            raise BadRequest("The body must not have a content-encoding.", 415)


@lru_cache(REMEMBERED)
def _is_json(content_type: str) -> bool:
    """Whether a content type is JSON in UTF-8. Parameters other than the charset mean nothing."""
    kind, _, rest = content_type.partition(";")
    is_single = len(parts(rest, ",")) <= 1
    charsets = {value.lower() for name, value in parameters(rest) if name == "charset"}
    return kind.strip().lower() == JSON and is_single and charsets <= UTF_8


async def _read(receive: Receive, max_bytes: int, counted: Counted) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The body ended early.")  # The client is gone.
        piece, more = message.get("body", b""), message.get("more_body", False)
        if len(body) + len(piece) > max_bytes:
            count_limit("body bytes")
            raise BadRequest(f"The body is larger than {max_bytes:,} bytes.", 413)
        counted(len(piece))
        if not body and not more:
            return bytes(piece)  # In one piece, as most are.
        body += piece
    return bytes(body)


def _object(text: str, subject: str = "The request") -> dict[str, Any]:
    """The JSON object in a text. Raises BadRequest for anything else, and for JSON that parsers
    interpret differently. `subject` begins the messages."""
    if _is_too_deep(text):
        raise BadRequest(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
    return _canonical(text) or _strict(text, subject)


def _canonical(text: str) -> dict[str, Any] | None:
    """The JSON object in a text if encoding it gives the same text, as the usual encoders write it:
    then it has no name twice, and nothing else that could be interpreted differently."""
    try:
        values = msgspec.json.decode(text)
        compact = msgspec.json.encode(values)
        msgspec.msgpack.encode(values)  # Rejects integers of more than 64 bits, and thus long ones.
    except (msgspec.DecodeError, OverflowError):
        return None
    given = text.encode()  # As JavaScript writes it, or as Python does.
    is_same = given == compact or given == msgspec.json.format(compact, indent=0)
    return values if is_same and isinstance(values, dict) else None


def _strict(text: str, subject: str) -> dict[str, Any]:
    """The JSON object in any text. Raises BadRequest."""
    try:
        values = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_reject_constant,
        )
    except ValueError:
        if text.lstrip().startswith(BYTE_ORDER_MARK):
            raise BadRequest(f"{subject} begins with a byte order mark: leave it out.") from None
        raise BadRequest(f"{subject} is not valid JSON.") from None
    if not isinstance(values, dict):
        raise BadRequest(f"{subject} must be one JSON object; batches are not supported.")
    if _SURROGATE.search(text):
        _check_surrogates(values)
    return values


def _is_too_deep(text: str) -> bool:
    """Counts brackets outside of strings, so that deep JSON is never parsed."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH


def _check_surrogates(values: dict[str, Any]) -> None:
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("The JSON contains a lone surrogate.") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    values = dict(pairs)
    if len(values) < len(pairs):
        repeated = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        shown = escaped(repeated[:MAX_SHOWN])
        raise BadRequest(f"The request has a duplicate name: {shown}.")
    return values


def _int(digits: str) -> int:
    _check_digits(digits)
    return int(digits)


def _float(digits: str) -> float:
    _check_digits(digits)
    if not isfinite(value := number(digits)):
        raise BadRequest(f"The JSON contains a number that is too large: {digits}.")
    return value


def _check_digits(number: str) -> None:
    if len(number) > MAX_DIGITS and sum(map(str.isdecimal, number)) > MAX_DIGITS:
        raise BadRequest(f"The JSON contains a number with more than {MAX_DIGITS} digits.")


def _reject_constant(name: str) -> None:
    raise BadRequest(f"{name} is not valid JSON.")
