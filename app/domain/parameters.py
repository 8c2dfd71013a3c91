"""Parameters of a template: their declarations, and the validation of values against them.

Rules for declarations (unique names, valid defaults) are in `validation/rules`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import chain, islice
from operator import attrgetter, is_
from typing import Annotated, Any, Self

from msgspec import Struct
from msgspec.structs import replace

from app.domain.errors import MAX_VIOLATIONS, UserError, UserErrorCode
from app.domain.formats import Title
from app.domain.markers import OMITTED_BY_DEFAULT, described, limited, matching
from app.domain.naming import camel
from app.domain.patterns import MAX_PATTERN, input_budget
from app.domain.unknown_value import is_unknown
from app.domain.validation.json_schema import explained, user_error
from app.domain.validation.parameter_values import value_errors

JsonSchema = dict[str, Any]
MAX_MEMBERS = 1_000
"""Values in the `enum` of a parameter."""

Count = Annotated[int, limited(minimum=0)]


class ParameterType(Enum):
    """Scalar type of a parameter."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"


class ParameterSchemaField(Struct, frozen=True, kw_only=True):
    """One parameter. The first four fields are SGP's; the next are JSON Schema keywords that
    restrict the value, the last are for people and forms."""

    name: Annotated[
        str,
        matching("[A-Za-z_][A-Za-z0-9_]*", "letters, digits and _, not beginning with a digit"),
        described("Name of the parameter, unique in the schema.", maxLength=128),
    ]
    type: Annotated[ParameterType, described("Type of the value.")]
    description: Annotated[str, described("Human-readable description.", maxLength=4_000)]
    required: Annotated[bool, described("Whether a value is required.")]
    default: Annotated[Any | None, described("Value if none is given.")] = None
    enum: Annotated[
        list[Any] | None,
        described("The allowed values.", minItems=1, maxItems=MAX_MEMBERS),
    ] = None
    minimum: Annotated[float | None, described("Lowest value, for INT and FLOAT.")] = None
    maximum: Annotated[float | None, described("Highest value, for INT and FLOAT.")] = None
    min_length: Annotated[Count | None, described("Minimum number of characters, for STR.")] = None
    max_length: Annotated[Count | None, described("Maximum number of characters, for STR.")] = None
    pattern: Annotated[
        Annotated[str, limited(maxLength=MAX_PATTERN)] | None,
        described(
            "Regular expression, for STR, which RE2 and ECMA-262 (u) read alike. It may match "
            "anywhere: anchor it with ^ and $."
        ),
    ] = None
    secret: Annotated[
        bool,
        described(
            "Whether the value is a secret: writeOnly in the JSON Schema, and a password field in "
            "forms, which keep it out of addresses and code."
        ),
        OMITTED_BY_DEFAULT,
    ] = False
    title: Annotated[
        Title | None,
        described("Name for people, which forms show as the label."),
        OMITTED_BY_DEFAULT,
    ] = None
    advanced: Annotated[
        bool,
        described("Whether few people change the value, so that forms fold the parameter away."),
        OMITTED_BY_DEFAULT,
    ] = False

    def keywords(self) -> dict[str, Any]:
        """The keywords that are set, by field name."""
        return {name: value for name in KEYWORDS if (value := getattr(self, name)) is not None}

    def has_keywords(self) -> bool:
        """Whether a keyword is set."""
        return _keywords_of(self) != _NO_KEYWORDS

    def value_schema(self) -> JsonSchema:
        """JSON Schema 2020-12 of one value, without `type` when this release does not know it."""
        keywords = {camel(name): value for name, value in self.keywords().items()}
        type_ = {} if is_unknown(self.type) else {"type": _JSON_TYPES[self.type]}
        write_only = {"writeOnly": True} if self.secret else {}
        return {**type_, "description": self.description, **keywords, **write_only}

    def is_surely_valid(self) -> bool:
        """Whether a fast check proves that default and enum obey the other keywords. False proves
        nothing: validation by JSON Schema, which is a hundred times slower, has to decide."""
        if self.default is None and self.enum is None:
            return True
        if self.enum is None:
            return self._surely_allows(self.default)
        is_listed = self.default is None or any(
            type(member) is type(self.default) and member == self.default for member in self.enum
        )
        few = len(self.enum) <= MAX_MEMBERS
        return is_listed and few and all(map(self._surely_allows, self.enum))

    def _surely_allows(self, value: Any) -> bool:
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
        """A valid value in its Python type: JSON does not distinguish 1.0 and 1e0 from 1. What an
        earlier release stored of more than 64 bits stays as it is."""
        is_written_as_float = self.type is ParameterType.INT and isinstance(value, float)
        return int(value) if is_written_as_float and -(2**63) <= value < 2**63 else value

    def is_odd(self) -> bool:
        """Whether the default is an integer in a form that newer templates do not have."""
        return self.type is ParameterType.INT and isinstance(self.default, float)

    def completed(self) -> Self:
        """The same valid declaration, with default and enum in their Python types."""
        values = (self.default, *(self.enum or ()))
        if self.type is not ParameterType.INT or not any(isinstance(v, float) for v in values):
            return self
        enum = None if self.enum is None else [self.normal(member) for member in self.enum]
        return replace(self, default=self.normal(self.default), enum=enum)


