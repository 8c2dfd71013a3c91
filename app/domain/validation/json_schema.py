"""The JSON Schema of a domain class, and the violations of it in an input.

The schema is derived from the annotations of the class; no field is known by name here.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from math import inf, isfinite
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from app.domain.errors import UserError, UserErrorCode
from app.domain.json_text import to_json
from app.domain.naming import camel
from app.domain.storable import is_storable
from app.domain.validation.fast_path import accepts, accepts_object, fast_type

JsonSchema = dict[str, Any]
NOT_64_BITS = "must fit in a signed 64-bit integer"
UNKNOWN_FIELD = "is not a field of this object"
UNSTORABLE_TEXT = "must not contain NUL or a lone surrogate"


@cache
def json_schema(cls: type, *, closed: bool = False) -> JsonSchema:
    """JSON Schema 2020-12 of a class in its stored names, with every reference inlined.

    `closed` rejects fields that the class does not have.
    """
    (schema,), definitions = msgspec.json.schema_components([cls], ref_template="{name}")

    def inlined(node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(member) for member in node]
        if not isinstance(node, dict):
            return node
        target = definitions[node["$ref"]] if "$ref" in node else {}
        rest = {key: value for key, value in node.items() if key != "$ref"}
        if closed and "properties" in target:
            rest["additionalProperties"] = False
        return {key: inlined(value) for key, value in {**target, **rest}.items()}

    return inlined(schema)  # type: ignore[no-any-return]


def schema_violations(cls: type, values: Any, *, closed: bool = False) -> Iterator[UserError]:
    """The violations of the schema of `cls` in `values`, which have stored names, and the values
    that MongoDB cannot store."""
    if not accepts(_fast_type(cls, closed), values):
        yield from _violations(cls, values, closed)
        yield from _unstorable(cls, values)


def is_surely_valid(value: msgspec.Struct) -> bool:
    """Whether a fast check proves that an object has no such violations. False proves nothing."""
    return accepts_object(_fast_type(type(value), False), value)


@cache
def _fast_type(cls: type, closed: bool) -> Any:
    return fast_type(json_schema(cls, closed=closed))


def _violations(cls: type, values: Any, closed: bool) -> Iterator[UserError]:
    schema = json_schema(cls, closed=closed)
    for error in _validator(cls, closed).iter_errors(values):
        for cause in _causes(error):
            path: list[Any] = [*cause.absolute_path]
            if "propertyNames" in cause.absolute_schema_path:
                path.append(cause.instance)
            yield user_error(*explained(cause, schema_path(schema, path)))


def _unstorable(cls: type, values: Any) -> Iterator[UserError]:
    """The strings and numbers that MongoDB cannot store unchanged."""
    pending: list[tuple[list[str | int], Any]] = [([], values)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [([*path, key], member) for key, member in value.items()]
        elif isinstance(value, list):
            pending += [([*path, position], member) for position, member in enumerate(value)]
        elif reason := _why_unstorable(value):
            yield user_error(UserErrorCode.INVALID, schema_path(json_schema(cls), path), reason)


def _why_unstorable(value: Any) -> str | None:
    if isinstance(value, str) and not is_storable(value):
        return UNSTORABLE_TEXT
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return NOT_64_BITS
    if isinstance(value, float) and not isfinite(value):
        return "must be a finite number"
    return None


def schema_path(schema: JsonSchema, path: list[str | int]) -> tuple[str, ...]:
    """A path in the API's names: fields in camel case, keys of maps as they are."""
    names = []
    part: Any
    for part in path:
        schema = _non_null(schema)
        fields = schema.get("properties", {})
        if isinstance(part, int):
            schema = schema.get("items") or {}
        else:
            schema = fields[part] if part in fields else schema.get("additionalProperties") or {}
        names.append(camel(part) if part in fields else str(part))
    return tuple(names)


