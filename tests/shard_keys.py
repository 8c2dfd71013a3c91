"""Watches the commands that the server sends to MongoDB in all tests of this process, and finds
those that a sharded cluster would have to send to every shard.

Commands of the tests themselves are told apart by their lack of the server's read and write
concerns. Databases of programs that tests start, whose names do not begin with `test`, are not
watched. `getMore` goes on where its command began.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from msgspec import Struct
from pymongo import monitoring

from app.storage.collections import (
    DELETIONS,
    KEYS,
    REVISIONS,
    SHARD_KEYS,
    TEMPLATES,
)

Filter = Mapping[str, Any]

BY_TERMS = "the rebuild of listing terms, once after an upgrade, then an empty look into an index"
TO_EXPORT = "an export of all accounts has to find out which there are"
TO_IMPORT = "an import must not use the id of a template of another account"

SCATTERED: dict[tuple[str, str, frozenset[str]], str] = {
    (TEMPLATES, "aggregate", frozenset({"listing.version $in"})): BY_TERMS,
    (TEMPLATES, "find", frozenset({"listing.version $in"})): BY_TERMS,
    (TEMPLATES, "update", frozenset({"listing.tokens $exists"})): BY_TERMS,
    (TEMPLATES, "find", frozenset({"account_id $gt"})): TO_EXPORT,
    (TEMPLATES, "find", frozenset()): f"{TO_EXPORT}; `db status` reads the newest template",
    (TEMPLATES, "find", frozenset({"_id $in"})): f"{TO_IMPORT}; `db purge-revisions` has no other",
    (TEMPLATES, "find", frozenset({"_id $in", "account_id", "name $in"})): TO_IMPORT,
    (TEMPLATES, "find", frozenset({"_id $in", "account_id", "name $in", "request.id $in"})): (
        TO_IMPORT
    ),
    (DELETIONS, "find", frozenset({"is_finished", "deleted_at $lt"})): (
        "the search for interrupted deletions, every 30 seconds, by an index of unfinished ones"
    ),
    (REVISIONS, "find", frozenset()): "the weekly search for histories without a template",
    (KEYS, "find", frozenset()): "`keys list` lists all",
    (KEYS, "find", frozenset({"prefix", "revoked_at"})): "`keys revoke` by a prefix",
}
"""The commands that may go to every shard: collection, command, and the fields of the filter with
their operators. None of them answers a request."""


class Scatter(Struct, frozen=True):
    """A command without the shard key of its collection; `fields` as in SCATTERED."""

    collection: str
    command: str
    fields: frozenset[str]


class ShardKeys(monitoring.CommandListener):
    """Collects commands without a shard key; `allowed` those of SCATTERED, `found` all others."""

    def __init__(self) -> None:
        self.checked = 0
        self.allowed: set[Scatter] = set()
        self.found: set[Scatter] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        collection, is_watched = str(command.get(name)), event.database_name.startswith("test")
        if not is_watched or collection not in SHARD_KEYS or not _is_of_the_server(command):
            return
        self.checked += 1
        for filter in _filters(name, command):
            if not _carries(filter, SHARD_KEYS[collection]):
                scatter = Scatter(collection, name, frozenset(_fields(filter)))
                known = (collection, name, scatter.fields) in SCATTERED
                (self.allowed if known else self.found).add(scatter)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignored."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignored."""


def _is_of_the_server(command: Filter) -> bool:
    read, write = command.get("readConcern", {}), command.get("writeConcern", {})
    return read.get("level") in ("majority", "linearizable") or write.get("j") is True


def _filters(name: str, command: Filter) -> Iterator[Filter]:
    """The filters of a command; an insert has the documents themselves."""
    match name:
        case "find":
            yield command["filter"]
        case "aggregate":
            yield command["pipeline"][0].get("$match", {})
        case "insert":
            yield from command["documents"]
        case "update" | "delete":
            yield from (each["q"] for each in command[f"{name}s"])
        case "findAndModify" | "count" | "distinct":
            yield command["query"]


def _carries(filter: Filter, key: str) -> bool:
    """Whether the filter names the values of the key."""
    if key in filter:
        value = filter[key]
        operators = isinstance(value, Mapping) and any(name.startswith("$") for name in value)
        return not operators or "$in" in value or "$eq" in value
    alternatives = filter.get("$or", [])
    return any(_carries(part, key) for part in filter.get("$and", [])) or (
        bool(alternatives) and all(_carries(part, key) for part in alternatives)
    )


def _fields(filter: Filter) -> Iterator[str]:
    for name, value in filter.items():
        if name in ("$and", "$or", "$nor"):
            for part in value:
                yield from _fields(part)
        elif isinstance(value, Mapping) and value:
            yield f"{name} {next(iter(value))}"
        else:
            yield name


SEEN = ShardKeys()
monitoring.register(SEEN)  # For all clients that are made later.


@pytest.fixture(autouse=True)
def commands_carry_shard_keys() -> Iterator[None]:
    """Fails each test during which the server sent a command without its collection's shard key."""
    yield
    found = {*SEEN.found}
    SEEN.found.clear()
    assert not found, f"would be sent to all shards (see tests/shard_keys.py): {found}"
