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
from typing import Any

from msgspec import Struct
from pymongo import ASCENDING, DESCENDING

from app.domain.model_template import ModelTemplateOrderField
from app.domain.page import ModelTemplateOrder, OrderDirection, Position, Window
from app.domain.repository import Scope
from app.storage.driver import Collection, Document
from app.storage.token import CREATED, Condition, conditions, states

LISTING = "listing"
"""Beside a template's own fields: what it is listed under. Storage alone knows of it."""
TOKENS = f"{LISTING}.tokens"
OWN_FIELDS = {LISTING: 0}
"""The projection of a document to what the domain knows."""

MAX_RUNS = 200
"""What MongoDB merges without a sort: internalQueryMaxScansToExplode."""
MEASURED_KEYS = 1_000
"""How far conditions are measured to find the one that admits the fewest."""

Sort = list[tuple[str, int]]


def index_name(by: ModelTemplateOrderField) -> str:
    """The index of an order."""
    return f"list_by_{by.name.lower()}"


class Query(Struct, frozen=True, kw_only=True):
    """One command to the database, and its share of a list."""

    filter: Document
    hint: str
    sort: Sort


class ListReader:
    """Reads lists of a collection."""

    def __init__(self, templates: Collection) -> None:
        self._templates = templates

    async def read(self, scope: Scope, window: Window) -> list[Document]:
        """What stands in the window, and one more if there is; from the end that it begins at."""
        key, onward = stored_order(window.order)
        bounds = []
        if window.after is not None:
            bounds.append(_beyond(key, onward, window.after))
        if window.before is not None:
            bounds.append(_beyond(key, -onward, window.before))
        way = -onward if window.from_end else onward
        size = window.size + 1
        queries = await self.queries(scope, window.order, bounds, way)
        shares = await asyncio.gather(*(self._read(query, size) for query in queries))
        merged = merge(*shares, key=lambda d: (d[key], d["_id"]), reverse=way == DESCENDING)
        return [*islice(merged, size)]

    async def _read(self, query: Query, limit: int) -> list[Document]:
        found = self._templates.find(query.filter, OWN_FIELDS).hint(query.hint)
        return await found.sort(query.sort).limit(limit).to_list(None)

    async def exists(
        self, scope: Scope, order: ModelTemplateOrder, place: Position, *, ahead: bool
    ) -> bool:
        """A key or two of the index."""
        key, onward = stored_order(order)
        way = onward if ahead else -onward
        beyond = _beyond(key, way, place, inclusive=True)
        queries = await self.queries(scope, order, [beyond], way)
        found = await asyncio.gather(*(self._read(query, 1) for query in queries))
        return any(found)

    async def count(self, scope: Scope) -> int:
        """By the keys of an index alone, if there is but one condition."""
        queries = await self.queries(scope, ModelTemplateOrder(), [], DESCENDING)
        counts = (self._templates.count_documents(q.filter, hint=q.hint) for q in queries)
        return sum(await asyncio.gather(*counts))

    async def queries(
        self, scope: Scope, order: ModelTemplateOrder, bounds: list[Document], way: int
    ) -> list[Query]:
        """The commands that a list is read by."""
        key, _ = stored_order(order)
        found = conditions(scope.filter, by_creation=key == CREATED)
        narrowest = await self._narrowest(scope, found, index_name(order.field))
        begins = states(scope.filter.archived)
        others = [_holds(c, begins) for c in found if c is not narrowest]
        extent = [*bounds, *_created_within(scope), *others, *_ends(narrowest)]
        sort = [(key, way), ("_id", way)]
        return [
            Query(filter={"$and": [run, *extent]}, hint=index_name(order.field), sort=sort)
            for run in _runs(scope, narrowest)
        ]

    async def _narrowest(self, scope: Scope, found: list[Condition], hint: str) -> Condition:
        """The condition that the fewest templates meet: its runs are read, and the others compared.
        One alone need not be measured."""
        if len(found) == 1:
            return found[0]

        async def measured(condition: Condition) -> int:
            limit, count = MEASURED_KEYS, 0
            for run in _runs(scope, condition):
                count += await self._templates.count_documents(run, limit=limit, hint=hint)
                if count >= limit:
                    break
            return count

        sizes = await asyncio.gather(*map(measured, found))
        return found[sizes.index(min(sizes))]


def stored_order(order: ModelTemplateOrder) -> tuple[str, int]:
    """The field that an order is by, and the way that it goes."""
    return order.field.value, ASCENDING if order.direction is OrderDirection.ASC else DESCENDING


def _runs(scope: Scope, condition: Condition) -> Iterator[Document]:
    """Accounts times tokens, in parts that MongoDB merges."""
    accounts = sorted(scope.accounts)
    begun = [state + token for state in states(scope.filter.archived) for token in condition.tokens]
    for some in _parts(begun, MAX_RUNS):
        for owners in _parts(accounts, MAX_RUNS // len(some)):
            yield {"account_id": {"$in": owners}, TOKENS: {"$in": some}}


def _parts(values: list[str], size: int) -> Iterator[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _holds(condition: Condition, begins: str) -> Document:
    """Said so that it is compared, not looked up: the planner would pick one lookup at random."""
    if condition.whole is not None:
        (ends,) = _ends(condition)
        return ends
    begun = [state + token for state in begins for token in condition.tokens]
    return {"$nor": [{TOKENS: {"$nin": begun}}]}


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


def _beyond(key: str, way: int, place: Position, *, inclusive: bool = False) -> Document:
    """What lies beyond a place. The bound on the key alone is what an index can use; the rest
    decides between equal keys only."""
    beyond = "$gt" if way == ASCENDING else "$lt"
    by_id: dict[str, Any] = {"_id": {f"{beyond}e" if inclusive else beyond: place.id}}
    return {key: {f"{beyond}e": place.value}, "$or": [{key: {beyond: place.value}}, by_id]}
