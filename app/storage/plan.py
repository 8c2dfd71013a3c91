"""How the database would answer each list of the API: what its planner says, for people and tests.

Filters are made of a template, so that what they ask for is there; each stands for a kind of list.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from msgspec import Struct

from app.domain.filter import FILTERED, ModelTemplateFilter, is_facet, searched_words, value_at
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.pagination import ModelTemplateOrder, OrderDirection
from app.domain.repository import Scope
from app.storage.driver import Database, Document, collection
from app.storage.listing import OWN_FIELDS, ListReader, Query, stored_order
from app.storage.templates import TEMPLATES
from app.storage.token import CREATED, FACETS

Filter: Callable[..., ModelTemplateFilter] = ModelTemplateFilter

ORDERS = [
    ModelTemplateOrder(field=field, direction=direction)
    for field in ModelTemplateOrderField
    for direction in OrderDirection
]


class Plan(Struct, frozen=True, kw_only=True):
    """What one list comes to: the first page and one template more, which tells whether the list
    goes on. The counts are over all commands that it takes."""

    indexes: frozenset[str]
    stages: frozenset[str]
    runs: int
    keys: int
    documents: int
    returned: int

    @property
    def is_sound(self) -> bool:
        """Whether it is read in order from an index."""
        return "IXSCAN" in self.stages and not self.stages & {"SORT", "COLLSCAN"}

    @property
    def is_bounded(self) -> bool:
        """Whether it examines at most three keys a template, and one a run (an account, a token
        and a state of templates)."""
        return self.keys <= 3 * self.returned + self.runs

    def __str__(self) -> str:
        merged = f" x{self.runs}, merged" if self.runs > 1 else ""
        odd = "" if self.is_sound else f" !!! {', '.join(sorted(self.stages))}"
        return f"IXSCAN {', '.join(sorted(self.indexes))}{merged}{odd}"


def example_filters(
    template: ModelTemplate, *, span: timedelta = timedelta(days=1)
) -> dict[str, ModelTemplateFilter]:
    """A filter of each kind that finds the template, by what it asks for; `span` is the time of
    creation that it looks back."""
    given = {
        name: [value] if is_facet(kind) else value
        for name, (path, kind) in FILTERED.items()
        if (value := value_at(template, path)) is not None
    }
    facets = {name: given[name] for name in FACETS if name in given}
    made = value_at(template, (CREATED,))
    # An image has words at the least; those without digits are shared by more templates.
    found = sorted(searched_words(template), key=lambda word: (word.isalpha(), len(word)))
    return {
        "nothing": Filter(),
        **{name: Filter(**{name: value}) for name, value in given.items()},
        **{f"any {name}": Filter(**{name: [*FILTERED[name][1]]}) for name in [*facets][:1]},
        "two facets": Filter(**dict([*facets.items()][:2])),
        "all facets": Filter(**facets),
        **{f"label {key}": Filter(labels={key: template.labels[key]}) for key in template.labels},
        "search, one word": Filter(search=found[-1]),
        "search, a beginning": Filter(search=found[-1][:3]),
        "search, two words": Filter(search=" ".join(found[-2:])),
        "created after": Filter(created_after=made - span),
        "created before": Filter(created_before=made + timedelta(milliseconds=1)),
        "archived": Filter(archived=True),
        "in use or not": Filter(archived=None),
    }


async def explain(
    database: Database, scope: Scope, order: ModelTemplateOrder, *, size: int = 20
) -> Plan:
    """How the first page of a list is read: the database reads it, and counts."""
    reader = ListReader(collection(database, TEMPLATES))
    _, way = stored_order(order)
    queries = await reader.queries(scope, order, [], way)
    answers = [await _explained(database, query, size + 1) for query in queries]
    stages = [stage for answer in answers for stage in _stages(_winner(answer))]
    counts = Counter(stage["stage"] for stage in stages)
    counted = [answer["executionStats"] for answer in answers]
    return Plan(
        indexes=frozenset(stage["indexName"] for stage in stages if "indexName" in stage),
        stages=frozenset(counts),
        runs=counts["IXSCAN"],
        keys=sum(stats["totalKeysExamined"] for stats in counted),
        documents=sum(stats["totalDocsExamined"] for stats in counted),
        returned=min(sum(stats["nReturned"] for stats in counted), size + 1),
    )


async def _explained(database: Database, query: Query, limit: int) -> Document:
    find = {
        "find": TEMPLATES,
        "filter": query.filter,
        "sort": dict(query.sort),
        "projection": OWN_FIELDS,
        "hint": query.hint,
        "limit": limit,
    }
    answer: Document = await database.command({"explain": find, "verbosity": "executionStats"})
    return answer


def _winner(answer: Document) -> Document:
    plan: Document = answer["queryPlanner"]["winningPlan"]
    inner: Document = plan.get("queryPlan", plan)  # Where the slot-based engine runs it.
    return inner


def _stages(plan: Any) -> Iterator[Document]:
    yield plan
    for below in (*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])):
        yield from _stages(below)
