"""Reading whole documents within the budget of an answer (see `answer_budget`).

A `find` reads documents up to LARGE bytes; of each larger one, it reads a stub with its size. The
large documents are charged before they are read, and read in batches of BATCH bytes. So a command
never returns more than a few megabytes, and a page of small documents takes one command.
"""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Any, cast

import bson
from bson.codec_options import CodecOptions
from msgspec import Struct
from msgspec.structs import fields

from app.domain.answer_budget import charge, current_budget
from app.domain.model_template import (
    ModelTemplate,
    ModelTemplateOrderField,
    ModelTemplateSummary,
)
from app.domain.parts import CACHED, is_part
from app.storage.driver import (
    Collection,
    Database,
    Document,
    PyMongoCollection,
    available,
    in_thread,
    is_in_memory,
)
from app.storage.terms import LISTING, OWN_FIELDS

LARGE = 16 * 1024
"""Bytes of a stored document. Templates have some 3,000."""

BATCH = 1024 * 1024
"""Bytes of the large documents that one command reads, unless a single one is larger."""

SMALL = {*ModelTemplateSummary.__struct_fields__, *(each.value for each in ModelTemplateOrderField)}
"""Fields of templates that are small, whatever they hold."""

SMALL_BYTES = 1_000
"""Bytes that they take in memory; more only if a name is unusually long."""

_PLAIN: CodecOptions[Document] = CodecOptions(tz_aware=True)
_SIZE: Document = {"$bsonSize": "$$ROOT"}
_OWN: Document = {"$unsetField": {"field": LISTING, "input": "$$ROOT"}}


class Stub(Document):
    """A large document that is not read yet: its `_id`, its size in `bytes`, and some fields."""


def own_fields(collection: Collection, *kept: str, part: type[Struct] = ModelTemplate) -> Document:
    """The projection of a find, whose documents `unwrapped` takes: those with the fields of `part`
    and the `kept` ones, or Stubs, with the latter."""
    if is_small(part):
        return {**dict.fromkeys(part.__struct_fields__, 1), **dict.fromkeys(kept, 1)}
    if is_in_memory(cast(Database, collection.database)):  # It lacks such projections.
        return OWN_FIELDS
    also = {"_id": "$_id", **{name: f"${name}" for name in kept}}
    stub = {"bytes": _SIZE, **also}
    own = {**also, **_fields(part)} if is_part(part) else _OWN
    document = {"$cond": [{"$lte": [_SIZE, LARGE]}, own, {"stub": stub}]}
    return {"_id": 0, "bytes": _SIZE, "document": document}


def decoding(templates: PyMongoCollection, part: type[Struct]) -> PyMongoCollection:
    """The collection for reading objects of a class. Parts are decoded without TYPES, in two thirds
    of the time: they are only answered, as JSON, in which Int64 is an int."""
    return templates.with_options(codec_options=_PLAIN) if is_part(part) else templates


def is_small(part: type[Struct]) -> bool:
    """Whether the class has only fields that take next to nothing."""
    return SMALL.issuperset(part.__struct_fields__)


@lru_cache(CACHED)
def _fields(part: type[Struct], path: str = "$") -> Document:
    """The fields of a part as an expression. Fields that a document lacks are missing in it."""
    return {
        field.name: _field(field.type, f"{path}{field.name}")
        for field in fields(part)
        if field.name != "id"
    }


def _field(kind: Any, path: str) -> Document | str:
    if not is_part(kind):
        return path
    is_object = {"$eq": [{"$type": path}, "object"]}
    return {"$cond": [is_object, _fields(kind, f"{path}."), path]}


def unwrapped(found: Iterable[Document], part: type[Struct] = ModelTemplate) -> list[Document]:
    """The documents that a find with `own_fields` has returned, which are charged, or Stubs. Raises
    AnswerAborted."""
    if is_small(part):
        documents = [*found]
        charge(SMALL_BYTES * len(documents))
        return documents
    documents, size = list[Document](), 0
    for each in found:
        document = each.get("document", each)
        if (stub := document.get("stub")) is not None:
            document = Stub(stub)
        elif document is each:  # In memory.
            size += len(bson.encode(each)) if current_budget() else 0
        else:
            size += each["bytes"]
        documents.append(document)
    charge(size)
    return documents


async def completed(
    collection: Collection, key: str, documents: list[Document], fields: Document = OWN_FIELDS
) -> list[Document]:
    """The documents, with whole ones, or their `fields`, in place of Stubs; one that is deleted
    meanwhile is missing. `key` is the collection's shard key, which Stubs must have. Raises
    AnswerAborted."""
    stubs = [document for document in documents if isinstance(document, Stub)]
    charge(sum(stub["bytes"] for stub in stubs))
    read = dict[str, Document]()
    for batch in _batches(stubs):
        ids, keys = ({*(stub[name] for stub in batch)} for name in ("_id", key))
        condition = {"_id": {"$in": [*ids]}, key: {"$in": [*keys]}}
        async with available():
            found = await in_thread(collection, partial(_read, condition, fields))
        read |= {document["_id"]: document for document in found}
        # Characters beyond ASCII make a text up to four times as large in memory as it is stored.
        excess = sum(map(_held, found)) - sum(stub["bytes"] for stub in batch)
        charge(max(excess, 0))
    replaced = (read.get(d["_id"]) if isinstance(d, Stub) else d for d in documents)
    return [document for document in replaced if document is not None]


async def completed_one(
    collection: Collection, key: str, found: Document | None
) -> Document | None:
    """The whole document of a `find_one` with `own_fields`, or None. Raises AnswerAborted."""
    documents = await completed(collection, key, unwrapped([found] if found else []))
    return documents[0] if documents else None


def _read(condition: Document, fields: Document, collection: PyMongoCollection) -> list[Document]:
    return list(collection.find(condition, fields))


def _batches(stubs: Iterable[Document]) -> Iterator[list[Document]]:
    batch, size = list[Document](), 0
    for stub in stubs:
        if batch and size + stub["bytes"] > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(stub)
        size += stub["bytes"]
    if batch:
        yield batch


def _held(document: Document) -> int:
    """The bytes that a document takes in memory."""
    pending: list[Any] = [document]
    size = 0
    for value in pending:
        size += sys.getsizeof(value)
        if isinstance(value, dict):
            size += sum(map(sys.getsizeof, value))
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return size
