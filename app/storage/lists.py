"""Lists of templates on ordinary indexes.

A list is one `find`. MongoDB either reads an index in the list's order and compares, or looks up a
term that the filter asks for, and sorts. Where few templates have the term, it is told to look that
up; else its planner races the two. It can look up only one of several terms, and would pick any, so
all but the narrowest are said in a form that can only be compared.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from heapq import merge
from itertools import islice
from typing import Any

from msgspec import Struct
from pymongo import ASCENDING, DESCENDING

from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection, Page, Position, Window
from app.domain.repository import Scope
from app.storage.codec import readable
from app.storage.driver import Collection, Document, available
from app.storage.terms import OWN_FIELDS, TERMS_INDEX, compared, narrowing, other_conditions

MAX_ACCOUNTS = 200
"""Accounts that one command reads in order (SORT_MERGE): internalQueryMaxScansToExplode."""
COUNTED, FEW = 1_000, 200
"""Up to how many index entries a condition is counted, and how many of them are few."""
MAX_COUNTED = 8
"""Conditions that are counted; others are compared."""

CREATED_AT, NAME = ModelTemplateOrderField.CREATED_AT.value, ModelTemplateOrderField.NAME.value


class ListPlan(Struct, frozen=True, kw_only=True):
    """What the commands of a list ask for, whatever their windows, and the index that they name."""

    filters: list[Document] = []
    hint: str | None = None


class MongoModelTemplateList:
    """`ModelTemplateList` on a collection: planned at its first use, and read as often as asked."""

    def __init__(self, templates: Collection, scope: Scope) -> None:
        self._templates = templates
        self._scope = scope
        self._plan: ListPlan | None = None

    async def read(self, window: Window) -> Page:
        """One command for each MAX_ACCOUNTS accounts."""
        key, onward = stored_order(window.order)
        places = ((window.after, onward), (window.before, -onward))
        bounds = [_beyond(key, place, way) for place, way in places if place is not None]
        direction = -onward if window.from_end else onward
        # One more than the window, to tell whether more follow.
        documents = await self._find(bounds, key, direction, window.size + 1)
        has_more = len(documents) > window.size
        templates, unreadable = readable(documents[: window.size], ModelTemplate)
        if unreadable and not templates and has_more:
            raise unreadable[0]  # There is no cursor to go on from.
        return Page(
            templates=templates[:: -1 if window.from_end else 1],
            has_more=has_more,
            unreadable=unreadable,
        )

    async def exists(self, order: ModelTemplateOrder, place: Position, *, ahead: bool) -> bool:
        """Like a list of one."""
        key, onward = stored_order(order)
        direction = onward if ahead else -onward
        beyond = _beyond(key, place, direction, is_inclusive=True)
        return bool(await self._find([beyond], key, direction, 1, {"_id": 1, key: 1}))

    async def count(self) -> int:
        """Counted in an index where there is one condition, else in the documents."""
        async with available():
            filters = (await self.plan()).filters
            return sum(await asyncio.gather(*map(self._templates.count_documents, filters)))

    async def plan(self) -> ListPlan:
        """Made at the first call."""
        if self._plan is None:
            self._plan = await self._planned()
        return self._plan

    async def _planned(self) -> ListPlan:
        filter, accounts = self._scope.filter, sorted(self._scope.accounts)
        if not accounts or filter.finds_nothing():
            return ListPlan()
        owned = [
            {"account_id": {"$in": accounts[start : start + MAX_ACCOUNTS]}}
            for start in range(0, len(accounts), MAX_ACCOUNTS)
        ]
        found = narrowing(filter)
        sizes = await asyncio.gather(*(self._size(owned, c) for c in found[:MAX_COUNTED]))
        narrowest = [found.pop(sizes.index(min(sizes)))] if sizes else []
        others = other_conditions(filter, are_alone=not narrowest)
        conditions = [*narrowest, *map(compared, found), *others, *_created(filter)]
        return ListPlan(
            filters=[_all(owner, *conditions) for owner in owned],
            hint=TERMS_INDEX if min(sizes, default=FEW) < FEW else None,
        )

    async def _size(self, owned: list[Document], condition: Document) -> int:
        """How many templates meet a condition, up to COUNTED: counted in the index alone."""
        return sum(
            await asyncio.gather(
                *(
                    self._templates.count_documents(
                        _all(owner, condition), limit=COUNTED, hint=TERMS_INDEX
                    )
                    for owner in owned
                )
            )
        )

    async def _find(
        self,
        bounds: list[Document],
        key: str,
        direction: int,
        limit: int,
        fields: Document = OWN_FIELDS,
    ) -> list[Document]:
        """The first templates within the bounds, with the fields that are needed of them."""
        async with available():
            plan = await self.plan()

            async def part(filter: Document) -> list[Document]:
                found = self._templates.find(_all(filter, *bounds), fields).limit(limit)
                found = found.hint(plan.hint) if plan.hint else found
                documents = await found.sort(sort_of(key, direction)).to_list(None)
                if key == NAME and len(documents) == limit and len(self._scope.accounts) > 1:
                    # Ids decide between equal names of several accounts.
                    ties = {key: documents[-1][key]}
                    found = self._templates.find(_all(filter, *bounds, ties), fields)
                    documents = [d for d in documents if d[key] != ties[key]]
                    documents += await found.to_list(None)
                return sorted(documents, key=_place(key), reverse=direction == DESCENDING)

            parts = await asyncio.gather(*map(part, plan.filters))
        return [*islice(merge(*parts, key=_place(key), reverse=direction == DESCENDING), limit)]


def stored_order(order: ModelTemplateOrder) -> tuple[str, int]:
    """The stored field of an order, and its direction."""
    return order.field.value, ASCENDING if order.direction is OrderDirection.ASC else DESCENDING


def sort_of(key: str, direction: int) -> list[tuple[str, int]]:
    """MongoDB's sort. Names are unique in an account, so their index has no ids."""
    return [(key, direction)] if key == NAME else [(key, direction), ("_id", direction)]


def _all(*conditions: Document) -> Document:
    return {"$and": [*conditions]}


def _place(key: str) -> Callable[[Document], tuple[Any, str]]:
    return lambda document: (document[key], document["_id"])


def _beyond(key: str, place: Position, direction: int, *, is_inclusive: bool = False) -> Document:
    """What lies beyond a place. The range of the key is what an index can use; the rest decides
    between equal keys."""
    beyond = "$gt" if direction == ASCENDING else "$lt"
    by_id = {"_id": {f"{beyond}e" if is_inclusive else beyond: place.id}}
    return {key: {f"{beyond}e": place.value}, "$or": [{key: {beyond: place.value}}, by_id]}


def _created(filter: ModelTemplateFilter) -> list[Document]:
    within = {}
    if filter.created_after is not None:
        within["$gt"] = filter.created_after
    if (before := filter.created_before) is not None:
        # BSON drops microseconds, and with them what was made within that millisecond.
        within["$lt"] = before + timedelta(microseconds=-before.microsecond % 1_000)
    return [{CREATED_AT: within}] if within else []
