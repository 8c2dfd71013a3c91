"""The number and size of an account's documents, measured by MongoDB."""

from typing import Any

import bson
from pymongo.errors import OperationFailure

from app.domain.quotas import Usage
from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.driver import (
    Collection,
    Database,
    Document,
    available,
    collection,
    in_thread,
    without_deadline,
)

BATCH = 500
"""Templates whose histories are measured at once, so that other commands take turns."""


def size_of(document: Document) -> int:
    """The bytes of a document in BSON."""
    return len(bson.encode(document))


async def measured(documents: Collection, condition: Document) -> tuple[int, int]:
    """The number of documents that match, and their bytes in BSON."""
    total = {"_id": None, "count": {"$sum": 1}, "bytes": {"$sum": {"$bsonSize": "$$ROOT"}}}
    try:
        found: list[Any] = await in_thread(
            documents, lambda c: list(c.aggregate([{"$match": condition}, {"$group": total}]))
        )
    except OperationFailure as error:
        if "$bsonSize" not in str(error):
            raise
        # mongomock does not have it.
        matching = await documents.find(condition).to_list(None)
        return len(matching), sum(map(size_of, matching))
    return (found[0]["count"], found[0]["bytes"]) if found else (0, 0)


async def measured_account(database: Database, account_id: str) -> Usage:
    """The usage of an account; reads all that it stores. Raises Unavailable."""
    templates, revisions = collection(database, TEMPLATES), collection(database, REVISIONS)
    async with without_deadline():
        count, size = await measured(templates, {"account_id": account_id})
        # Also those that were not changed: an update that fails leaves a revision behind.
        found = templates.find({"account_id": account_id}, {"_id": 1})
        while ids := [document["_id"] for document in await found.to_list(BATCH)]:
            size += (await measured(revisions, {"template_id": {"$in": ids}}))[1]
    return Usage(templates=count, bytes=size)


async def has_templates(database: Database, account_id: str) -> bool:
    """Whether an account has a template. Raises Unavailable."""
    async with available():
        found = await in_thread(
            collection(database, TEMPLATES),
            lambda c: c.find_one({"account_id": account_id}, {"_id": 1}),
        )
    return found is not None
