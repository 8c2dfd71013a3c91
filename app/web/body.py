"""What a request brings: a body or a query string, taken only in the one form that has no two
readings. Nothing of GraphQL is decided here.
"""

import json
import re
from collections.abc import Iterable
from itertools import accumulate
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from app.web.errors import BadRequest
from app.web.negotiation import JSON

MAX_DEPTH = 64
"""Objects and lists within each other."""

MAX_DIGITS = 64
"""Of one number: twice what any number of the API has, and nothing that takes time to convert."""

_CHARSETS = {"charset=utf-8", 'charset="utf-8"'}
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.S)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


async def posted(request: Request, max_bytes: int) -> dict[str, Any]:
    """The object in a POST's body. Raises BadRequest."""
    _check_form(request.headers)
    body = await _read(request, max_bytes)
    try:
        return _object(body.decode())
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None


def asked(query_string: bytes) -> dict[str, Any]:
    """The same object as a query string brings it. Raises BadRequest."""
    try:
        text = query_string.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest("The query string is not URL-encoded UTF-8.") from None
    found = _unique(pairs)
    for name in {"variables", "extensions"} & found.keys():
        found[name] = _object(found[name]) if found[name] not in ("", "null") else None
    return found


def _check_form(headers: Headers) -> None:
    kinds = headers.getlist("content-type")
    kind, *parameters = [part.strip().lower() for part in ",".join(kinds).split(";")]
    if kind != JSON or not {*parameters} <= _CHARSETS:
        raise BadRequest(f"The body must be of the type {JSON}, in UTF-8.", 415)
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadRequest("The body must come without a content-encoding.", 415)


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise BadRequest(f"The body is over {max_bytes:,} bytes.", 413)
    except ClientDisconnect:
        raise BadRequest("The body ended early.") from None  # Nobody hears it.
    return bytes(body)


def _object(text: str) -> dict[str, Any]:
    """Raises BadRequest for anything but one JSON object, and for JSON that another reader may
    understand otherwise."""
    if _is_too_deep(text):
        raise BadRequest(f"The JSON is nested deeper than {MAX_DEPTH}.")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_constant,
        )
    except ValueError:  # A BOM, too: it is no part of JSON.
        raise BadRequest("The request is not valid JSON.") from None
    if not isinstance(found, dict):
        raise BadRequest("The request must be one JSON object; batches are not taken.")
    if _SURROGATE.search(text):
        _check_surrogates(found)
    return found


def _is_too_deep(text: str) -> bool:
    """Told from the brackets outside of strings, before anything is built from them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH


def _check_surrogates(found: dict[str, Any]) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("The JSON has half of a surrogate pair.") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadRequest("The request gives one name twice.")
    return found


def _int(digits: str) -> int:
    _check_digits(digits)
    return int(digits)


def _float(digits: str) -> float:
    _check_digits(digits)
    if not isfinite(value := float(digits)):
        raise BadRequest("The JSON has a number that is too large.")
    return value


def _check_digits(number: str) -> None:
    if len(number) > MAX_DIGITS and sum(map(str.isdecimal, number)) > MAX_DIGITS:
        raise BadRequest(f"The JSON has a number of more than {MAX_DIGITS} digits.")


def _constant(name: str) -> None:
    raise BadRequest(f"JSON has no {name}.")
