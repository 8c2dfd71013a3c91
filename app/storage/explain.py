"""MongoDB's query plans for lists, for `db status`, tests and benchmarks."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from app.domain.model_template import ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection
from app.domain.repository import Scope
from app.storage.driver import Database, Document, collection
from app.storage.lists import MongoModelTemplateList, sort_of, stored_order
from app.storage.templates import TEMPLATES

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
