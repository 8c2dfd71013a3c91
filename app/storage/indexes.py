"""Indexes and the collection's validator: what the database itself insists on. Idempotent."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import CollectionInvalid, OperationFailure

from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.domain.validation.json_schema import json_schema
from app.storage.api_keys import KEYS
from app.storage.codec import from_document
from app.storage.driver import (
    Collection,
    Database,
    Document,
    available,
    collection,
    without_deadline,
)
from app.storage.listing import LISTING, OWN_FIELDS, TOKENS, index_name
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES, stored
from app.storage.token import FIRST_CHANGED_SIGN, UPDATED

NAMESPACE_EXISTS, INDEX_NOT_FOUND = 48, 27
RELISTED_AT_ONCE = 500
GONE = {"account_by_created_at", "account_by_updated_at", "account_by_name"}
"""Indexes that earlier releases had."""

Keys = dict[str, int]

CHANGED_ONLY = {TOKENS: {"$gte": FIRST_CHANGED_SIGN}}
"""Of the index by the last change. MongoDB sees that a query for tokens beyond the sign is one for
these templates only."""

INDEXES: dict[str, list[tuple[Keys, dict[str, Any]]]] = {
    TEMPLATES: [
        ({"account_id": ASCENDING, "name": ASCENDING}, {"name": "account_name", "unique": True}),
        *(
            (
                {"account_id": ASCENDING, TOKENS: ASCENDING, by.value: DESCENDING}
                | {"_id": DESCENDING},
                {"name": index_name(by)}
                | ({"partialFilterExpression": CHANGED_ONLY} if by.value == UPDATED else {}),
            )
            for by in ModelTemplateOrderField
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
    """Make the collections, their indexes and the validator as they should be. Indexes of a large
    collection take minutes."""
    async with available():
        for name in INDEXES:
            with suppress(CollectionInvalid):
                await _create(database, name)
            for outlived in await _outlived(database, name):
                await _drop(database, name, outlived)
        there = await database[TEMPLATES].index_information()
    if not {*map(index_name, ModelTemplateOrderField)} <= there.keys():
        await _list_again(database)
    async with without_deadline():
        for name, indexes in INDEXES.items():
            for keys, options in indexes:  # One by one: mongomock's create_indexes loses options.
                await database[name].create_index([*keys.items()], **options)
    async with available():
        with suppress(NotImplementedError):  # mongomock has no validators.
            for name, cls in VALIDATED.items():
                await database.command(
                    {"collMod": name, "validator": {"$jsonSchema": validator(cls)}}
                )


async def _outlived(database: Database, name: str) -> list[str]:
    """Indexes of earlier releases: those that are no more, and those that are others now."""
    wanted = {options["name"]: (keys, options) for keys, options in INDEXES[name]}
    return [
        index
        for index, there in (await database[name].index_information()).items()
        if index in GONE or (index in wanted and _differs(there, *wanted[index]))
    ]


def _differs(there: Mapping[str, Any], keys: Keys, options: Mapping[str, Any]) -> bool:
    meant = ("unique", "partialFilterExpression")
    return [*keys.items()] != there["key"] or any(
        options.get(option) != there.get(option) for option in meant
    )


async def _drop(database: Database, name: str, index: str) -> None:
    """Drop an index, unless another process has."""
    try:
        await database[name].drop_index(index)
    except OperationFailure as error:
        if error.code != INDEX_NOT_FOUND:
            raise


async def _list_again(database: Database) -> None:
    """Say of every template what it is listed under. The list indexes come after it: where all of
    them are, this has been done."""
    templates = collection(database, TEMPLATES)
    last = ""
    async with without_deadline():
        while documents := await _after(templates, last):
            last = documents[-1]["_id"]
            listed = [from_document(document, ModelTemplate) for document in documents]
            await templates.bulk_write(
                [
                    UpdateOne(
                        {"_id": template.id, "revision": template.revision},
                        {"$set": {LISTING: stored(template)[LISTING]}},
                    )
                    for template in listed
                ]
            )


async def _after(templates: Collection, id: str) -> list[Document]:
    found = templates.find({"_id": {"$gt": id}}, OWN_FIELDS).sort("_id", ASCENDING)
    return await found.limit(RELISTED_AT_ONCE).to_list(None)


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
_KEPT = {"required", "minimum", "maximum", "minItems", "maxItems"} | {
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
    elif "enum" in schema:
        # Any text: a newer release that shares the database may know more values.
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
