"""The fast path of validation: a msgspec type that accepts valid input a hundred times faster than
`jsonschema` does.

The type may be stricter than the JSON Schema but never laxer. Input that it rejects is validated by
the JSON Schema, which reports what is wrong.
"""

from functools import reduce
from math import isfinite
from operator import or_
from sys import float_info
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, ValidationError, convert, defstruct

from app.domain.storable import is_storable

JsonSchema = dict[str, Any]

_ANNOTATIONS = {"title", "description", "default", "format", "errorMessage", "unsupported"}
"""Keywords that do not restrict values."""

_LEAST, _MOST = -(2**63), 2**63 - 1
"""The integers that MongoDB can store."""


def accepts(fast_type: Any, values: Any) -> bool:
    """Whether the values are plain JSON and match the type."""
    if not _are_plain(values):
        return False
    try:
        convert(values, fast_type)
    except (ValidationError, UnicodeEncodeError):  # The latter for keys with a lone surrogate.
        return False
    return True


def accepts_object(fast_type: Any, value: Struct) -> bool:
    """`accepts` for an object, whose values need not be made for it."""
    try:
        # MessagePack has NaN and the infinities, which JSON would turn into null.
        msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=fast_type)
        return rb"\u0000" not in msgspec.json.encode(value)
    except (ValidationError, UnicodeEncodeError, OverflowError):
        return False


def _are_plain(values: Any) -> bool:
    """Whether MongoDB can store the values, and they have JSON's own types: msgspec would accept a
    set as a list."""
    pending, texts = [values], list[str]()
    for value in pending:
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind is dict:
            pending += value.values()
        elif kind is list:
            pending += value
        elif kind is int:
            if not _LEAST <= value <= _MOST:
                return False
        elif kind is float:
            if not isfinite(value):
                return False
        elif kind is not bool and value is not None:
            return False
    return is_storable("".join(texts))


def fast_type(schema: JsonSchema) -> Any:
    """The msgspec type of a JSON Schema without references.

    The functions below support the keywords that they have as parameters. Any other keyword raises
    TypeError, so that none is ever ignored.
    """
    keywords = {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}
    if "anyOf" in keywords:
        return _any_of(**keywords)
    if "enum" in keywords:
        return _enum(**keywords)
    return _TYPES[keywords.pop("type", None)](**keywords)


def _any_of(*, anyOf: list[JsonSchema], **siblings: Any) -> Any:
    return reduce(or_, (fast_type(dict(**branch, **siblings)) for branch in anyOf))


def _enum(*, enum: list[str]) -> Any:
    return Literal[tuple(enum)]


def _anything() -> Any:
    return _integer() | _number() | str | bool | None


def _null(*, minItems: int | None = None, maxItems: int | None = None) -> Any:
    # Sizes next to `anyOf` apply to its other branch.
    return None


def _boolean() -> Any:
    return bool


def _integer(*, minimum: int | None = None, maximum: int | None = None) -> Any:
    least = _LEAST if minimum is None else max(minimum, _LEAST)
    most = _MOST if maximum is None else min(maximum, _MOST)
    return Annotated[int, Meta(ge=least, le=most)]


def _number() -> Any:
    # Other limits are not supported: msgspec would round an integer before comparing it.
    return Annotated[float, Meta(ge=-float_info.max, le=float_info.max)]


def _string(
    *,
    pattern: str | None = None,
    minLength: int | None = None,
    maxLength: int | None = None,
    maxBytes: int | None = None,
) -> Any:
    if maxBytes is not None:  # UTF-8 takes at most four for a character.
        maxLength = min(maxBytes // 4, maxBytes if maxLength is None else maxLength)
    return Annotated[str, Meta(pattern=pattern, min_length=minLength, max_length=maxLength)]


def _array(
    *, items: JsonSchema | None = None, minItems: int | None = None, maxItems: int | None = None
) -> Any:
    member = fast_type(items or {})
    return Annotated[list[member], Meta(min_length=minItems, max_length=maxItems)]  # type: ignore[valid-type]


def _object(*, properties: dict[str, JsonSchema] | None = None, **rest: Any) -> Any:
    return _map(**rest) if properties is None else _struct(properties=properties, **rest)


def _map(
    *,
    additionalProperties: JsonSchema | None = None,
    propertyNames: JsonSchema | None = None,
    maxProperties: int | None = None,
) -> Any:
    name = fast_type({"type": "string", **(propertyNames or {})})
    member = fast_type(additionalProperties or {})
    return Annotated[dict[name, member], Meta(max_length=maxProperties)]  # type: ignore[valid-type]


def _struct(
    *,
    properties: dict[str, JsonSchema],
    required: list[str],
    additionalProperties: bool = True,
) -> Any:
    if not isinstance(additionalProperties, bool):
        raise TypeError("an object has fields or is a map, not both")
    required_fields = [(name, fast_type(properties[name])) for name in required]
    optional_fields = [
        (name, fast_type(properties[name]), None) for name in properties if name not in required
    ]
    return defstruct(
        "FastType",
        [*required_fields, *optional_fields],
        forbid_unknown_fields=not additionalProperties,
    )


_TYPES: dict[str | None, Any] = {
    None: _anything,
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
}
