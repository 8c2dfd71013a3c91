"""Lists of templates on ordinary indexes.

A list is one `find`. MongoDB either scans an index in the list's order and filters, or looks up a
term of the filter and sorts. If few templates have the term, a hint requests the lookup; otherwise
the planner races both. It can look up only one term and might choose any, so all but the most
selective term are written in a form that MongoDB can only use to filter.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Collection as AbstractCollection
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

from msgspec import Struct
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import OperationFailure

from app.domain.errors import Unreadable
from app.domain.model_template import (
    ModelTemplate,
    ModelTemplateOrderField,
    ModelTemplateVersion,
)
from app.domain.pagination import ModelTemplateOrder, OrderDirection, Page, Position, Window
from app.domain.repository import Scope
from app.storage import terms
from app.storage.codec import readable
from app.storage.collections import SHARD_KEYS, TEMPLATES
from app.storage.documents import completed, decoding, own_fields, unwrapped
from app.storage.driver import Collection, Document, PyMongoCollection, available, in_thread
from app.storage.reads_by_id import find_all
from app.storage.terms import EVERY, TERMS, TERMS_INDEX

MAX_ACCOUNTS = 200
"""Accounts that one command can merge in order: MongoDB's internalQueryMaxScansToExplode."""
COUNTED, FEW = 1_000, 200
"""Index entries at which counting a condition stops, and below which MongoDB must look it up."""
MAX_COUNTED, BAD_HINT = 8, 2
"""Conditions that are counted at most, and MongoDB's error code for a missing index."""
STATE_INDEX = "account_archived_created_at"
"""The index that holds all that a list without other conditions needs to skip templates."""

CREATED_AT, NAME = ModelTemplateOrderField.CREATED_AT.value, ModelTemplateOrderField.NAME.value
ACCOUNT = SHARD_KEYS[TEMPLATES]

Documents = list[Document]
Sort = tuple[str, int]
"""A stored field, and MongoDB's direction."""

Completed = Callable[[AbstractCollection[str]], Awaitable[None]]
"""Makes sure, before the first read, that lists of these accounts miss no template, or raises
Unavailable."""


async def is_complete(_: AbstractCollection[str]) -> None:
    """A Completed for a database that only this release uses."""


class ListPlan(Struct, frozen=True, kw_only=True):
    """The filters of a list's commands, for any window: accounts with the condition to look up, and
    the others. And the index to read or to count it by, unless the planner is to choose."""

    looked_up: Documents = []
    others: Documents = []
    hint: str | None = None
    count_hint: str | None = None

    @property
    def filters(self) -> Documents:
        """The filter of each command."""
        return [_all(*filter["$and"], *self.others) for filter in self.looked_up]


