"""Indexes and the collection's validator: what the database itself insists on. Idempotent."""

from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import CollectionInvalid, OperationFailure

from app.domain.constraint import json_schema
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.storage.driver import Database, available
from app.storage.keys import KEYS
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES

NAMESPACE_EXISTS = 48

Keys = dict[str, int]

INDEXES: dict[str, list[tuple[Keys, dict[str, Any]]]] = {
    TEMPLATES: [
        ({"account_id": ASCENDING, "name": ASCENDING}, {"name": "account_name", "unique": True}),
        *(
            ({"account_id": ASCENDING, **order}, {"name": f"account_by_{by.name.lower()}"})
            for by in ModelTemplateOrderField
            if (order := {"id": {}}.get(by.value, {by.value: DESCENDING}) | {"_id": DESCENDING})
        ),
        (
            {"account_id": ASCENDING, f"{REQUEST}.id": ASCENDING},
            {
                "name": "account_request",
                "unique": True,
                "partialFilterExpression": {f"{REQUEST}.id": {"$exists": True}},
            },
        ),
    ],
    REVISIONS: [
        (
            {"template_id": ASCENDING, "revision": DESCENDING},
            {"name": "template_newest_first", "unique": True},
        ),
    ],
    KEYS: [({"prefix": ASCENDING}, {"name": "prefix"})],
}
"""By collection: the keys of each index, and its options."""


VALIDATED = {TEMPLATES: ModelTemplate, REVISIONS: ModelTemplateRevision}


async def initialise(database: Database) -> None:
    """Make the collections, their indexes and the validator as they should be."""
    async with available():
        for name, indexes in INDEXES.items():
            with suppress(CollectionInvalid):
                await _create(database, name)
            for keys, options in indexes:  # One by one: mongomock's create_indexes loses options.
                await database[name].create_index([*keys.items()], **options)
        with suppress(NotImplementedError):  # mongomock has no validators.
            for name, cls in VALIDATED.items():
                await database.command(
                    {"collMod": name, "validator": {"$jsonSchema": validator(cls)}}
                )


async def _create(database: Database, name: str) -> None:
    """Make a collection, or leave the one that is there, or that another process makes now."""
    try:
        await database.create_collection(name)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise


def validator(cls: type) -> dict[str, Any]:
    """The `$jsonSchema` of a class's documents.

    MongoDB's dialect is draft 4 with BSON's types. Patterns stay out of it: its regular expressions
    are not quite Python's, and a document that the rules accept must never be refused here.
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
_KEPT = {"enum", "required", "minimum", "maximum", "minItems", "maxItems"} | {
    "minLength",
    "maxLength",
    "maxProperties",
}


def translated(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema 2020-12, references inlined, in MongoDB's dialect."""
    # Draft 4 refuses an empty `required`.
    result = {key: value for key, value in schema.items() if key in _KEPT and value != []}
    if schema.get("format") == "date-time":
        result["bsonType"] = ["date"]
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
