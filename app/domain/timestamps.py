"""Timestamps as they are stored: in UTC, to the millisecond."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from app.domain.errors import UserError, UserErrorCode
from app.domain.naming import camel
from app.domain.rfc_3339 import instant
from app.domain.validation.json_schema import json_schema, user_error

YEARS = range(2000, 2201)
"""The years in which a template can have been created or changed; other times are mistakes."""


class _OutOfRange(Exception):
    pass


def to_the_millisecond(time: datetime) -> datetime:
    """The time, truncated to milliseconds as in BSON."""
    return time.replace(microsecond=time.microsecond // 1_000 * 1_000)


def in_utc(cls: type, values: dict[str, Any]) -> tuple[dict[str, Any], list[UserError]]:
    """`values` of fields of `cls`, in wire form, with every time in UTC and truncated to
    milliseconds; and an error for each time that is invalid or outside of YEARS, which is omitted.
    """
    normalized, errors = dict(values), []
    for name in _time_fields(cls) & values.keys():
        try:
            normalized[name] = _normalized(values[name])
        except _OutOfRange:
            del normalized[name]
            predicate = f"must be a time in the years {YEARS[0]} to {YEARS[-1]}"
            errors.append(user_error(UserErrorCode.OUT_OF_RANGE, (camel(name),), predicate))
        except (ValueError, OverflowError):
            del normalized[name]
            predicate = "must be a time with a UTC offset, such as 2026-01-31T12:00:00Z"
            errors.append(user_error(UserErrorCode.INVALID, (camel(name),), predicate))
    return normalized, errors


def _time(value: Any) -> datetime:
    if not isinstance(value, datetime):
        return instant(value)
    if value.tzinfo is None:
        raise ValueError("the offset is missing")
    return value.astimezone(UTC)


def _normalized(text: Any) -> Any:
    if text is None:
        return None
    time = _time(text)
    if time.year not in YEARS:
        raise _OutOfRange
    return msgspec.to_builtins(to_the_millisecond(time))


@cache
def _time_fields(cls: type) -> frozenset[str]:
    """The fields that hold a time or null."""
    fields = json_schema(cls)["properties"]
    return frozenset(
        name
        for name, schema in fields.items()
        if any(s.get("format") == "date-time" for s in schema.get("anyOf", [schema]))
    )