def _non_null(schema: JsonSchema) -> JsonSchema:
    """The schema of the non-null values of an optional value."""
    branches: list[JsonSchema] = schema.get("anyOf", [schema])
    return branches[0]


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself or, for `anyOf` of an optional value, the errors of the first branch."""
    if error.validator != "anyOf":
        yield error
    else:
        for child in error.context:
            if child.relative_schema_path[0] == 0:
                yield from _causes(child)


def _max_bytes(_: Any, limit: int, instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    if isinstance(instance, str) and len(instance.encode(errors="surrogatepass")) > limit:
        yield ValidationError(f"longer than {limit} bytes")


def _unless_over(limit: str, keyword: str) -> Callable[..., Iterator[ValidationError]]:
    """The original keyword, except for the members of a list or map that exceeds `limit`."""
    original = Draft202012Validator.VALIDATORS[keyword]

    def check(
        validator: Any, value: Any, instance: Any, schema: JsonSchema
    ) -> Iterator[ValidationError]:
        if not (isinstance(instance, list | dict) and len(instance) > schema.get(limit, inf)):
            yield from original(validator, value, instance, schema) or ()

    return check


def _required(_: Any, names: list[str], instance: Any, __: JsonSchema) -> Iterator[ValidationError]:
    """Like the original, but with the path of the missing field."""
    for name in names:
        if isinstance(instance, dict) and name not in instance:
            yield ValidationError("is required", path=[name])


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: JsonSchema
) -> Iterator[ValidationError]:
    """Like the original, but with one error for each unknown field, at its path."""
    if allowed is not False:
        check = _unless_over("maxProperties", "additionalProperties")
        yield from check(validator, allowed, instance, schema)
    elif isinstance(instance, dict):
        for name in instance:
            if name not in schema["properties"]:
                yield ValidationError("is unknown", path=[name])


_Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "maxBytes": _max_bytes,
        "required": _required,
        "additionalProperties": _additional_properties,
        "items": _unless_over("maxItems", "items"),
        "propertyNames": _unless_over("maxProperties", "propertyNames"),
    },
)


@cache
def _validator(cls: type, closed: bool) -> Draft202012Validator:
    return _Validator(json_schema(cls, closed=closed), registry=Registry())


_RANGES = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minItems": "must have at least {} {entries}",
    "maxItems": "must have at most {} {entries}",
    "maxProperties": "must have at most {} {entries}",
    "minLength": "must have at least {} {characters}",
    "maxLength": "must have at most {} {characters}",
    "maxBytes": "must be at most {} bytes in UTF-8",
    "maxWork": "takes too long to match with its pattern: the sum over all values of their bytes, "
    "times the RE2 instructions of their patterns, must be at most {}",
}
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def explained(error: Any, path: tuple[str, ...]) -> tuple[UserErrorCode, tuple[str, ...], str]:
    """Code, path and predicate of a violated keyword."""
    keyword, limit = str(error.validator), error.validator_value
    if keyword in _RANGES:
        return UserErrorCode.OUT_OF_RANGE, path, _out_of_range(keyword, limit)
    if keyword == "required" or (keyword in ("type", "enum") and error.instance is None):
        return UserErrorCode.REQUIRED, path, "is required"
    if keyword == "additionalProperties":
        return UserErrorCode.UNKNOWN, path, UNKNOWN_FIELD
    if keyword == "int64":
        return UserErrorCode.INVALID, path, NOT_64_BITS
    if keyword == "type":
        return UserErrorCode.INVALID, path, f"must be {_TYPES[limit]}"
    unsupported = error.schema.get("unsupported", {})
    if isinstance(error.instance, str) and error.instance in unsupported:
        return UserErrorCode.INVALID, path, unsupported[error.instance]
    if keyword == "enum":
        shown = ", ".join(map(_shown, limit)) if len(limit) <= 20 else f"{len(limit):,} values"
        return UserErrorCode.INVALID, path, f"must be one of {shown}"
    if "errorMessage" not in error.schema:
        return UserErrorCode.INVALID, path, f"must match the {keyword} {limit}"
    if keyword == "pattern" and _is_blank(error):
        return UserErrorCode.REQUIRED, path, "must not be blank"
    return UserErrorCode.INVALID, path, error.schema["errorMessage"]


def _out_of_range(keyword: str, limit: float) -> str:
    entries, characters = ("entry", "character") if limit == 1 else ("entries", "characters")
    shown = f"{int(limit) if limit == int(limit) else limit:,}"
    return _RANGES[keyword].format(shown, entries=entries, characters=characters)


def _shown(member: Any) -> str:
    """A member of an enum: texts as they are, others as JSON writes them."""
    return member if isinstance(member, str) else to_json(member).decode()


def _is_blank(error: Any) -> bool:
    """Whether the value of a field that must not be empty is blank."""
    parents = [*error.absolute_schema_path][:-1]
    is_needed = parents[-1] != "propertyNames" and parents[-2] != "anyOf"
    is_empty = not error.instance.strip()
    return is_needed and is_empty and not re.search(error.validator_value, "")


def user_error(code: UserErrorCode, path: tuple[str, ...], predicate: str) -> UserError:
    """An error whose message is the field's name and `predicate`, such as "must be at least 1"."""
    subject = (path[-1] or '""') if path else "The input"
    if subject.isdecimal() and len(path) > 1:
        subject = f"{path[-2]}[{subject}]"
    return UserError(code=code, message=f"{subject} {predicate}.", path=path)
