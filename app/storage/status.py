"""The read-only report of `db status`: collection sizes, indexes and query plans."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from msgspec import Struct
from pymongo import DESCENDING

from app.domain.filter import FILTERED, ModelTemplateFilter, is_facet, searchable_words, value_at
from app.domain.model_template import ModelTemplate
from app.domain.pagination import OrderDirection
from app.domain.repository import Scope
from app.storage.codec import from_document
from app.storage.driver import Database, available, collection, without_deadline
from app.storage.explain import ORDERS, Plan, explain
from app.storage.indexes import INDEXES
from app.storage.lists import CREATED_AT
from app.storage.templates import TEMPLATES
from app.storage.terms import OWN_FIELDS

Filter: Callable[..., ModelTemplateFilter] = ModelTemplateFilter


class CollectionStatus(Struct, frozen=True, kw_only=True):
    """Document count and sizes on disk, in bytes, of one collection, and the indexes it lacks."""

    name: str
    documents: int
    data_bytes: int
    index_bytes: dict[str, int]
    missing: list[str]

    def lines(self) -> Iterator[str]:
        """The report, line by line."""
        yield f"{self.name:<26} {self.documents:>12,} documents {_size(self.data_bytes):>10}"
        for name, size in self.index_bytes.items():
            yield f"  index {name:<40} {_size(size):>10}"
        for name in self.missing:
            yield f"  index {name:<40} {'MISSING':>10}"


async def collections(database: Database) -> list[CollectionStatus]:
    """The status of each of the server's collections. Raises Unavailable."""
    statuses = []
    async with available():
        for name, wanted in INDEXES.items():
            stats = await database.command("collStats", name)
            sizes = stats.get("indexSizes", {})
            names = {options["name"] for _, options in wanted}
            statuses.append(
                CollectionStatus(
                    name=name,
                    documents=stats.get("count", 0),
                    data_bytes=stats.get("storageSize", 0),
                    index_bytes=sizes,
                    missing=sorted(names - sizes.keys()),
                )
            )
    return statuses


async def newest(database: Database) -> ModelTemplate | None:
    """The latest template of any account, or None. Raises Unavailable or Unreadable."""
    templates = collection(database, TEMPLATES)
    async with available():
        document = await templates.find_one({}, OWN_FIELDS, sort=[("_id", DESCENDING)])
    return None if document is None else from_document(document, ModelTemplate)


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


async def lists(database: Database, example: ModelTemplate) -> dict[str, list[Plan]]:
    """The query plans of each kind of list, by its description: one for each order, descending.

    The lists are of the example's account, and their filters match the example. Raises
    Unavailable.
    """
    orders = [order for order in ORDERS if order.direction is OrderDirection.DESC]
    accounts = frozenset({example.account_id})
    plans: dict[str, list[Plan]] = {}
    for description, filter in example_filters(example).items():
        scope = Scope(accounts=accounts, filter=filter)
        async with without_deadline():  # MongoDB runs all candidate plans, maybe from disk.
            plans[description] = [await explain(database, scope, order) for order in orders]
    return plans


def _size(count: int) -> str:
    """A number of bytes as text, in megabytes."""
    return f"{count / 1_000_000:,.1f} MB"
