"""Indexes and the collection's validator: what the database itself insists on. Idempotent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import CollectionInvalid, OperationFailure

from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.domain.validation.json_schema import json_schema
from app.storage.api_keys import KEYS
from app.storage.driver import (
    Database,
    available,
    without_deadline,
)
from app.storage.lists import NAME, sort_of
from app.storage.relisting import outdated, relist
from app.storage.templates import REQUEST, REVISIONS, TEMPLATES
from app.storage.terms import TERMS, TERMS_INDEX, TERMS_VERSION

NAMESPACE_EXISTS, INDEX_NOT_FOUND = 48, 27
GONE = {
    *("account_by_created_at", "account_by_updated_at", "account_by_name"),
    *("list_by_created_at", "list_by_updated_at", "list_by_name"),
}
"""Names of indexes that earlier releases made."""

Keys = dict[str, int]

TERMS_VERSION_INDEX: tuple[Keys, dict[str, Any]] = (
    {TERMS_VERSION: ASCENDING},
    {"name": "terms_version"},
)
"""Finds documents whose terms are outdated."""

INDEXES: dict[str, list[tuple[Keys, dict[str, Any]]]] = {
    TEMPLATES: [
        ({"account_id": ASCENDING, NAME: ASCENDING}, {"name": "account_name", "unique": True}),
        *(
            (
                {"account_id": ASCENDING, **dict(sort_of(by.value, ASCENDING))},
                {"name": f"account_{by.value}"},
            )
            for by in ModelTemplateOrderField
            if by.value != NAME
        ),
        ({"account_id": ASCENDING, TERMS: ASCENDING}, {"name": TERMS_INDEX}),
        TERMS_VERSION_INDEX,
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


Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Shows how far a long job is: opened with its size, it gives what is told of each step."""


@contextmanager
def no_progress(_: int) -> Iterator[Callable[[int], None]]:
    """Nobody watches."""
    yield lambda _: None


async def initialise(database: Database, progress: Progress = no_progress) -> None:
    """Make collections, indexes, listing terms and validators as this release needs them; again is
    harmless. A large collection of an older release takes minutes. Raises Unavailable."""
    async with available():
        for name in INDEXES:
            with suppress(CollectionInvalid):
                await _create(database, name)
            for outlived in await _outlived(database, name):
                await _drop(database, name, outlived)
    async with without_deadline():
        await _create_index(database, TEMPLATES, *TERMS_VERSION_INDEX)
    if count := await outdated(database):
        with progress(count) as advance:
            await relist(database, advance)
    async with without_deadline():
        for name, indexes in INDEXES.items():
            for index in indexes:  # One by one: mongomock's create_indexes loses options.
                await _create_index(database, name, *index)
    async with available():
        with suppress(NotImplementedError):  # mongomock has no validators.
            for name, cls in VALIDATED.items():
                await database.command(
                    {"collMod": name, "validator": {"$jsonSchema": validator(cls)}}
                )


async def _create_index(database: Database, name: str, keys: Keys, options: dict[str, Any]) -> None:
    await database[name].create_index([*keys.items()], **options)


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