class ParameterValidation(Struct, frozen=True, kw_only=True):
    """The result of checking values against a schema."""

    valid: bool
    bindings: Annotated[
        Any | None, described("The values, with defaults filled in; null unless valid.")
    ] = None
    errors: tuple[UserError, ...] = ()


class ParameterSchema(Struct, frozen=True, kw_only=True):
    """The parameters that a template declares."""

    parameters: Annotated[list[ParameterSchemaField], limited(maxItems=200)]

    @property
    def json_schema(self) -> Any:
        """JSON Schema 2020-12 of an object with these parameters only, for form generators."""
        return {
            "type": "object",
            "properties": {field.name: field.value_schema() for field in self.parameters},
            "required": [field.name for field in self.parameters if field.required],
            "additionalProperties": False,
        }

    def completed(self) -> Self:
        """The same valid schema, with defaults and enums in their Python types."""
        completed = [field.completed() for field in self.parameters]
        is_same = all(map(is_, completed, self.parameters))
        return self if is_same else replace(self, parameters=completed)

    def has_patterns(self) -> bool:
        """Whether checking values, or the schema, may take milliseconds: see `off_loop`."""
        return any(field.pattern is not None for field in self.parameters)

    def validate(self, bindings: Any) -> ParameterValidation:
        """Checks values against the schema and reports every violation, unknown names included.
        Null counts as absent; a FLOAT accepts integers, and an INT accepts 1.0 as 1. Raises
        TooComplex."""
        if not isinstance(bindings, Mapping):
            error = user_error(
                UserErrorCode.INVALID, (), "must be an object that maps parameter names to values"
            )
            return ParameterValidation(valid=False, errors=(error,))
        # Earlier releases stored defaults of more than 64 bits.
        present = {each.name: each.default for each in self.parameters if each.is_odd()}
        present |= {name: value for name, value in bindings.items() if value is not None}
        violations = chain(_name_violations(self, bindings), _value_violations(self, present))
        with input_budget():
            errors = (*islice(violations, MAX_VIOLATIONS),)
        if errors:
            return ParameterValidation(valid=False, errors=errors)
        bound = {
            field.name: field.normal(value)
            for field in self.parameters
            if (value := present.get(field.name, field.default)) is not None
        }
        return ParameterValidation(valid=True, bindings=bound)


def _name_violations(schema: ParameterSchema, bindings: Mapping[str, Any]) -> Iterator[UserError]:
    """Undeclared names, and required parameters without a value."""
    names = {field.name for field in schema.parameters}
    for name in bindings:
        if name not in names:
            yield user_error(UserErrorCode.UNKNOWN, (name,), "is not a parameter of the template")
    for field in schema.parameters:
        if field.required and bindings.get(field.name) is None:
            yield user_error(UserErrorCode.REQUIRED, (field.name,), "is required")


def _value_violations(schema: ParameterSchema, present: Mapping[str, Any]) -> Iterator[UserError]:
    """The first violation of its parameter's keywords by each value."""
    fields = [field for field in schema.parameters if field.name in present]
    properties = {field.name: field.value_schema() for field in fields}
    reported = set()
    for error in value_errors(present, {"properties": properties}):
        name = str(error.absolute_path[0])
        if name not in reported:
            reported.add(name)
            yield user_error(*explained(error, (name,)))


_JSON_TYPES = {
    ParameterType.STR: "string",
    ParameterType.INT: "integer",
    ParameterType.FLOAT: "number",
    ParameterType.BOOL: "boolean",
}
NUMBERS = frozenset({ParameterType.INT, ParameterType.FLOAT})
_TEXT = frozenset({ParameterType.STR})

KEYWORDS = {
    "default": frozenset(ParameterType),
    "enum": frozenset(ParameterType),
    "minimum": NUMBERS,
    "maximum": NUMBERS,
    "min_length": _TEXT,
    "max_length": _TEXT,
    "pattern": _TEXT,
}
"""The fields that are JSON Schema keywords, with the parameter types that they apply to."""

_keywords_of = attrgetter(*KEYWORDS)
_NO_KEYWORDS = (None,) * len(KEYWORDS)
