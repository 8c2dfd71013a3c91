"""Indexes and validators of the collections, and their idempotent setup."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import CollectionInvalid, OperationFailure

from app.domain.model_template import ModelTemplate, ModelTemplateOrderField, ModelTemplateRevision
from app.storage.api_keys import KEYS
from app.storage.collection_validators import validator as validator
from app.storage.database_format import join
from app.storage.deletions import DELETIONS, KEPT
from app.storage.driver import (
    Database,
    available,
    is_in_memory,
    unattended,
    without_deadline,
)
from app.storage.history import REVISIONS
from app.storage.lists import CREATED_AT, NAME, STATE_INDEX, sort_of
from app.storage.relisting import (
    OUTDATED_INDEX,
    count_outdated,
    drop_tokens,
    has_outdated,
    relist,
)
from app.storage.templates import REQUEST, TEMPLATES
from app.storage.terms import ARCHIVED, TERMS, TERMS_INDEX, TERMS_VERSION

NAMESPACE_EXISTS, INDEX_NOT_FOUND = 48, 27
REMOVED_INDEXES = {
    *("account_by_created_at", "account_by_updated_at", "account_by_name"),
    *("list_by_created_at", "list_by_updated_at", "list_by_name"),
}
"""Indexes of earlier releases that no release uses any more."""

Keys = dict[str, int]

TERMS_VERSION_INDEX: tuple[Keys, dict[str, Any]] = (
    {TERMS_VERSION: ASCENDING},
    {"name": OUTDATED_INDEX},
)
"""Finds documents with outdated terms."""

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
        (
            {"account_id": ASCENDING, ARCHIVED: ASCENDING, **dict(sort_of(CREATED_AT, ASCENDING))},
            {"name": STATE_INDEX},
        ),
        ({"account_id": ASCENDING, ARCHIVED: ASCENDING, TERMS: ASCENDING}, {"name": TERMS_INDEX}),
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
    DELETIONS: [
        (
            {"account_id": ASCENDING, "request.id": ASCENDING},
            {"name": "account_request"},
        ),
        ({"is_finished": ASCENDING, "deleted_at": ASCENDING}, {"name": "unfinished"}),
        (
            {"deleted_at": ASCENDING},
            {"name": "expiry", "expireAfterSeconds": int(KEPT.total_seconds())},
        ),
    ],
    KEYS: [({"prefix": ASCENDING}, {"name": "prefix"})],
}
"""The keys and options of each index, by collection."""

VALIDATED = {TEMPLATES: ModelTemplate, REVISIONS: ModelTemplateRevision}

Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""A progress display: opened with the number of steps, it yields a function to advance it by."""


@contextmanager
def no_progress(_: int) -> Iterator[Callable[[int], None]]:
    """A Progress that displays nothing."""
    yield lambda _: None


async def initialise(
    database: Database,
    progress: Progress = no_progress,
    has_unique_indexes: Callable[[], None] = lambda: None,
) -> None:
    """Create or migrate collections, indexes, listing terms and validators. Raises Unavailable or
    NewerDatabase.

    Idempotent. Migrating a large collection of an earlier release takes minutes; after an
    interruption it goes on. `has_unique_indexes` is called when there may be writes. What a newer
    release has set up is left alone.
    """
    async with available():
        if (await join(database)).is_newer:
            return
        for name in INDEXES:
            with suppress(CollectionInvalid):
                await _create_collection(database, name)
            await _set_validator(database, name)
            for changed in await _changed_indexes(database, name):
                await _drop_index(database, name, changed)
    async with without_deadline():
        await _create_indexes(database, unique=True)
        has_unique_indexes()
        await _create_index(database, TEMPLATES, *TERMS_VERSION_INDEX)
    if count := await count_outdated(database):
        with progress(count) as advance:
            await relist(database, advance)
    async with without_deadline():
        await _create_indexes(database, unique=False)
        # Last, because servers of the earlier release read lists from them.
        if removed := REMOVED_INDEXES & {*await database[TEMPLATES].index_information()}:
            for index_name in removed:
                await _drop_index(database, TEMPLATES, index_name)
            await drop_tokens(database)


async def is_up_to_date(database: Database) -> bool:
    """Whether all indexes and listing terms are this release's, also if they were created by
    another process. Raises Unavailable."""
    async with available():
        for name, indexes in INDEXES.items():
            existing = await database[name].index_information()
            missing = {options["name"] for _, options in indexes} - {*existing}
            removed = REMOVED_INDEXES & {*existing} if name == TEMPLATES else set()
            if missing or removed or await _changed_indexes(database, name):
                return False
            if await _is_building(database, name):
                return False
        return not await has_outdated(database)


async def _is_building(database: Database, name: str) -> bool:
    """Whether an index of a collection that exists is being built. MongoDB lists it already."""
    if is_in_memory(database):
        return False
    stats = await database.command("collStats", name)
    return any(each.get("indexBuilds") for each in (stats, *stats.get("shards", {}).values()))


async def _create_indexes(database: Database, *, unique: bool) -> None:
    """Create the unique indexes, or the others."""
    for name, indexes in INDEXES.items():
        for keys, options in indexes:  # One by one: mongomock's create_indexes loses options.
            if bool(options.get("unique")) is unique:
                await _create_index(database, name, keys, options)


async def _set_validator(database: Database, name: str) -> None:
    """Documents that are invalid already may still be updated (`moderate`)."""
    if (cls := VALIDATED.get(name)) is not None:
        with suppress(NotImplementedError):  # mongomock has no validators.
            wanted = {"validator": {"$jsonSchema": validator(cls)}, "validationLevel": "moderate"}
            # MongoDB refuses to change a collection while an index of it is built.
            found = await database.command({"listCollections": 1, "filter": {"name": name}})
            if not wanted.items() <= found["cursor"]["firstBatch"][0].get("options", {}).items():
                await database.command({"collMod": name, **wanted})


async def _create_index(database: Database, name: str, keys: Keys, options: dict[str, Any]) -> None:
    """Returns when the index is built. The process may end before: MongoDB then gives up, and the
    next start begins anew."""
    await unattended(database[name], "create_index", [*keys.items()], **options)


async def _changed_indexes(database: Database, name: str) -> list[str]:
    """Existing indexes whose definition has changed."""
    wanted = {options["name"]: (keys, options) for keys, options in INDEXES[name]}
    return [
        index
        for index, existing in (await database[name].index_information()).items()
        if index in wanted and _differs(existing, *wanted[index])
    ]


def _differs(existing: Mapping[str, Any], keys: Keys, options: Mapping[str, Any]) -> bool:
    compared = ("unique", "partialFilterExpression")
    return [*keys.items()] != existing["key"] or any(
        options.get(option) != existing.get(option) for option in compared
    )


async def _drop_index(database: Database, name: str, index: str) -> None:
    """Drop an index unless another process has just dropped it."""
    try:
        await database[name].drop_index(index)
    except OperationFailure as error:
        if error.code != INDEX_NOT_FOUND:
            raise


async def _create_collection(database: Database, name: str) -> None:
    """Create a collection unless it exists or another process has just created it."""
    try:
        await database.create_collection(name)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise
