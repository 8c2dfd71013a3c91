"""Parameters that a template leaves open: their fields, and the values that each admits.

The rules of a declaration (names that differ, defaults that fit) are in `rules`.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any

import re2
from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from msgspec import Struct
from msgspec.structs import asdict
from referencing import Registry

from app.domain.text import camel, described, form, is_storable, limited

JsonSchema = dict[str, Any]
Count = Annotated[int, limited(minimum=0)]


class ParameterType(Enum):
    """Scalar type of a parameter."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"


class ParameterSchemaField(Struct, frozen=True, kw_only=True):
    """One parameter. The first four fields are SGP's; the others are JSON Schema keywords that
    narrow the value."""

    name: Annotated[
        str,
        form("[A-Za-z_][A-Za-z0-9_]*", "letters, digits and _, not beginning with a digit"),
        described("Unique in the schema.", maxLength=128),
    ]
    type: Annotated[ParameterType, described("What kind of value it takes.")]
    description: Annotated[str, described("What it does, for people.", maxLength=4_000)]
    required: Annotated[bool, described("Whether a value must be given.")]
    default: Annotated[Any | None, described("The value when none is given.")] = None
    enum: Annotated[
        list[Any] | None,
        described("The only values admitted.", minItems=1),
    ] = None
    minimum: Annotated[float | None, described("For INT and FLOAT.")] = None
    maximum: Annotated[float | None, described("For INT and FLOAT.")] = None
    min_length: Annotated[Count | None, described("Characters, for STR.")] = None
    max_length: Annotated[Count | None, described("Characters, for STR.")] = None
    pattern: Annotated[
        Annotated[str, limited(maxLength=512)] | None,
        described("RE2 syntax, for STR. It may match anywhere: anchor it with ^ and $."),
    ] = None

    def keywords(self) -> dict[str, Any]:
        """The keywords that are set, by field name."""
        values = asdict(self)
        return {name: values[name] for name in KEYWORDS if values[name] is not None}

    def json_schema(self) -> JsonSchema:
        """JSON Schema 2020-12 of one value."""
        keywords = {camel(name): value for name, value in self.keywords().items()}
        return {"type": _JSON_TYPES[self.type], "description": self.description, **keywords}


class ParameterSchema(Struct, frozen=True, kw_only=True):
    """The parameters that may be set."""

    parameters: Annotated[list[ParameterSchemaField], limited(maxItems=200)]


_JSON_TYPES = {
    ParameterType.STR: "string",
    ParameterType.INT: "integer",
    ParameterType.FLOAT: "number",
    ParameterType.BOOL: "boolean",
}
_NUMBERS = frozenset({ParameterType.INT, ParameterType.FLOAT})
_TEXT = frozenset({ParameterType.STR})

KEYWORDS = {
    "default": frozenset(ParameterType),
    "enum": frozenset(ParameterType),
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "min_length": _TEXT,
    "max_length": _TEXT,
    "pattern": _TEXT,
}
"""The fields that are JSON Schema keywords, with the types that they narrow."""


@lru_cache(maxsize=1_024)
def compiled(pattern: str) -> Any:
    """The RE2 program of a pattern: linear time, whatever the text. Raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _matches(_: Any, pattern: str, instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not (
        is_storable(instance) and compiled(pattern).search(instance)
    ):
        yield ValidationError(f"does not match {pattern!r}")


def _is_integer(_: TypeChecker, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


def _is_number(checker: TypeChecker, instance: Any) -> bool:
    return _is_integer(checker, instance) or (isinstance(instance, float) and isfinite(instance))


ParameterValidator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)
"""JSON Schema with strict types, and with RE2 behind `pattern`."""


def value_errors(value: Any, schema: JsonSchema) -> list[ValidationError]:
    """Every reason why a parameter does not admit the value."""
    return list(ParameterValidator(schema, registry=Registry()).iter_errors(value))
