"""The names of fields and values that a file means, where it spells them in another way."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from app.domain.errors import MAX_VIOLATIONS, Invalid, UserError, UserErrorCode
from app.domain.naming import camel
from app.domain.validation.json_schema import JsonSchema, json_schema, user_error
from app.domain.validation.rules import one_a_path
from app.domain.validation.untyped_input import checked

T = TypeVar("T", bound=Struct)
MAX_NAME = 64
"""Characters. The time that a comparison takes grows with the square of the length."""


def checked_with_names(cls: type[T], values: Any, others: Iterable[str] = ()) -> T:
    """`checked` for the closed `cls`. A key that is spelled in another way, such as in camelCase,
    has one error, which names the field: the field is not missing, and its value is checked, too.
    It may also mean one of the `others`, whose values are not looked at.
    """
    try:
        return checked(cls, values, closed=True)
    except Invalid:
        names, schema = _Names(), json_schema(cls, closed=True)
        fields = {**{key: {} for key in others}, **schema["properties"]}
        renamed = names.renamed({**schema, "properties": fields}, values, ())
        if not (errors := names.errors):
            raise
    ignored = {*others}
    named = {name: value for name, value in renamed.items() if name not in ignored}
    try:
        checked(cls, named, closed=True)
    except Invalid as invalid:
        errors += invalid.errors
    raise Invalid(one_a_path(islice(errors, MAX_VIOLATIONS)))


def field_meant(name: str, fields: Iterable[str]) -> str | None:
    """The field that an unknown name is a spelling of: in another case or with a small mistake."""
    if len(name) > MAX_NAME:
        return None
    names = {_letters(field): field for field in fields}
    if exact := names.get(_letters(name)):
        return exact
    close = get_close_matches(_letters(name), names, n=1, cutoff=0.75)
    return names[close[0]] if close else None


def value_meant(value: str, values: Iterable[str]) -> str | None:
    """The value of an enum that a text is a spelling of."""
    if len(value) > MAX_NAME:
        return None
    names = {_letters(known): known for known in values}
    close = get_close_matches(_letters(value), names, n=1)
    return names[close[0]] if close else None


def schema_at(schema: JsonSchema, path: Iterable[str]) -> JsonSchema:
    """The schema of the value at a path, whose fields may be spelled in any way."""
    for part in path:
        schema = non_null(schema)
        fields = schema.get("properties", {})
        name = part if part in fields else field_meant(part, fields)
        if part.isdecimal() and "items" in schema:
            schema = schema["items"] or {}
        else:
            schema = fields[name] if name else schema.get("additionalProperties") or {}
    return non_null(schema)


def non_null(schema: JsonSchema) -> JsonSchema:
    """The schema of the non-null values of an optional value."""
    branches: list[JsonSchema] = schema.get("anyOf", [schema])
    return branches[0]


def _letters(name: str) -> str:
    return re.sub(r"[-_. ]", "", name).lower()


class _Names:
    """The names that keys mean, and an error for each other spelling of one."""

    def __init__(self) -> None:
        self.errors: list[UserError] = []
        self._compared = 0

    def renamed(self, schema: JsonSchema, value: Any, path: tuple[str, ...]) -> Any:
        """The value with the names that its keys mean."""
        schema = non_null(schema)
        if isinstance(value, list) and "items" in schema:
            entries = enumerate(value)
            return [self.renamed(schema["items"] or {}, v, (*path, str(i))) for i, v in entries]
        fields = schema.get("properties", {})
        if not isinstance(value, dict) or not fields:
            return value
        renamed: dict[Any, Any] = {}
        for key, member in value.items():
            meant = self._meant(key, fields)
            name = key if meant is None else meant
            if meant is not None:
                self.errors.append(_misspelled(key, meant, path))
            if meant is None or (meant not in value and meant not in renamed):
                inner = (*path, camel(str(name)))
                renamed[name] = self.renamed(fields.get(name, {}), member, inner)
        return renamed

    def _meant(self, key: Any, fields: Iterable[str]) -> str | None:
        """The field that an unknown key is a spelling of. As many keys are compared as there may be
        errors: what has more is no template, and each takes a tenth of a millisecond."""
        if not isinstance(key, str) or key in fields or self._compared >= MAX_VIOLATIONS:
            return None
        self._compared += 1
        return field_meant(key, fields)


def _misspelled(key: str, name: str, path: tuple[str, ...]) -> UserError:
    error = user_error(UserErrorCode.UNKNOWN, (*path, key), "is not a field of this object")
    is_same = _letters(key) == _letters(name)
    advice = f": write {name}." if is_same else f". Did you mean {name}?"
    return UserError(code=error.code, path=error.path, message=error.message[:-1] + advice)
