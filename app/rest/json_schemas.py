"""The JSON Schemas of SGP's requests and answers, derived from the fields of the domain.

There are three of each object: as a request creates it, as a patch changes it, and as answers have
it. A request may have null for the default of a field; an answer has every field, newer ones
only where they are set, and no limits, which may have been others when the template was stored.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from app.domain.fields import Field, field_map
from app.domain.markers import Mergeable
from app.domain.model_template import CreateModelTemplate, ModelTemplate, ModelTemplateSpec

JsonSchema = dict[str, Any]
REF = "#/components/schemas/"

_OURS = {"errorMessage", "maxBytes", "unsupported", "title"}
"""Keywords that mean something to the server only, and names of classes."""

_SHAPE = {"type", "items", "anyOf", "enum", "format", "additionalProperties", "description", "$ref"}
"""Keywords of answers."""


class Use(Enum):
    """The use that an object is described for. The value is the end of the schema's name."""

    CREATE = "Request"
    PATCH = "Patch"
    ANSWER = ""


ROOTS = (
    (CreateModelTemplate, Use.CREATE),
    (ModelTemplateSpec, Use.PATCH),
    (ModelTemplate, Use.ANSWER),
)

_NAMES: dict[tuple[type[Struct], Use], str] = {
    (CreateModelTemplate, Use.CREATE): "ModelTemplateRequest",
    (ModelTemplateSpec, Use.PATCH): "ModelTemplatePatch",
}


def schema_name(cls: type[Struct], use: Use) -> str:
    """The name of the schema of a class."""
    return _NAMES.get((cls, use), f"{cls.__name__}{use.value}")


def ref(cls: type[Struct], use: Use) -> JsonSchema:
    """A reference to the schema of a class."""
    return {"$ref": REF + schema_name(cls, use)}


def schemas() -> dict[str, JsonSchema]:
    """All schemas of templates by name."""
    used = [(cls, _use_of(cls, use)) for root, use in ROOTS for cls in _classes(root)]
    return {schema_name(cls, use): _object(cls, use) for cls, use in used}


def _use_of(cls: type[Struct], use: Use) -> Use:
    """A patch replaces what it does not merge as a whole."""
    is_replaced = use is Use.PATCH and not issubclass(cls, Mergeable)
    return Use.CREATE if is_replaced else use


def _object(cls: type[Struct], use: Use) -> JsonSchema:
    _, definitions = msgspec.json.schema_components([cls], ref_template="{name}")
    given = definitions[cls.__name__]["properties"]
    known = field_map(cls)
    properties = {
        each.name: _property(each, given[each.name], definitions, use) for each in known.fields
    }
    required = [
        each.name
        for each in known.fields
        if (use is Use.ANSWER and not each.omitted_by_default)
        or (use is Use.CREATE and each.is_required)
    ]
    return {
        "type": "object",
        "description": known.description,
        "properties": properties,
        **({"required": required} if required else {}),
        # Answers of later releases may have more.
        **({} if use is Use.ANSWER else {"additionalProperties": False}),
    }


def _property(field: Field, schema: JsonSchema, definitions: JsonSchema, use: Use) -> JsonSchema:
    value = _resolved(schema, definitions, use)
    described = field.description or value.get("description")
    about = {"description": described} if described else {}
    value = {name: each for name, each in value.items() if name not in ("description", "default")}
    is_null_default = not field.value_type.is_nullable and not field.is_required
    if use is Use.ANSWER:
        return {**about, **(_without_null(value) if field.always_answered else value)}
    if is_null_default:
        value = {"anyOf": [value, {"type": "null"}]}
    default = {"default": schema["default"]} if "default" in schema and use is Use.CREATE else {}
    return {**about, **value, **default}


def _resolved(schema: Any, definitions: JsonSchema, use: Use) -> Any:
    """A schema with references to schemas of its use; enums are inlined."""
    if isinstance(schema, list):
        return [_resolved(each, definitions, use) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"]
        if "enum" in definitions[name]:
            return _resolved({**definitions[name], **_rest(schema)}, definitions, use)
        return {"$ref": REF + _names(use)[name]}
    kept = _SHAPE if use is Use.ANSWER else schema.keys() - _OURS
    return {
        name: _portable(value) if name == "pattern" else _resolved(value, definitions, use)
        for name, value in schema.items()
        if name in kept
    }


def _rest(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "$ref"}


def _names(use: Use) -> dict[str, str]:
    """The name of the schema for each class of objects, by the name of the class."""
    (root,) = (cls for cls, each in ROOTS if each is use)
    return {cls.__name__: schema_name(cls, _use_of(cls, use)) for cls in _classes(root)}


def _classes(cls: type[Struct]) -> Iterator[type[Struct]]:
    yield cls
    for field in field_map(cls).objects:
        yield from _classes((field.value_type.member or field.value_type).python)


def _without_null(schema: JsonSchema) -> JsonSchema:
    (value,) = (each for each in schema["anyOf"] if each != {"type": "null"})
    return dict(value)


def _portable(pattern: str) -> str:
    """A pattern that means the same in ECMA-262, whose `$` matches at the very end only, and which
    has no escapes of eight digits."""
    literal = re.sub(r"\\U([0-9a-f]{8})", lambda code: chr(int(code[1], 16)), pattern)
    return literal.removesuffix(r"(?!\n)")
