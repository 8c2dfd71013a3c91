"""What is in the database, and how each kind of list would be read: for people. Reads only."""

from collections.abc import Iterator

from msgspec import Struct
from pymongo import DESCENDING

from app.domain.model_template import ModelTemplate
from app.domain.pagination import OrderDirection
from app.domain.repository import Scope
from app.storage.codec import from_document
from app.storage.driver import Database, available, collection
from app.storage.explain import ORDERS, Plan, example_filters, explain
from app.storage.indexes import INDEXES
from app.storage.templates import TEMPLATES
from app.storage.terms import OWN_FIELDS


class CollectionStatus(Struct, frozen=True, kw_only=True):
    """One collection: sizes in bytes, as they are on disk."""

    name: str
    documents: int
    data_bytes: int
    index_bytes: dict[str, int]
    missing: list[str]

    def lines(self) -> Iterator[str]:
        """For a terminal."""
        yield f"{self.name:<26} {self.documents:>12,} documents {_size(self.data_bytes):>10}"
        for name, size in self.index_bytes.items():
            yield f"  index {name:<40} {_size(size):>10}"
        for name in self.missing:
            yield f"  index {name:<40} {'MISSING':>10}"


async def collections(database: Database) -> list[CollectionStatus]:
    """Every collection of ours. Raises Unavailable."""
    found = []
    async with available():
        for name, wanted in INDEXES.items():
            stats = await database.command("collStats", name)
            sizes = stats.get("indexSizes", {})
            names = {options["name"] for _, options in wanted}
            found.append(
                CollectionStatus(
                    name=name,
                    documents=stats.get("count", 0),
                    data_bytes=stats.get("storageSize", 0),
                    index_bytes=sizes,
                    missing=sorted(names - sizes.keys()),
                )
            )
    return found


async def newest(database: Database) -> ModelTemplate | None:
    """The template that was made last, of whichever account."""
    templates = collection(database, TEMPLATES)
    async with available():
        document = await templates.find_one({}, OWN_FIELDS, sort=[("_id", DESCENDING)])
    return None if document is None else from_document(document, ModelTemplate)


async def lists(database: Database, example: ModelTemplate) -> dict[str, list[Plan]]:
    """By what each kind of list asks for: how its first page is read, in each order, newest or last
    first. They are lists of the account that the example is in."""
    orders = [order for order in ORDERS if order.direction is OrderDirection.DESC]
    accounts = frozenset({example.account_id})
    plans: dict[str, list[Plan]] = {}
    for what, filter in example_filters(example).items():
        scope = Scope(accounts=accounts, filter=filter)
        async with available():
            plans[what] = [await explain(database, scope, order) for order in orders]
    return plans


def _size(count: int) -> str:
    """Bytes, in megabytes."""
    return f"{count / 1_000_000:,.1f} MB"