class MongoModelTemplateList:
    """`ModelTemplateList` on a collection. Its plan is made at the first use and then reused."""

    def __init__(
        self, templates: Collection, scope: Scope, completed: Completed = is_complete
    ) -> None:
        self._templates = templates
        self._scope = scope
        self._completed = completed
        self._plan: ListPlan | None = None

    async def read(self, window: Window, part: type[ModelTemplate] = ModelTemplate) -> Page:
        """A page. Runs one command for each MAX_ACCOUNTS accounts."""
        key, forward = stored_order(window.order)
        cursors = ((window.after, forward), (window.before, -forward))
        bounds = [_beyond(key, way, place) for place, way in cursors if place is not None]
        direction = -forward if window.from_end else forward
        # One more than the window shows whether there are more.
        fields = own_fields(self._templates, ACCOUNT, key, part=part)
        documents = await self._find(bounds, (key, direction), window.size + 1, fields, part)
        has_more = len(documents) > window.size
        documents = await completed(self._templates, ACCOUNT, documents[: window.size])
        templates, unreadable = readable(documents, part)
        if unreadable and not templates and has_more:
            raise unreadable[0]  # Without a template there is no cursor to continue from.
        if window.from_end:
            templates.reverse()
        return Page(templates=templates, has_more=has_more, unreadable=unreadable)

    async def fetch(
        self, ids: Iterable[str], part: type[ModelTemplate]
    ) -> tuple[list[ModelTemplate], list[Unreadable]]:
        """Reads by id, in the accounts of the list."""
        return await find_all(self._templates, part, ids, self._scope.accounts)

    async def ids(self, skip: int, limit: int) -> list[str]:
        """One command, which reads nothing but STATE_INDEX if the state is the only condition: to
        skip 100,000 templates takes some 45 ms."""
        filter, accounts = self._scope.filter, sorted(self._scope.accounts)
        conditions = [*terms.other_conditions(filter), *terms.term_conditions(filter)]

        def skipped(templates: PyMongoCollection) -> list[str]:
            condition = _all(_owned(accounts), *conditions)
            cursor = templates.find(condition, {"_id": 1}).skip(skip).limit(limit)
            cursor = cursor.hint(STATE_INDEX) if len(conditions) == 1 else cursor
            return [each["_id"] for each in cursor.sort(sort_of(CREATED_AT, ASCENDING))]

        async with available():
            await self._completed(accounts)
            return await in_thread(self._templates, skipped)

    async def exists(self, order: ModelTemplateOrder, place: Position, *, ahead: bool) -> bool:
        """Whether a template is at the position or beyond it."""
        key, forward = stored_order(order)
        sort = (key, forward if ahead else -forward)
        beyond = _beyond(*sort, place, is_inclusive=True)
        return bool(await self._find([beyond], sort, 1, {"_id": 1, key: 1}))

    async def count(self) -> int:
        """The number of templates; with several conditions, MongoDB has to read the documents."""
        async with available():
            plan = await self.plan()
            hint: Any = {"hint": plan.count_hint} if plan.count_hint else {}
            counts = (self._counted(f, **hint) for f in plan.filters)
            return sum(await asyncio.gather(*counts))

    async def _counted(self, condition: Document, **options: Any) -> int:
        return await in_thread(self._templates, lambda c: c.count_documents(condition, **options))

    async def plan(self) -> ListPlan:
        """The plan, made at the first call."""
        if self._plan is None:
            self._plan = await self._make_plan()
        return self._plan

    async def _make_plan(self) -> ListPlan:
        filter, accounts = self._scope.filter, sorted(self._scope.accounts)
        if not accounts or filter.finds_nothing():
            return ListPlan()
        await self._completed(accounts)
        others = terms.other_conditions(filter)
        scopes = [
            _all(_owned(accounts[start : start + MAX_ACCOUNTS]), *others)
            for start in range(0, len(accounts), MAX_ACCOUNTS)
        ]
        conditions = terms.term_conditions(filter)
        sizes = await self._sizes(conditions[:MAX_COUNTED])
        lookup = conditions.pop(sizes.index(min(sizes))) if sizes else {TERMS: EVERY}
        return ListPlan(
            looked_up=[_all(scope, lookup) for scope in scopes],
            others=[terms.filter_only(condition) for condition in conditions],
            hint=TERMS_INDEX if min(sizes, default=FEW) < FEW else None,
            count_hint=TERMS_INDEX if sizes else None,
        )

    async def _sizes(self, conditions: Documents) -> list[int]:
        """The number of templates that meet each condition, up to COUNTED, from the index alone;
        only that of the first condition if those are few, for then it may be looked up."""
        try:
            sizes = [await self._size(condition) for condition in conditions[:1]]
            if len(conditions) > 1 and sizes[0] >= FEW:
                sizes += await asyncio.gather(*map(self._size, conditions[1:]))
        except OperationFailure as error:
            if error.code == BAD_HINT:  # The index is being built: others will do.
                return []
            raise
        return sizes

    async def _size(self, condition: Document) -> int:
        owned, state = _owned(self._scope.accounts), terms.state(self._scope.filter)
        return await self._counted(_all(owned, state, condition), limit=COUNTED, hint=TERMS_INDEX)

    async def _find(
        self,
        bounds: Documents,
        sort: Sort,
        limit: int,
        fields: Document,
        part: type[Struct] = ModelTemplateVersion,
    ) -> Documents:
        """The first `limit` documents within the bounds, reduced to `fields`, which `part` has."""
        key, direction = sort

        def first(filter: Document, templates: PyMongoCollection) -> Documents:
            cursor = decoding(templates, part).find(_all(filter, *bounds), fields).limit(limit)
            cursor = cursor.hint(plan.hint) if plan.hint else cursor
            return list(cursor.sort(sort_of(key, direction)))

        async def find_in(filter: Document) -> Documents:
            found = await in_thread(self._templates, partial(first, filter))
            documents = unwrapped(found, part)
            if key == NAME and len(documents) == limit and len(self._scope.accounts) > 1:
                # Accounts may share names, which are then ordered by id. What was read already is
                # kept though it may be deleted by now: fewer documents would end the list.
                all_ties = _all(filter, *bounds, {key: documents[-1][key]})
                found = await in_thread(self._templates, lambda c: list(c.find(all_ties, fields)))
                known = {document["_id"] for document in documents}
                documents += (d for d in unwrapped(found, part) if d["_id"] not in known)
            return documents

        async with available():
            plan = await self.plan()
            if len(plan.filters) == 1 and key != NAME:  # It is in order already.
                return await find_in(plan.filters[0])
            parts = await asyncio.gather(*map(find_in, plan.filters))
        place, found = itemgetter(key, "_id"), chain.from_iterable(parts)
        return sorted(found, key=place, reverse=direction == DESCENDING)[:limit]


def stored_order(order: ModelTemplateOrder) -> Sort:
    """MongoDB's key and direction of an order."""
    return order.field.value, ASCENDING if order.direction is OrderDirection.ASC else DESCENDING


def sort_of(key: str, direction: int) -> list[tuple[str, int]]:
    """MongoDB's sort. Names are unique within an account, so their index needs no id."""
    return [(key, direction)] if key == NAME else [(key, direction), ("_id", direction)]


def _all(*conditions: Document) -> Document:
    return {"$and": [*conditions]}


def _owned(accounts: Iterable[str]) -> Document:
    return {ACCOUNT: {"$in": sorted(accounts)}}


def _beyond(key: str, direction: int, place: Position, *, is_inclusive: bool = False) -> Document:
    """The condition for documents beyond a position: a range of the key, which an index can use,
    and the id between equal keys."""
    beyond = "$gt" if direction == ASCENDING else "$lt"
    by_id = {"_id": {f"{beyond}e" if is_inclusive else beyond: place.id}}
    return {key: {f"{beyond}e": place.value}, "$or": [{key: {beyond: place.value}}, by_id]}
