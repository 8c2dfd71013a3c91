"""The validators of collections, derived from the fields of the domain."""

from functools import cache
from typing import Any

from app.domain.validation.json_schema import json_schema


@cache
def validator(cls: type) -> dict[str, Any]:
    """The `$jsonSchema` of a class's documents, in MongoDB's dialect: draft 4 with BSON types.

    It has no patterns: MongoDB's regular expressions differ from Python's, and the database must
    never reject a document that the domain's rules accept.
    """
    schema = translated(json_schema(cls))
    schema["properties"]["_id"] = schema["properties"].pop("id")
    schema["required"] = ["_id" if name == "id" else name for name in schema["required"]]
    return schema


_BSON_TYPES = {
    "integer": ["int", "long"],
    "number": ["double", "int", "long"],
    "boolean": ["bool"],
}
_KEPT = {"required", "minimum", "maximum", "minItems", "maxItems"} | {
    "minLength",
    "maxLength",
    "maxProperties",
}


def translated(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema 2020-12 with inlined references, translated to MongoDB's dialect."""
    # Draft 4 forbids an empty `required`.
    result = {key: value for key, value in schema.items() if key in _KEPT and value != []}
    if schema.get("format") == "date-time":
        result["bsonType"] = ["date"]
    elif "enum" in schema:
        # Any string: a newer release that shares the database may add values.
        result["bsonType"] = ["string"]
    elif "type" in schema:
        result["bsonType"] = _BSON_TYPES.get(schema["type"], [schema["type"]])
    if "properties" in schema:
        result["properties"] = {
            name: translated(value) for name, value in schema["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = translated(schema[key])
    if "anyOf" in schema:
        result["anyOf"] = [translated(branch) for branch in schema["anyOf"]]
    return result
