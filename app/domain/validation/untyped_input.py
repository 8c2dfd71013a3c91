"""Objects from values of any type, as files, REST and patches have them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct

from app.domain.errors import MAX_VIOLATIONS, Invalid, UserError, UserErrorCode
from app.domain.fields import Kind, ValueType, field_map
from app.domain.patterns import input_budget
from app.domain.validation.incomplete_input import certain_violations
from app.domain.validation.integers import with_integers
from app.domain.validation.json_schema import json_schema, schema_violations, user_error
from app.domain.validation.rules import one_a_path, rule_violations, violations

T = TypeVar("T", bound=Struct)


def checked(cls: type[T], values: Any, *, closed: bool = False) -> T:
    """An object of `cls` with the values, which have stored names. Raises Invalid with every
    violation; `closed` rejects fields that the class does not have."""
    try:
        return _checked(cls, values, closed=closed)
    except RecursionError:
        raise Invalid([user_error(UserErrorCode.INVALID, (), "is nested too deeply")]) from None


def _checked(cls: type[T], values: Any, *, closed: bool) -> T:
    errors = [*islice(schema_violations(cls, values, closed=closed), MAX_VIOLATIONS)]
    try:
        value = msgspec.convert(values, cls)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        if (integers := with_integers(json_schema(cls), values)) is not values:
            return _checked(cls, integers, closed=closed)
        errors += _violations_of_known(cls, values)
        fallback = user_error(UserErrorCode.INVALID, (), f"is not valid: {error}")
        raise Invalid(one_a_path(islice(errors, MAX_VIOLATIONS)) or [fallback]) from None
    # Valid values are not checked against the schema again, because defaults obey it.
    with input_budget():
        is_invalid = bool(errors) or any(rule_violations(value))
    if is_invalid:
        raise Invalid(one_a_path([*errors, *violations(value)]))
    return value


def _violations_of_known(cls: type[Struct], values: Any) -> list[UserError]:
    """The violations of rules by the values that are of their types."""
    return certain_violations(cls, _known(cls, values)) if isinstance(values, dict) else []


def _known(cls: type[Struct], values: dict[str, Any]) -> dict[str, Any]:
    """The values of an object with UNSET for those that are not of their type, or missing."""
    return dict(_entries(cls, values))


def _entries(cls: type[Struct], values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in field_map(cls).fields:
        if field.name in values:
            yield field.name, _known_in(field.value_type, values[field.name])
        elif field.is_required:
            yield field.name, UNSET


def _known_in(value_type: ValueType, value: Any) -> Any:
    match value_type.kind, value:
        case Kind.ANY, _:
            return value
        case _, None:
            return None
        case Kind.STRUCT, dict():
            return _known(value_type.python, value)
        case Kind.LIST, list() if value_type.member is not None:
            member = value_type.member
            return [_known_in(member, each) for each in value]
        case Kind.MAP, dict():
            return {key: each if isinstance(each, str) else UNSET for key, each in value.items()}
        case ((Kind.SCALAR | Kind.ENUM), _):
            try:
                return msgspec.convert(value, value_type.python)
            except (msgspec.ValidationError, UnicodeEncodeError):
                return UNSET
    return UNSET
