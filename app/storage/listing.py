"""Lists of templates: which runs of an index a list is made of, and reading them.

A run is an account and a token in the index of the order; in it the templates stand as the list
has them. MongoDB merges up to `MAX_RUNS` runs by itself (SORT_MERGE); more are asked for in several
queries, which are merged here. The index is always named, for a planner that chooses would
sometimes rather sort.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice

from msgspec import Struct
from pymongo import ASCENDING, DESCENDING

from app.domain.model_template import ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection, Position, Window
from app.domain.repository import Scope
from app.storage.driver import Collection, Document
from app.storage.token import CREATED, Condition, conditions, signs

LISTING = "listing"
"""Beside a template's own fields: what it is listed under. Storage alone knows of it."""
TOKENS = f"{LISTING}.tokens"
OWN_FIELDS = {LISTING: 0}
"""The projection of a document to what the domain knows."""

MAX_RUNS = 200
"""What MongoDB merges without a sort: internalQueryMaxScansToExplode."""
MEASURED_KEYS = (1_000, 10_000)
"""How far conditions are measured to find the one that the fewest templates meet: further only if
all of them go on."""
MEASURED_CONDITIONS = 8
"""The others are compared anyhow: a request must not become hundreds."""

Sort = list[tuple[str, int]]


def index_name(by: ModelTemplateOrderField) -> str:
    """The index of an order."""
    return f"list_by_{by.name.lower()}"


class Source(Struct, frozen=True, kw_only=True):
    """An index, and those templates that a list reads in its order: the changed ones (True), the
    unchanged (False), or both (None)."""

    by: ModelTemplateOrderField
    changed: bool | None = None

    @property
    def key(self) -> str:
        """The field that the index is in the order of."""
        return self.by.value

    @property
    def index(self) -> str:
        """The name of the index."""
        return index_name(self.by)


def sources(by: ModelTemplateOrderField) -> list[Source]:
    """What a list in an order is merged of. The index by the last change has changed templates
    only: to create one costs a third less."""
    if by is not ModelTemplateOrderField.UPDATED_AT:
        return [Source(by=by)]
    unchanged = Source(by=ModelTemplateOrderField.CREATED_AT, changed=False)
    return [unchanged, Source(by=by, changed=True)]


class Query(Struct, frozen=True, kw_only=True):
    """One command to the database, and its share of a list."""

    filter: Document
    hint: str
    sort: Sort


class Bound(Struct, frozen=True, kw_only=True):
    """What lies beyond a place, one way."""

    way: int
    place: Position
    inclusive: bool = False

    def filter(self, key: str) -> Document:
        """In the order of a field. The bound on the field alone is what an index can use; the rest
        decides between equals only."""
        beyond = "$gt" if self.way == ASCENDING else "$lt"
        by_id = {"_id": {f"{beyond}e" if self.inclusive else beyond: self.place.id}}
        value = self.place.value
        return {key: {f"{beyond}e": value}, "$or": [{key: {beyond: value}}, by_id]}


