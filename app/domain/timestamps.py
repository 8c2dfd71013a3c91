"""Times as they are kept: in UTC, to the millisecond."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from app.domain.errors import UserError, UserErrorCode
from app.domain.naming import camel
from app.domain.validation.json_schema import json_schema, user_error


def to_the_millisecond(moment: datetime) -> datetime:
    """The moment without what BSON does not keep."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def in_utc(cls: type, values: dict[str, Any]) -> tuple[dict[str, Any], list[UserError]]:
    """Values in wire form of the fields of `cls`, each time as it is kept. What is no time is left
    out, and is among the errors."""
    kept, errors = dict(values), []
    for name in _times(cls) & values.keys():
        try:
            kept[name] = _kept(values[name])
        except (msgspec.ValidationError, ValueError, OverflowError):
            del kept[name]
            predicate = "must be a time with a UTC offset, such as 2026-01-31T12:00:00Z"
            errors.append(user_error(UserErrorCode.INVALID, (camel(name),), predicate))
    return kept, errors


def _kept(text: Any) -> Any:
    if text is None:
        return None
    moment = msgspec.convert(text, datetime)
    if moment.tzinfo is None:
        raise ValueError("the offset is missing")
    return msgspec.to_builtins(to_the_millisecond(moment.astimezone(UTC)))


@cache
def _times(cls: type) -> frozenset[str]:
    """The fields that hold a time or null."""
    fields = json_schema(cls)["properties"]
    return frozenset(
        name
        for name, schema in fields.items()
        if any(s.get("format") == "date-time" for s in schema.get("anyOf", [schema]))
    )
