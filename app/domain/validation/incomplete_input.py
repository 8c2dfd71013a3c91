"""The violations of an input some of whose values are unknown, because they are not of their type.

A rule between fields may depend on an unknown value. The input is therefore completed with
different examples in turn: a violation is certain if it is there with each of them.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import partial
from itertools import chain, islice
from typing import Any

from msgspec import UNSET, Struct, to_builtins

from app.domain.errors import MAX_VIOLATIONS, UserError, UserErrorCode
from app.domain.fields import Kind, ValueType, field_map
from app.domain.patterns import input_budget
from app.domain.validation.json_schema import schema_violations, user_error
from app.domain.validation.rules import one_a_path, rule_violations

Path = tuple[str, ...]

EXAMPLES = 4
"""Examples of each unknown value: as many as the largest enum that a rule tells apart."""

_EXAMPLES: Mapping[Any, tuple[Any, ...]] = {
    bool: (False, True),
    int: (1, 0, 2**31 - 1),
    float: (0.0, -1e300, 1e300),
}


def certain_violations(cls: type[Struct], values: Mapping[str, Any]) -> list[UserError]:
    """The violations that an input of `cls` has whatever its unknown values are: those that are
    UNSET, at any depth of the dicts, lists and maps. Absent fields have their defaults. Null for a
    field that is not nullable is a violation. At most MAX_VIOLATIONS are looked at."""
    nulls = [*_nulls(cls, values, ())]
    unknown = {*nulls, *_unknown(cls, values, ())}
    is_known = partial(_is_known, unknown)
    first = _completed(cls, values, 0)
    by_rules = [*filter(is_known, _by_rules(first))]
    for number in range(1, EXAMPLES):
        if by_rules:
            others = _by_rules(_completed(cls, values, number))
            by_rules = [error for error in by_rules if error in others]
    # Those of the schema depend on one value each.
    by_schema = filter(is_known, schema_violations(cls, to_builtins(first)))
    required = (user_error(UserErrorCode.REQUIRED, path, "is required") for path in nulls)
    return one_a_path(islice(chain(required, by_schema, by_rules), MAX_VIOLATIONS))


def _by_rules(value: Struct) -> list[UserError]:
    with input_budget():
        return [*islice(rule_violations(value), MAX_VIOLATIONS)]


def _is_known(unknown: set[Path], error: UserError) -> bool:
    return not any(error.path[:length] in unknown for length in range(len(error.path) + 1))


def _unknown(cls: type[Struct], values: Mapping[str, Any], path: Path) -> Iterator[Path]:
    """The paths of unknown values."""
    for name, value, value_type in _entries(cls, values):
        yield from _unknown_in(value_type, value, (*path, name))


def _unknown_in(value_type: ValueType, value: Any, path: Path) -> Iterator[Path]:
    if value is UNSET:
        yield path
    elif value_type.kind is Kind.STRUCT and value is not None:
        yield from _unknown(value_type.python, value, path)
    elif value_type.kind is Kind.LIST and value_type.member is not None:
        for position, member in enumerate(value or ()):
            yield from _unknown_in(value_type.member, member, (*path, str(position)))
    elif value_type.kind is Kind.MAP:
        yield from ((*path, key) for key, entry in (value or {}).items() if entry is UNSET)


def _nulls(cls: type[Struct], values: Mapping[str, Any], path: Path) -> Iterator[Path]:
    """The paths of fields that must not be null, and are."""
    for name, value, value_type in _entries(cls, values):
        if value is None and not value_type.is_nullable:
            yield (*path, name)
        elif value_type.kind is Kind.STRUCT and isinstance(value, dict):
            yield from _nulls(value_type.python, value, (*path, name))


def _entries(cls: type[Struct], values: Mapping[str, Any]) -> Iterator[tuple[str, Any, ValueType]]:
    """The fields that are present: name in the API, value and type."""
    for field in field_map(cls).fields:
        if field.name in values:
            yield field.api_name, values[field.name], field.value_type


def _completed(cls: type[Struct], values: Mapping[str, Any], number: int) -> Struct:
    """The input with one example for each unknown value."""
    known = field_map(cls).fields
    return cls(
        **{
            field.name: _complete(field.value_type, values[field.name], number)
            for field in known
            if field.name in values
        }
    )


def _complete(value_type: ValueType, value: Any, number: int) -> Any:
    if value is UNSET or (value is None and not value_type.is_nullable):
        return _example(value_type, number)
    if value is not None and value_type.kind is Kind.STRUCT:
        return _completed(value_type.python, value, number)
    if value is not None and value_type.kind is Kind.LIST and value_type.member is not None:
        return [_complete(value_type.member, member, number) for member in value]
    if value is not None and value_type.kind is Kind.MAP:
        return {
            key: f"example-{number}" if entry is UNSET else entry for key, entry in value.items()
        }
    return value


def _example(value_type: ValueType, number: int) -> Any:
    if value_type.is_nullable and number == 0:
        return None
    match value_type.kind:
        case Kind.STRUCT:
            known = field_map(value_type.python).fields
            return value_type.python(
                **{field.name: _example(field.value_type, number) for field in known}
            )
        case Kind.LIST:
            return []
        case Kind.MAP:
            return {}
        case Kind.ENUM:
            members: list[Enum] = [*value_type.python]
            return members[number % len(members)]
    examples = _EXAMPLES.get(value_type.python)
    return f"example-{number}" if examples is None else examples[number % len(examples)]
