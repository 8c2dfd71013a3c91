"""Counting of facets (see `domain.facets`), by aggregations on the indexes of lists.

The templates of a scope are looked up as those of a list are, and the first MAX_COUNTED of them
compared with the rest of its conditions. They are grouped by all that is counted at once, which
takes little longer than by one field, and the groups, which are few, then by each field and label.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from app.domain.facets import ACCOUNT, ENUMS
from app.domain.filter import FILTERED
from app.domain.repository import Scope
from app.domain.tally import Counted, Tally
from app.storage.driver import Collection, Document, available, in_thread
from app.storage.lists import Completed, ListPlan, MongoModelTemplateList
from app.storage.terms import TERMS

MAX_COUNTED = 10_000
"""Templates that one command reads: some 50 ms of MongoDB's CPU time."""

MAX_PAIRS = 500
"""Labels that one command returns, the most common ones: more than an answer has, because those of
several commands are added."""

PATHS = {ACCOUNT: ACCOUNT, **{name: ".".join(FILTERED[name][0]) for name in ENUMS}}
"""The stored field of each facet."""

READABLE: Document = {f"{TERMS}.1": {"$exists": True}}
"""Filters find no document that cannot be read: it has only the term of every template."""

Pipeline = list[Document]
Pairs = Counter[tuple[str, str]]
"""The numbers of templates by name and value."""

_FIELDS, _LABELS = "fields", "labels"


async def tally(
    templates: Collection, scope: Scope, counted: Counted, completed: Completed
) -> Tally:
    """The numbers of templates in a scope. Runs one or two commands for each MAX_ACCOUNTS accounts,
    beside those of the list's plan."""
    async with available():
        plan = await MongoModelTemplateList(templates, scope, completed).plan()
        counts = (_tally_in(templates, plan, filter, counted) for filter in plan.looked_up)
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
    templates: Collection, plan: ListPlan, looked_up: Document, counted: Counted
) -> tuple[Pairs, Pairs, bool]:
    hint: Any = {"hint": plan.count_hint} if plan.count_hint else {}
    pipeline: Pipeline = [
        {"$match": {"$and": [*looked_up["$and"], READABLE]}},
        {"$limit": MAX_COUNTED + 1},  # One more shows whether these are all.
        *([{"$match": {"$and": plan.others}}] if plan.others else []),
        *_grouped(counted),
    ]
    (found,) = await in_thread(templates, lambda c: list(c.aggregate(pipeline, **hint)))
    fields, labels = _pairs(found[_FIELDS]), _pairs(found.get(_LABELS, []))
    if plan.others:
        number = await in_thread(
            templates, lambda c: c.count_documents(looked_up, limit=MAX_COUNTED + 1, **hint)
        )
    else:
        number = sum(n for (name, _), n in fields.items() if name == ACCOUNT)
    return fields, labels, number <= MAX_COUNTED


def _grouped(counted: Counted) -> Pipeline:
    """The stages that make one document of the templates, with lists of pairs."""
    values: Document = {_FIELDS: {name: f"${PATHS[name]}" for name in {ACCOUNT, *counted.fields}}}
    lists: dict[str, Pipeline] = {_FIELDS: [*_each(_FIELDS), *_sums()]}
    if counted.labels or counted.label is not None:
        values[_LABELS] = "$labels"
        named = [] if counted.label is None else [{"$match": {"pair.k": {"$eq": counted.label}}}]
        lists[_LABELS] = [*_each(_LABELS), *named, *_sums(), *_most_common()]
    return [{"$group": {"_id": values, "n": {"$sum": 1}}}, {"$facet": lists}]


def _each(key: str) -> Pipeline:
    return [
        {"$project": {"_id": 0, "n": 1, "pair": {"$objectToArray": f"$_id.{key}"}}},
        {"$unwind": "$pair"},
    ]


def _sums() -> Pipeline:
    return [{"$group": {"_id": {"k": "$pair.k", "v": "$pair.v"}, "n": {"$sum": "$n"}}}]


def _most_common() -> Pipeline:
    return [{"$sort": {"n": -1, "_id": 1}}, {"$limit": MAX_PAIRS}]


def _pairs(found: Iterable[Document]) -> Pairs:
    named = ((each["_id"]["k"], each["_id"].get("v"), each["n"]) for each in found)
    return Pairs({(name, value): number for name, value, number in named if isinstance(value, str)})
