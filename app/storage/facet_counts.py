"""Counting of facets (see `domain.facets`), by aggregations on the indexes of lists.

The templates of a scope are looked up as those of a list are, and the first MAX_COUNTED of them
compared with the rest of its conditions. They are grouped by all fields at once, which takes as
long as by one of them, and the few groups that there are then by each field.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from app.domain.facets import ACCOUNT, ENUMS
from app.domain.filter import FILTERED
from app.domain.repository import Scope
from app.domain.tally import Counted, Tally
from app.storage.driver import Collection, Document, PyMongoCollection, available, in_thread
from app.storage.lists import Completed, ListPlan, MongoModelTemplateList
from app.storage.terms import TERMS

MAX_COUNTED = 10_000
"""Templates that one command reads: some 50 ms of MongoDB's CPU time."""

MAX_PAIRS = 500
"""Labels that one command returns, the most common ones."""

PATHS = {ACCOUNT: ACCOUNT, **{name: ".".join(FILTERED[name][0]) for name in ENUMS}}
"""The stored field of each facet."""

READABLE: Document = {f"{TERMS}.1": {"$exists": True}}
"""Filters find no document that cannot be read: it has only the term of every template."""

Pipeline = list[Document]
Pairs = Counter[tuple[str, str]]
"""The numbers of templates by name and value."""


async def tally(
    templates: Collection, scope: Scope, counted: Counted, completed: Completed
) -> Tally:
    """The numbers of templates in a scope: two or three commands for each MAX_ACCOUNTS accounts,
    which run at once."""
    async with available():
        plan = await MongoModelTemplateList(templates, scope, completed).plan()
        counts = (_tally_in(templates, plan, filter, counted) for filter in plan.filters)
        parts = await asyncio.gather(*counts)
    fields, labels = Pairs(), Pairs()
    for part_fields, part_labels, _ in parts:
        fields.update(part_fields)
        labels.update(part_labels)
    by_name = defaultdict[str, dict[str, int]](dict)
    for (name, value), number in fields.items():
        by_name[name][value] = number
    is_cut = len(parts) > 1 and any(len(part_labels) == MAX_PAIRS for _, part_labels, _ in parts)
    return Tally(
        total=sum(by_name[ACCOUNT].values()),
        fields=by_name,
        labels=dict(labels),
        is_complete=all(is_complete for _, _, is_complete in parts) and not is_cut,
    )


async def _tally_in(
    templates: Collection, plan: ListPlan, filter: Document, counted: Counted
) -> tuple[Pairs, Pairs, bool]:
    hint: Any = {"hint": plan.count_hint} if plan.count_hint else {}
    # The accounts and the condition to look up come first.
    looked_up, others = {"$and": filter["$and"][:2]}, filter["$and"][2:]
    first: Pipeline = [
        {"$match": looked_up},
        {"$limit": MAX_COUNTED},
        {"$match": {"$and": [READABLE, *others]}},
    ]

    def pairs(stages: Pipeline, collection: PyMongoCollection) -> Pairs:
        found = collection.aggregate([*first, *stages], **hint)
        named = ((each["_id"]["k"], each["_id"].get("v"), each["n"]) for each in found)
        return Pairs({(name, value): n for name, value, n in named if isinstance(value, str)})

    def is_all(collection: PyMongoCollection) -> bool:
        number = collection.count_documents(looked_up, limit=MAX_COUNTED + 1, **hint)
        return number <= MAX_COUNTED

    async def labels() -> Pairs:
        if not counted.labels and counted.label is None:
            return Pairs()
        return await in_thread(templates, partial(pairs, _by_label(counted.label)))

    return await asyncio.gather(
        in_thread(templates, partial(pairs, _by_field(counted.fields))),
        labels(),
        in_thread(templates, is_all),
    )


def _by_field(names: Iterable[str]) -> Pipeline:
    values = {name: f"${PATHS[name]}" for name in {ACCOUNT, *names}}
    return [
        {"$group": {"_id": values, "n": {"$sum": 1}}},
        {"$project": {"_id": 0, "n": 1, "pair": {"$objectToArray": "$_id"}}},
        {"$unwind": "$pair"},
        {"$group": {"_id": {"k": "$pair.k", "v": "$pair.v"}, "n": {"$sum": "$n"}}},
    ]


def _by_label(name: str | None) -> Pipeline:
    return [
        {"$project": {"_id": 0, "pair": {"$objectToArray": "$labels"}}},
        {"$unwind": "$pair"},
        *([] if name is None else [{"$match": {"pair.k": {"$eq": name}}}]),
        {"$group": {"_id": "$pair", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
        {"$limit": MAX_PAIRS},
    ]
