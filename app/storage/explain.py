"""MongoDB's query plans for lists, for `db status`, tests and benchmarks."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from msgspec import Struct

from app.domain.filter import FILTERED, ModelTemplateFilter, is_facet, searchable_words, value_at
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection
from app.domain.repository import Scope
from app.storage.driver import Database, Document, collection
from app.storage.lists import CREATED_AT, MongoModelTemplateList, sort_of, stored_order
from app.storage.templates import TEMPLATES

Filter: Callable[..., ModelTemplateFilter] = ModelTemplateFilter

ORDERS = [
    ModelTemplateOrder(field=field, direction=direction)
    for field in ModelTemplateOrderField
    for direction in OrderDirection
]


class Plan(Struct, frozen=True, kw_only=True):
    """The query plan of a list's first page: index keys and documents examined, in all commands."""

    indexes: frozenset[str]
    stages: frozenset[str]
    keys: int
    documents: int
    returned: int

    @property
    def is_sound(self) -> bool:
        """True if no command scans the whole collection."""
        return "COLLSCAN" not in self.stages

    def __str__(self) -> str:
        sort = ", sorted in memory" if "SORT" in self.stages else ""
        scan = "IXSCAN" if self.is_sound else "!!! COLLSCAN"
        return f"{scan} {', '.join(sorted(self.indexes))}{sort}"


def example_filters(
    template: ModelTemplate, *, span: timedelta = timedelta(days=1)
) -> dict[str, ModelTemplateFilter]:
    """Filters of each kind that match the template, by description.

    `createdAfter` is `span` before the template's creation.
    """
    given = {
        name: [value] if is_facet(kind) else value
        for name, (path, kind) in FILTERED.items()
        if (value := value_at(template, path)) is not None
    }
    facets = {name: value for name, value in given.items() if isinstance(value, list)}
    created = value_at(template, (CREATED_AT,))
    # Rare words first: words with digits occur in fewer templates.
    by_rarity = sorted(searchable_words(template), key=lambda word: (word.isalpha(), len(word)))
    return {
        "nothing": Filter(),
        **{name: Filter(**{name: value}) for name, value in given.items()},
        **{f"any {name}": Filter(**{name: [*FILTERED[name][1]]}) for name in [*facets][:1]},
        "two facets": Filter(**dict([*facets.items()][:2])),
        "all facets": Filter(**facets),
        **{f"label {key}": Filter(labels={key: template.labels[key]}) for key in template.labels},
        "search, one word": Filter(search=by_rarity[-1]),
        "search, a prefix": Filter(search=by_rarity[-1][:3]),
        "search, two words": Filter(search=" ".join(by_rarity[-2:])),
        "search, a rare word": Filter(search=by_rarity[0]),
        "search, a rare and a common word": Filter(search=f"{by_rarity[-1]} {by_rarity[0]}"),
        "search and facets": Filter(search=by_rarity[-1], **facets),
        "created after": Filter(created_after=created - span),
        "created before": Filter(created_before=created + timedelta(milliseconds=1)),
        "archived": Filter(archived=True),
        "in use or archived": Filter(archived=None),
    }


async def explain(
    database: Database, scope: Scope, order: ModelTemplateOrder, *, size: int = 20
) -> Plan:
    """The query plan of a first page of `size`, executed in MongoDB's `executionStats` mode."""
    key, direction = stored_order(order)
    plan = await MongoModelTemplateList(collection(database, TEMPLATES), scope).plan()
    find = {"find": TEMPLATES, "sort": dict(sort_of(key, direction)), "limit": size + 1}
    if plan.hint is not None:
        find["hint"] = plan.hint
    answers = [await _run_explain(database, {**find, "filter": filter}) for filter in plan.filters]
    stages = [stage for answer in answers for stage in _stages(_winning_plan(answer))]
    executions = [answer["executionStats"] for answer in answers]
    return Plan(
        indexes=frozenset(stage["indexName"] for stage in stages if "indexName" in stage),
        stages=frozenset(stage["stage"] for stage in stages),
        keys=sum(stats["totalKeysExamined"] for stats in executions),
        documents=sum(stats["totalDocsExamined"] for stats in executions),
        returned=min(sum(stats["nReturned"] for stats in executions), size + 1),
    )


async def _run_explain(database: Database, find: Document) -> Document:
    answer: Document = await database.command({"explain": find, "verbosity": "executionStats"})
    return answer


def _winning_plan(answer: Document) -> Document:
    plan: Document = answer["queryPlanner"]["winningPlan"]
    inner: Document = plan.get("queryPlan", plan)  # MongoDB's slot-based engine wraps the plan.
    return inner


def _stages(plan: Any) -> Iterator[Document]:
    yield plan
    for below in (*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])):
        yield from _stages(below)
