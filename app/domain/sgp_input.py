"""Inputs as clients of SGP send them: with null for the default of a field that has one, and with
paths of errors in the names of the wire form."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, to_builtins

from app.domain.errors import UserError, UserErrorCode
from app.domain.fields import Field, Kind, ValueType, field_map
from app.domain.markers import Changes, Mergeable


def without_nulls(cls: type[Struct], values: Any) -> Any:
    """The values of a new object, without nulls that stand for a default. Where null says something
    of its own, it is kept; so is what is no object of the class."""
    return _without_nulls(ValueType(kind=Kind.STRUCT, python=cls), values)


def _without_nulls(kind: ValueType, value: Any) -> Any:
    if isinstance(value, list) and kind.member is not None:
        return [_without_nulls(kind.member, entry) for entry in value]
    if not isinstance(value, dict) or kind.kind is not Kind.STRUCT:
        return value
    known = _fields(kind.python)
    return {
        name: _without_nulls(known[name].value_type, member) if name in known else member
        for name, member in value.items()
        if member is not None or name not in known or not _null_is_default(known[name])
    }


def changes_of(cls: type[Struct], values: Mapping[str, Any]) -> Changes:
    """The patch that sets these values. Null sets a field that cannot be null to its default."""
    known = _fields(cls)
    return Changes(
        (name, _changed(known[name], value) if name in known else value)
        for name, value in values.items()
    )


def _changed(field: Field, value: Any) -> Any:
    kind = field.value_type
    if value is None and _null_is_default(field):
        return to_builtins(field.default)
    if isinstance(value, dict) and kind.kind is Kind.STRUCT and issubclass(kind.python, Mergeable):
        return changes_of(kind.python, value)
    return _without_nulls(kind, value)


def _null_is_default(field: Field) -> bool:
    return not field.value_type.is_nullable and not field.is_required


def internal_paths(cls: type[Struct], values: Any) -> Iterator[tuple[str, ...]]:
    """The paths of the values that only stored documents and exports have, in the API's names but
    for the last, which has none there."""
    if isinstance(values, dict):
        known = field_map(cls)
        yield from ((each.name,) for each in known.stored if each.internal and each.name in values)
        for field in known.objects:
            if field.value_type.kind is Kind.STRUCT:
                found = internal_paths(field.value_type.python, values.get(field.name))
                yield from ((field.api_name, *path) for path in found)


def stored_path(cls: type[Struct], error: UserError) -> list[str | int]:
    """The path of an error in the names of the wire form: those of fields are the class's, keys of
    maps and unknown names are as they were sent, and indexes of lists are numbers."""
    found: list[str | int] = []
    kind: ValueType | None = ValueType(kind=Kind.STRUCT, python=cls)
    for place, part in enumerate(error.path, start=1):
        if kind is not None and kind.member is not None and part.isdecimal():
            found.append(int(part))
            kind = kind.member
            continue
        is_unknown = error.code is UserErrorCode.UNKNOWN and place == len(error.path)
        known = _fields(kind.python) if kind and kind.kind is Kind.STRUCT else {}
        names = () if is_unknown else known.values()
        field = next((each for each in names if part == each.api_name), None)
        found.append(part if field is None else field.name)
        kind = None if field is None else field.value_type
    return found


def stored_message(cls: type[Struct], error: UserError) -> str:
    """The message of an error, with the names of the wire form. The last part of the path, with
    which it begins, stays if it is no field: the caller chose it."""
    path = stored_path(cls, error)
    kept = error.path[-1] if path and path[-1] == error.path[-1] else ""
    start = len(kept) if error.message.startswith(kept) else 0
    rest = _spelled_differently(cls).sub(lambda name: _snake(cls)[name[0]], error.message[start:])
    return error.message[:start] + rest


@cache
def _snake(cls: type[Struct]) -> dict[str, str]:
    """The names of the fields of a class and of its objects that are spelled differently in the
    wire form, by their names in the API."""
    known = field_map(cls)
    names = {field.api_name: field.name for field in known.fields if field.api_name != field.name}
    for field in known.objects:
        names |= _snake((field.value_type.member or field.value_type).python)
    return names


@cache
def _spelled_differently(cls: type[Struct]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(_snake(cls)))})\b")


@cache
def _fields(cls: type[Struct]) -> dict[str, Field]:
    return {field.name: field for field in field_map(cls).fields}
