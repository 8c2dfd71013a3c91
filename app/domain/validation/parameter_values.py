"""Validation of parameters' values: JSON Schema without NaN and infinity, with RE2's patterns."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from app.domain.patterns import MAX_INPUT_WORK, MAX_TEXT, affords, compiled

JsonSchema = dict[str, Any]


def _matches(_: Any, pattern: str, instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    try:
        text = instance.encode()
        if len(text) > MAX_TEXT:
            yield _limit("maxBytes", MAX_TEXT)
        elif not affords(pattern, len(text)):
            yield _limit("maxWork", MAX_INPUT_WORK)
        elif not compiled(pattern).search(text):
            yield ValidationError(f"does not match {pattern}")
    except UnicodeEncodeError:
        yield ValidationError("has a lone surrogate")


def _limit(keyword: str, limit: int) -> ValidationError:
    """The violation of a limit that has no keyword in the schema."""
    return ValidationError(f"over {limit}", validator=keyword, validator_value=limit)


def _is_number(_: TypeChecker, instance: Any) -> bool:
    return Draft202012Validator.TYPE_CHECKER.is_type(instance, "number") and (
        isinstance(instance, int) or isfinite(instance)
    )


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)

_VALIDATOR = _Validator({}, registry=Registry())
"""Evolved for each schema, which is fast: validators are not kept, so that none holds memory."""


def value_errors(values: Any, schema: JsonSchema) -> Iterator[ValidationError]:
    """Every violation of the schema, within the budget of `input_budget`. Raises TooComplex."""
    yield from _VALIDATOR.evolve(schema=schema).iter_errors(values)
