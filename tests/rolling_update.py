"""A rolling update with a real earlier release: old servers, old beside new, new, and back.

    OLD_RELEASE=/path/to/its/checkout python -m tests.rolling_update

The old servers run from that checkout with this Python. All servers share a replica set of one
mongod. At each step, every list of `list_table` is compared with the contract, on each server that
runs; prints a line a step, and exits with status 1 if a list was wrong where it has to be right.
`LISTS_OF_OLD=no` where the new release removes what the lists of the old one need (see the guide).
`BULK` is the number of further templates that the old release leaves (20,000).
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pymongo

from tests.builders import an_input
from tests.list_table import SELECTION, TABLE, an_entry, differences
from tests.mongod import Mongod

NEW = Path(__file__).parents[1]
OLD = Path(os.environ.get("OLD_RELEASE", NEW))
HAS_LISTS = os.environ.get("LISTS_OF_OLD") != "no"
BULK = int(os.environ.get("BULK", "20000"))
NAME = "rolling_update"
OF_ACCOUNTS = ("--account", "a1", "--account", "a2")

CREATE = f"""mutation($input: CreateModelTemplateInput!) {{ createModelTemplate(input: $input) {{
  modelTemplate {SELECTION} errors {{ message }} }} }}"""
UPDATE = f"""mutation($input: UpdateModelTemplateInput!) {{ updateModelTemplate(input: $input) {{
  modelTemplate {SELECTION} errors {{ message }} }} }}"""
DELETE = """mutation($input: DeleteModelTemplateInput!) { deleteModelTemplate(input: $input) {
  errors { message } } }"""
BY_ID = f"query($id: ID!) {{ modelTemplate(id: $id) {SELECTION} }}"
FIND = """query($name: String) { modelTemplates(filter: {name: $name}) { nodes { revision } } }"""


class Server:
    """A server of one release, and a caller of it."""

    def __init__(self, checkout: Path, uri: str, key: str, *arguments: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port), *arguments],
            cwd=checkout,
            env=environment(uri),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.http = httpx.AsyncClient(headers={"x-api-key": key}, timeout=20)

    async def ready(self) -> str:
        """The last answer of /readyz before it was 200, once it is."""
        said = ""
        while True:
            assert self.process.poll() is None, "the server has ended"
            try:
                answer = await self.http.get(f"{self.base}/readyz")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                return said
            said = answer.json()["status"]
            await asyncio.sleep(0.05)

    async def post(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return (await self.http.post(f"{self.base}/graphql", json=body)).json()

    async def ask(self, query: str, **variables: Any) -> Any:
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def write(self, query: str, input: Any) -> Any:
        (payload,) = (await self.ask(query, input=input)).values()
        assert payload["errors"] == [], payload
        return payload.get("modelTemplate")

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        await self.http.aclose()
        return await asyncio.to_thread(self.process.wait, 60)


def environment(uri: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "MONGODB_URI": uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": NAME,
        "MODEL_TEMPLATES_ENVIRONMENT": "production",
        "MODEL_TEMPLATES_RATE_LIMIT": "1000000/minute",
    }


def command(checkout: Path, uri: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=checkout,
        env=environment(uri),
        capture_output=True,
        text=True,
        timeout=120,
    )


class Ledger:
    """The templates that there are, as the API has shown them."""

    def __init__(self) -> None:
        self.templates: dict[str, Any] = {}
        self._made = 0

    async def work(self, server: Server, count: int = 6) -> list[str]:
        """Creates some templates on a server, changes, archives and deletes some; the ids."""
        made = []
        for _ in range(count):
            entry = an_input(an_entry(self._made))
            self._made += 1
            made.append(await server.write(CREATE, entry))
        changes: list[dict[str, Any]] = [
            {"description": "Changed prose."},
            {"archived": True},
            {"labels": {"team": "blue"}, "archived": True},
        ]
        for template, change in zip(made, changes, strict=False):
            made[made.index(template)] = await server.write(
                UPDATE, {"id": template["id"], **change}
            )
        await server.write(DELETE, {"id": made.pop()["id"]})
        self.templates |= {template["id"]: template for template in made}
        return [template["id"] for template in made]

    async def touch(self, server: Server) -> str:
        """Changes one of the templates that another server has written; its id."""
        id = next(iter(self.templates))
        template = await server.write(UPDATE, {"id": id, "description": f"Prose {time.time()}"})
        del self.templates[id]
        self.templates[id] = template
        return str(template["name"])


class Steps:
    def __init__(self) -> None:
        self.failures = 0

    async def compare(
        self, step: str, server: Server, ledger: Ledger, *, must: bool = True
    ) -> None:
        try:
            wrong = await differences(server.ask, ledger.templates.values())
        except (AssertionError, KeyError) as error:
            wrong = [f"{error}"[:300]]
        self.failures += bool(wrong) and must
        verdict = "as the contract says" if not wrong else f"{len(wrong)} WRONG, e.g. {wrong[0]}"
        print(f"{step}: {len(TABLE)} lists of {len(ledger.templates)} templates: {verdict}")

    def check(self, step: str, is_so: bool) -> None:
        self.failures += not is_so
        print(f"{step}: {'yes' if is_so else 'NO'}")


@asynccontextmanager
async def a_mongod() -> AsyncIterator[str]:
    with TemporaryDirectory() as directory:
        mongod = Mongod(Path(directory), "--replSet", "rs", "--oplogSize", "100")
        mongod.start()
        try:
            with pymongo.MongoClient[dict[str, Any]](mongod.uri) as client:
                member = {"_id": 0, "host": f"127.0.0.1:{mongod.port}"}
                client.admin.command("replSetInitiate", {"_id": "rs", "members": [member]})
            yield f"mongodb://127.0.0.1:{mongod.port}/?replicaSet=rs"
        finally:
            mongod.kill()


def multiply(uri: str, count: int) -> None:
    """Copies of a template that the old release has stored, in an account of their own."""
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        templates = client[NAME]["model_templates"]
        model = templates.find_one()
        assert model is not None
        model.pop("request", None)
        for start in range(0, count, 1000):
            copies = []
            for number in range(start, start + 1000):
                copy = deepcopy(model)
                copy |= {"_id": f"bulk-{number}", "name": f"bulk-{number}", "account_id": "bulk"}
                copies.append(copy)
            templates.insert_many(copies)


async def main() -> int:
    steps, ledger = Steps(), Ledger()
    async with a_mongod() as uri, AsyncExitStack() as stack:
        made = command(OLD, uri, "keys", "create", "--identity", "ann", *OF_ACCOUNTS)
        key = re.findall(r"mt_\S+", made.stdout)[0]

        def started(checkout: Path, *arguments: str) -> Server:
            server = Server(checkout, uri, key, *arguments)
            stack.callback(server.process.kill)
            return server

        old = started(OLD)
        await old.ready()
        for _ in range(4):
            await ledger.work(old)
        await steps.compare("old", old, ledger)
        multiply(uri, BULK)

        new = started(NEW)
        begun = time.monotonic()
        seen = set[str]()
        alive = 0.0
        while True:  # Until it rebuilds, or is done.
            try:
                answer = await new.http.get(f"{new.base}/healthz")
                alive = alive or time.monotonic() - begun
                seen.add((await new.http.get(f"{new.base}/readyz")).json()["status"])
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if any("rebuilding" in said or said == "ready" for said in seen):
                break
        print(f"new beside old: /healthz {answer.status_code} after {alive:.1f} s")
        first = next(iter(ledger.templates))
        if "ready" not in seen:
            body = await new.post(FIND, name="x")
            error = (body.get("errors") or [{}])[0]
            print(
                f"  a list meanwhile: {json.dumps(error.get('extensions'))} {error.get('message')}"
            )
            by_id = (await new.ask(BY_ID, id=first))["modelTemplate"]
            steps.check("  a template by id meanwhile", by_id == ledger.templates[first])
            await asyncio.sleep(0.3)
            print(f"  killed in between; /readyz had said {sorted(seen)}")
            await new.end(signal.SIGKILL)
            new = started(NEW, "--workers", "2")
        writing = asyncio.create_task(ledger.work(old, 8))
        said = await new.ready()
        await writing
        print(
            f"ready {time.monotonic() - begun:.1f} s after the first start; the last step: {said!r}"
        )
        await steps.compare("mixed, lists of new", new, ledger)
        for _ in range(15):
            name = await ledger.touch(old)
            nodes = (await new.ask(FIND, name=name))["modelTemplates"]["nodes"]
            template = next(t for t in ledger.templates.values() if t["name"] == name)
            is_listed = [node["revision"] for node in nodes] == [template["revision"]]
            archived = template["archivedAt"] is not None
            steps.failures += not (is_listed or archived)
            ids = await ledger.work(old, 4)
            await steps_listed(steps, new, ids, ledger)
        print("mixed: 15 x 4 writes of old were looked for in lists of new at once")
        await ledger.touch(new)
        await ledger.work(new)
        await steps.compare("mixed, lists of new after writes of both", new, ledger)
        await steps.compare("mixed, lists of old", old, ledger, must=HAS_LISTS)
        print(f"old ends with status {await old.end()}")
        await ledger.touch(new)
        await ledger.work(new)
        await steps.compare("new", new, ledger)

        back = started(OLD)
        await back.ready()
        await ledger.work(back)
        await steps.compare("back, lists of old beside new", back, ledger, must=HAS_LISTS)
        await steps.compare("back, lists of new beside old", new, ledger)
        print(f"new ends with status {await new.end()}")
        await ledger.work(back)
        await steps.compare("back, old alone", back, ledger, must=HAS_LISTS)
        again = started(NEW)
        await again.ready()
        await steps.compare("and forward again", again, ledger)
        await again.end()
        await back.end()
        forbidden(steps, uri)
    print("failures:", steps.failures)
    return int(steps.failures > 0)


async def steps_listed(steps: Steps, new: Server, ids: list[str], ledger: Ledger) -> None:
    """Whether lists of the new release have what the old one has just acknowledged."""
    for id in ids:
        template = ledger.templates[id]
        found = await new.ask(
            "query($filter: ModelTemplateFilter) { modelTemplates(filter: $filter) "
            "{ nodes { id revision } totalCount } }",
            filter={"name": template["name"], "archived": None, "labels": template["labels"]},
        )
        wanted = [{"id": id, "revision": template["revision"]}]
        steps.failures += found["modelTemplates"] != {"nodes": wanted, "totalCount": 1}


def forbidden(steps: Steps, uri: str) -> None:
    """A still newer release, with which the new one cannot share the database."""
    with pymongo.MongoClient[dict[str, Any]](uri) as client:
        newer = {"format": 99, "oldest": 99, "release": "9.9.9"}
        client[NAME]["model_template_formats"].update_one({"_id": "format"}, {"$set": newer})
    ended = command(NEW, uri, "serve", "--port", "0")
    lines = ended.stderr.splitlines()
    print(f"new on the database of 9.9.9: status {ended.returncode}: {lines[-1]}")
    steps.failures += ended.returncode != 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