class ListReader:
    """Reads lists of a collection."""

    def __init__(self, templates: Collection) -> None:
        self._templates = templates

    async def read(self, scope: Scope, window: Window) -> list[Document]:
        """What stands in the window, and one more if there is; from the end that it begins at."""
        key, onward = stored_order(window.order)
        way = -onward if window.from_end else onward
        size = window.size + 1
        bounds = [
            Bound(way=way_out, place=place)
            for way_out, place in ((onward, window.after), (-onward, window.before))
            if place is not None
        ]
        queries = await self.queries(scope, window.order, bounds, way)
        shares = await asyncio.gather(*(self._read(query, size) for query in queries))
        merged = merge(*shares, key=lambda d: (d[key], d["_id"]), reverse=way == DESCENDING)
        return [*islice(merged, size)]

    async def _read(
        self, query: Query, limit: int, fields: Document = OWN_FIELDS
    ) -> list[Document]:
        found = self._templates.find(query.filter, fields).hint(query.hint)
        return await found.sort(query.sort).limit(limit).to_list(None)

    async def exists(
        self, scope: Scope, order: ModelTemplateOrder, place: Position, *, ahead: bool
    ) -> bool:
        """A key or two of the index."""
        _, onward = stored_order(order)
        way = onward if ahead else -onward
        beyond = Bound(way=way, place=place, inclusive=True)
        queries = await self.queries(scope, order, [beyond], way)
        found = await asyncio.gather(*(self._read(query, 1, {"_id": 1}) for query in queries))
        return any(found)

    async def count(self, scope: Scope) -> int:
        """By the keys of an index alone, if there is but one condition."""
        queries = await self.queries(scope, ModelTemplateOrder(), [], DESCENDING)
        counts = (self._templates.count_documents(q.filter, hint=q.hint) for q in queries)
        return sum(await asyncio.gather(*counts))

    async def queries(
        self, scope: Scope, order: ModelTemplateOrder, bounds: list[Bound], way: int
    ) -> list[Query]:
        """The commands that a list is read by."""
        queries = []
        for source in sources(order.field):
            ways = len(scope.accounts) * len(_signs(scope, source))
            room = MAX_RUNS // max(ways, 1)
            found = conditions(scope.filter, by_creation=source.key == CREATED, room=room)
            narrowest = await self._narrowest(scope, source, found)
            extent = [
                *(bound.filter(source.key) for bound in bounds),
                *_created_within(scope),
                *(_holds(c, scope, source) for c in found if c is not narrowest),
                *_ends(narrowest),
            ]
            sort = [(source.key, way), ("_id", way)]
            queries += [
                Query(
                    filter={**run, "$and": extent} if extent else run, hint=source.index, sort=sort
                )
                for run in _runs(scope, source, narrowest)
            ]
        return queries

    async def _narrowest(self, scope: Scope, source: Source, found: list[Condition]) -> Condition:
        """The condition that the fewest templates meet: its runs are read, and the others compared.
        One alone need not be measured."""
        if len(found) == 1:
            return found[0]

        some = found[:MEASURED_CONDITIONS]
        for limit in MEASURED_KEYS:
            sizes = await asyncio.gather(*(self._size(scope, source, c, limit) for c in some))
            if min(sizes) < limit:
                break
        return some[sizes.index(min(sizes))]

    async def _size(self, scope: Scope, source: Source, condition: Condition, limit: int) -> int:
        """How many templates meet a condition, up to about a limit: keys of the index alone."""
        count = 0
        for run in _runs(scope, source, condition):
            count += await self._templates.count_documents(run, limit=limit, hint=source.index)
            if count >= limit:
                break
        return count


def stored_order(order: ModelTemplateOrder) -> tuple[str, int]:
    """The field that an order is by, and the way that it goes."""
    return order.field.value, ASCENDING if order.direction is OrderDirection.ASC else DESCENDING


def _runs(scope: Scope, source: Source, condition: Condition) -> Iterator[Document]:
    """Accounts times tokens, in parts that MongoDB merges."""
    accounts = sorted(scope.accounts)
    for some in _parts(_tokens(scope, source, condition), MAX_RUNS):
        for owners in _parts(accounts, MAX_RUNS // len(some)):
            yield {"account_id": {"$in": owners}, TOKENS: {"$in": some}}


def _tokens(scope: Scope, source: Source, condition: Condition) -> list[str]:
    return [sign + token for sign in _signs(scope, source) for token in condition.tokens]


def _signs(scope: Scope, source: Source) -> str:
    return signs(scope.filter.archived, source.changed)


def _parts(values: list[str], size: int) -> Iterator[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _holds(condition: Condition, scope: Scope, source: Source) -> Document:
    """Said so that it is compared, not looked up: the planner would pick one lookup at random."""
    if condition.whole is not None:
        (ends,) = _ends(condition)
        return ends
    return {"$nor": [{TOKENS: {"$nin": _tokens(scope, source, condition)}}]}


def _ends(condition: Condition) -> list[Document]:
    if condition.whole is None:
        return []
    return [{"$nor": [{TOKENS: {"$not": {"$regex": f"^.{condition.whole}"}}}]}]


def _created_within(scope: Scope) -> list[Document]:
    filter, within = scope.filter, {}
    if filter.created_after is not None:
        within["$gt"] = filter.created_after
    if filter.created_before is not None:
        # BSON would drop the microseconds, and with them what was made within the millisecond.
        within["$lt"] = _rounded_up(filter.created_before)
    return [{CREATED: within}] if within else []


def _rounded_up(instant: datetime) -> datetime:
    return instant + timedelta(microseconds=-instant.microsecond % 1_000)
