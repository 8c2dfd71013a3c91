"""JSON encoding of responses."""

import json
from typing import Any

import msgspec
from msgspec import Raw


def to_json(value: Any) -> bytes:
    """JSON text in UTF-8, without spaces. NaN and the infinities, which JSON lacks, are null."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError):
        # msgspec rejects lone surrogates, which an error message may quote, and subclasses of str
        # and int. The standard library escapes the former and writes the latter as plain values.
        text = json.dumps(value, default=_decoded)
        plain = json.loads(text, parse_constant=lambda _: None)
        return json.dumps(plain, separators=(",", ":")).encode()


def _decoded(part: Any) -> Any:
    """The value of a part that is encoded already."""
    if isinstance(part, Raw):
        return json.loads(bytes(part))
    raise TypeError(f"{type(part).__name__} is not JSON")
