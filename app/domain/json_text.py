"""JSON as it goes out."""

import json
from typing import Any

import msgspec


def to_json(value: Any) -> bytes:
    """JSON text in UTF-8, without spaces. NaN and the infinities, which JSON lacks, are null."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError):
        # A lone surrogate, which a message may repeat and UTF-8 cannot hold, is escaped; a str or
        # an int of a class of its own, which msgspec does not take, is written as what it is.
        plain = json.loads(json.dumps(value), parse_constant=lambda _: None)
        return json.dumps(plain, separators=(",", ":")).encode()
