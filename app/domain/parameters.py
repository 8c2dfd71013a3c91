"""Parameters that a template leaves open: their fields, and the values that they admit.

The rules of a declaration (names that differ, defaults that fit) are in `rules`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import chain, islice
from math import isfinite
from typing import Annotated, Any

import msgspec
import re2
from cachetools import LRUCache, cached
from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from msgspec import Struct
from referencing import Registry

from app.domain.errors import MAX_VIOLATIONS, UserError, UserErrorCode
from app.domain.markers import described, limited, matching
from app.domain.naming import camel
from app.domain.unknown_value import is_unknown
from app.domain.validation.json_schema import explained, user_error

JsonSchema = dict[str, Any]
MAX_MEMBERS = 1_000
"""Of an enum."""

MAX_PROGRAMS = 300_000
"""Instructions of all patterns of a schema, compiled: a tenth of a second to make. One pattern may
have some 30,000, where letters of every script are repeated; most have less than a thousand."""

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
        matching("[A-Za-z_][A-Za-z0-9_]*", "letters, digits and _, not beginning with a digit"),
        described("Unique in the schema.", maxLength=128),
    ]
    type: Annotated[ParameterType, described("What kind of value it takes.")]
    description: Annotated[str, described("What it does, for people.", maxLength=4_000)]
    required: Annotated[bool, described("Whether a value must be given.")]
    default: Annotated[Any | None, described("The value when none is given.")] = None
    enum: Annotated[
        list[Any] | None,
        described("The only values admitted.", minItems=1, maxItems=MAX_MEMBERS),
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
        return {name: value for name in KEYWORDS if (value := getattr(self, name)) is not None}

    def value_schema(self) -> JsonSchema:
        """JSON Schema 2020-12 of one value, without `type` when this release does not know it."""
        keywords = {camel(name): value for name, value in self.keywords().items()}
        type_ = {} if is_unknown(self.type) else {"type": _JSON_TYPES[self.type]}
        return {**type_, "description": self.description, **keywords}

    def surely_fits(self) -> bool:
        """Whether default and enum plainly obey the other keywords. False says nothing: JSON
        Schema, which takes a hundred times longer, has to decide."""
        if self.default is None and self.enum is None:
            return True
        if self.enum is None:
            return self._surely_admits(self.default)
        is_listed = self.default is None or any(
            type(member) is type(self.default) and member == self.default for member in self.enum
        )
        few = len(self.enum) <= MAX_MEMBERS
        return is_listed and few and all(map(self._surely_admits, self.enum))

    def _surely_admits(self, value: Any) -> bool:
        size: float
        least: float | None
        most: float | None
        match self.type:
            case ParameterType.BOOL:
                return type(value) is bool
            case ParameterType.STR if type(value) is str:
                size, least, most = len(value), self.min_length, self.max_length
            case ParameterType.INT if type(value) is int:
                size, least, most = value, self.minimum, self.maximum
            case ParameterType.FLOAT if type(value) in (int, float):
                size, least, most = value, self.minimum, self.maximum
            case _:
                return False
        is_within = (least is None or size >= least) and (most is None or size <= most)
        return is_within and self.pattern is None and -(2**63) <= size < 2**63

    def normal(self, value: Any) -> Any:
        """An admitted value as its type has it: JSON does not tell 1.0 from 1."""
        return int(value) if self.type is ParameterType.INT else value


class ParameterValidation(Struct, frozen=True, kw_only=True):
    """The result of checking values against a schema."""

    valid: bool
    bindings: Annotated[
        Any | None, described("The values, defaults filled in; null unless valid.")
    ] = None
    errors: tuple[UserError, ...] = ()


class ParameterSchema(Struct, frozen=True, kw_only=True):
    """The parameters that may be set."""

    parameters: Annotated[list[ParameterSchemaField], limited(maxItems=200)]

    @property
    def json_schema(self) -> Any:
        """The same as JSON Schema 2020-12: an object that admits no other keys. Feed it to a form
        generator."""
        return {
            "type": "object",
            "properties": {field.name: field.value_schema() for field in self.parameters},
            "required": [field.name for field in self.parameters if field.required],
            "additionalProperties": False,
        }

    def validate(self, bindings: Any) -> ParameterValidation:
        """Checks values against the schema: every violation at once, unknown names included. Null
        stands for an absent optional value; an integer is a FLOAT, and 1.0 is the INT 1."""
        if not isinstance(bindings, Mapping):
            error = user_error(
                UserErrorCode.INVALID, (), "must be an object that maps parameter names to values"
            )
            return ParameterValidation(valid=False, errors=(error,))
        present = {name: value for name, value in bindings.items() if value is not None}
        found = chain(_misnamed(self, bindings), _refused(self, present))
        if errors := (*islice(found, MAX_VIOLATIONS),):
            return ParameterValidation(valid=False, errors=errors)
        bound = {
            field.name: field.normal(value)
            for field in self.parameters
            if (value := present.get(field.name, field.default)) is not None
        }
        return ParameterValidation(valid=True, bindings=bound)


def _misnamed(schema: ParameterSchema, bindings: Mapping[str, Any]) -> Iterator[UserError]:
    """Names that are not declared, and required ones without a value."""
    names = {field.name for field in schema.parameters}
    for name in bindings:
        if name not in names:
            yield user_error(UserErrorCode.UNKNOWN, (name,), "is not a parameter of the template")
    for field in schema.parameters:
        if field.required and bindings.get(field.name) is None:
            yield user_error(UserErrorCode.REQUIRED, (field.name,), "is required")


def _refused(schema: ParameterSchema, present: Mapping[str, Any]) -> Iterator[UserError]:
    """Values that their parameters do not allow; the first reason for each."""
    refused = set()
    for error in _validator(schema).iter_errors(present):
        # `required` and `additionalProperties` have no value; `_misnamed` reports them by name.
        if (path := (*map(str, error.absolute_path),)) and path[0] not in refused:
            refused.add(path[0])
            yield user_error(*explained(error, path[:1]))


@cached(LRUCache(256), key=msgspec.json.encode)
def _validator(schema: ParameterSchema) -> Draft202012Validator:
    """The compiled validator of a schema; equal ones share it."""
    return ParameterValidator(schema.json_schema, registry=Registry())


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


def compiled(pattern: str) -> Any:
    """The RE2 program of a pattern: linear time, whatever the text. Raises re2.error, or
    UnicodeEncodeError for a lone surrogate."""
    program = _compiled(pattern)
    if isinstance(program, Exception):
        raise program.with_traceback(None)
    return program


def program_size(pattern: str) -> int:
    """Instructions of a pattern, as many as the largest has for one that RE2 refuses."""
    return _size(_compiled(pattern))


def _size(program: Any) -> int:
    return MAX_PROGRAMS // 10 if isinstance(program, Exception) else max(program.programsize, 100)


@cached(LRUCache(10 * MAX_PROGRAMS, getsizeof=_size))
def _compiled(pattern: str) -> Any:
    """A program, or why there is none: that takes as long to find out."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20  # Bounds the time to compile, too: milliseconds, not seconds.
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        return error


def _matches(_: Any, pattern: str, instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    try:
        if isinstance(instance, str) and not compiled(pattern).search(instance):
            yield ValidationError(f"does not match {pattern}")
    except UnicodeEncodeError:
        yield ValidationError("has a lone surrogate")


def _is_number(_: TypeChecker, instance: Any) -> bool:
    return Draft202012Validator.TYPE_CHECKER.is_type(instance, "number") and (
        isinstance(instance, int) or isfinite(instance)
    )


ParameterValidator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)
"""JSON Schema without NaN and infinity, and with RE2 behind `pattern`."""

_VALUES = ParameterValidator({}, registry=Registry())
"""Evolved for each schema: that costs half of making one."""


def value_errors(
    values: list[Any], schema: JsonSchema
) -> Iterator[tuple[tuple[str, ...], ValidationError]]:
    """Every reason why the schema does not admit some of the values, with their positions."""
    for error in _VALUES.evolve(schema={"items": schema}).iter_errors(values):
        yield (str(error.absolute_path[0]),), error
