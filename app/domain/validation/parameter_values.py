"""Validation of parameters' values: JSON Schema without NaN and infinity, with RE2's patterns and
integers of 64 bits."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from app.domain.patterns import MAX_INPUT_WORK, MAX_TEXT, affords, compiled, in_re2

JsonSchema = dict[str, Any]
INT64 = "int64"
"""The keyword in errors about integers that do not fit in 64 bits."""


def _matches(_: Any, pattern: str, instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    try:
        text, program = instance.encode(), in_re2(pattern, instance)
        if len(text) > MAX_TEXT:
            yield _limit("maxBytes", MAX_TEXT)
        elif not affords(program, len(text)):
            yield _limit("maxWork", MAX_INPUT_WORK)
        elif not compiled(program).search(text):
            yield ValidationError(f"does not match {pattern}")
    except UnicodeEncodeError:
        yield ValidationError("has a lone surrogate")


def _limit(keyword: str, limit: int) -> ValidationError:
    """The violation of a limit that has no keyword in the schema."""
    return ValidationError(f"over {limit}", validator=keyword, validator_value=limit)


def _type(
    validator: Any, type_: str, instance: Any, schema: JsonSchema
) -> Iterator[ValidationError]:
    """Like the original, but tells integers that are too large from other values."""
    if type_ == "integer" and _is_beyond_64_bits(instance):
        yield ValidationError(f"over 64 bits: {instance}", validator=INT64, validator_value=64)
    else:
        yield from Draft202012Validator.VALIDATORS["type"](validator, type_, instance, schema) or ()


def _is_beyond_64_bits(value: Any) -> bool:
    """Whether the value is an integer, however it is written, that does not fit in 64 bits."""
    is_integer = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return is_integer and not -(2**63) <= value < 2**63


def _is_number(_: TypeChecker, instance: Any) -> bool:
    return Draft202012Validator.TYPE_CHECKER.is_type(instance, "number") and (
        isinstance(instance, int) or isfinite(instance)
    )


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _matches, "type": _type},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)

_VALIDATOR = _Validator({}, registry=Registry())
"""Evolved for each schema, which is fast: validators are not kept, so that none holds memory."""


def value_errors(values: Any, schema: JsonSchema) -> Iterator[ValidationError]:
    """Every violation of the schema, within the budget of `input_budget`. Raises TooComplex."""
    yield from _VALIDATOR.evolve(schema=schema).iter_errors(values)
