"""Reading templates by id: those of a page, or what several callers wait for, with one command."""

from asyncio import Future
from collections import abc
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from bson.errors import InvalidBSON
from msgspec import Struct

from app.domain.errors import Unreadable
from app.domain.model_template import ModelTemplate
from app.domain.request_facts import stage
from app.domain.storable import is_storable
from app.storage.batches import Batches
from app.storage.codec import from_document, readable
from app.storage.documents import Stub, completed, decoding, is_small, own_fields, unwrapped
from app.storage.driver import (
    Collection,
    Document,
    PyMongoCollection,
    answered,
    available,
    in_thread,
)
from app.storage.terms import OWN_FIELDS

T = TypeVar("T", bound=Struct)

KEY = "account_id"
"""The shard key of templates."""

MAX_ID_LENGTH = 256
"""Longer ids are no template's. They are read alone, as those that BSON cannot hold: a batch must
stay small, and nobody may make it fail."""

_Kind = tuple[type[Struct], str]
"""Reads with the same fields share a command; those of an odd id have one of their own."""


class _Read(NamedTuple):
    id: str
    accounts: abc.Collection[str]


class _Found:
    """A document as a find has returned it, decoded once, for all that have asked for it."""

    __slots__ = ("_value", "account", "found", "id")

    def __init__(self, found: Document) -> None:
        document = found.get("document", found)
        document = document.get("stub", document)
        self.id: str = document["_id"]
        self.account: str = document[KEY]
        self.found = found
        self._value: Any = None

    def decoded(self, document: Document, cls: type[T]) -> T:
        """The object of `document`, which is this one. It is shared. Raises Unreadable."""
        if self._value is None:
            self._value = from_document({**document}, cls)
        return cast(T, self._value)


class ReadsById:
    """Reads templates, or parts of them, by id and accounts.

    Each caller waits within its own budget, is charged for its own document, and completes that if
    it is large. Callers of the same document get the same object, which must not be changed.
    """

    def __init__(self, templates: Collection) -> None:
        self._templates = templates
        self._batches = Batches[_Kind, _Read, _Found | None](self._read)

    async def find(self, cls: type[T], id: str, accounts: abc.Collection[str]) -> T | None:
        """The template with this id in one of the accounts, as an object of the class; None if an
        ordinary read finds none. Raises Unavailable, AnswerAborted or Unreadable."""
        is_odd = len(id) > MAX_ID_LENGTH or not is_storable(id)
        with stage("database"):
            outcome = self._batches.call((cls, id if is_odd else ""), _Read(id, accounts))
            found = await answered(outcome)
        if found is None or found.account not in accounts:
            return None
        if is_small(cls):
            return found.decoded(found.found, cls)
        (document,) = unwrapped([found.found])  # Charges it.
        if not isinstance(document, Stub):
            return found.decoded(document, cls)
        whole = await completed(self._templates, KEY, [document], fields_of(cls))
        return from_document(whole[0], cls) if whole else None

    def _read(
        self, kind: _Kind, reads: abc.Sequence[_Read]
    ) -> Future[abc.Sequence[_Found | Exception | None]]:
        """The document in any of the accounts, or None, for each of the reads in their order."""
        accounts = set[str]().union(*(read.accounts for read in reads))
        ids = [read.id for read in reads]
        condition = _condition({*ids}, accounts)
        cls, _ = kind
        fields = own_fields(self._templates, KEY, part=cls)
        return in_thread(self._templates, partial(_read_all, ids, condition, fields))


async def find_all(
    templates: Collection, part: type[T], ids: abc.Iterable[str], accounts: abc.Iterable[str]
) -> tuple[list[T], list[Unreadable]]:
    """The templates with these ids in the accounts, in any order, and those that cannot be read.
    Raises Unavailable or AnswerAborted."""
    condition, fields = _condition(ids, accounts), own_fields(templates, KEY, part=part)
    async with available():
        found = await in_thread(
            templates, lambda c: list(decoding(c, part).find(condition, fields))
        )
    return readable(await completed(templates, KEY, unwrapped(found, part)), part)


def _condition(ids: abc.Iterable[str], accounts: abc.Iterable[str]) -> Document:
    return {"_id": {"$in": [*ids]}, KEY: {"$in": sorted(accounts)}}


def fields_of(cls: type[Struct]) -> Document:
    """The projection to the fields of a class, and that which tells whose document it is."""
    if cls is ModelTemplate:
        return OWN_FIELDS
    return dict.fromkeys((*cls.__struct_fields__, KEY), 1)  # `_id` comes with every document.


def _read_all(
    ids: abc.Sequence[str], condition: Document, fields: Document, templates: PyMongoCollection
) -> list[_Found | Exception | None]:
    try:
        found = {each.id: each for each in map(_Found, templates.find(condition, fields))}
    except InvalidBSON as error:  # One of the documents has a value that Python cannot hold.
        if len({*ids}) == 1:
            return [error] * len(ids)
        return [_read_all([id], {**condition, "_id": id}, fields, templates)[0] for id in ids]
    return [found.get(id) for id in ids]
