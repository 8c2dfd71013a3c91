"""Clients that write through the API, and a ledger of what was acknowledged to them.

Each client changes templates of its own, one change after the other, so that it knows which states
are possible. What an answer leaves open, it repeats, as the README tells clients to.
"""

import random
import threading
import time
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
from msgspec import Struct, field

from tests.builders import a_wire_template, an_input

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id revision } errors { code message } }
}"""
UPDATE = """mutation($id: ID!, $description: String!, $expected: Int!) {
  updateModelTemplate(
    input: {id: $id, description: $description, expectedRevision: $expected}
  ) { modelTemplate { revision } errors { code message } }
}"""
DELETE = """mutation($id: ID!) {
  deleteModelTemplate(input: {id: $id}) { deletedId errors { code message } }
}"""
NEWEST = "{ modelTemplates(first: 100) { nodes { id revision description } } }"
READ = "query($id: ID!) { modelTemplate(id: $id) { revision description } }"
OK, NO_ANSWER = "OK", "no answer"
UPDATES = 4
"""Updates of a template before the next one is made."""
DELETED = 1 / 3
"""The part of templates that are deleted at the end."""


class Entry(Struct):
    """A template as its client knows it: the description that each revision has."""

    name: str
    id: str | None = None
    states: dict[int, str] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)
    """States that were read."""
    pending: str | None = None
    """The description of an update whose outcome is open, or "delete"."""
    deleted: bool = False


class Ledger:
    """Everything that the clients were told. `stop` ends them; `problems` is what was wrong."""

    def __init__(self, url: str, key: str, pause: float = 0) -> None:
        """Each client waits for `pause` seconds before each request."""
        self._url = f"{url}/graphql"
        self._headers = {"x-api-key": key}
        self._pause = pause
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.entries: list[Entry] = []
        self.observed: set[str] = set()
        """The ids of all templates that lists have shown."""
        self.answers: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        """Answers by their codes (see `answer`)."""
        self.problems: list[str] = []
        self.last_success = 0.0
        self.deletes_only = False
        """Whether clients skip updates, and delete each template."""

    def start(self, clients: int) -> None:
        for number in range(clients):
            thread = threading.Thread(target=self._work, args=[random.Random(number)])
            thread.start()
            self._threads.append(thread)

        observer = threading.Thread(target=self._observe)
        observer.start()
        self._threads.append(observer)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _work(self, chance: random.Random) -> None:
        while not self._stop.is_set():
            with httpx.Client(headers=self._headers, verify=False, timeout=20) as http:
                self._live(http, chance)

    def _observe(self) -> None:
        """Reads lists of all clients' templates."""
        with httpx.Client(headers=self._headers, verify=False, timeout=20) as http:
            while not self._stop.is_set():
                if (data := self._ask(http, NEWEST)) is not None:
                    self.observed |= {node["id"] for node in data["modelTemplates"]["nodes"]}
                self._stop.wait(0.1)

    def _live(self, http: httpx.Client, chance: random.Random) -> None:
        """The life of one template."""
        entry = Entry(name=f"t-{uuid4().hex}")
        self.entries.append(entry)
        wire = a_wire_template(name=entry.name, description=entry.name)
        made = self._until_known(
            http, CREATE, "createModelTemplate", input={**an_input(wire), "requestId": entry.name}
        )
        if made is None:
            return
        if made["errors"]:
            self.problems.append(f"create: {made['errors']}")
            return
        entry.id = made["modelTemplate"]["id"]
        entry.states[1] = entry.name
        for _ in range(UPDATES):
            if self.deletes_only:
                break
            if not self._update(http, entry):
                return
            self._read(http, entry)
        if self.deletes_only or chance.random() < DELETED:
            self._delete(http, entry)

    def _update(self, http: httpx.Client, entry: Entry) -> bool:
        revision, description = max(entry.states), uuid4().hex
        entry.pending = description
        variables = {"id": entry.id, "description": description, "expected": revision}
        changed = self._until_known(http, UPDATE, "updateModelTemplate", **variables)
        if changed is None:
            return False
        codes = [error["code"] for error in changed["errors"]]
        if codes == ["STALE"]:
            # The first attempt has succeeded, or else somebody has lost our last change.
            if (found := self._ask(http, READ, id=entry.id)) is None:
                return False
            current = found["modelTemplate"]
            if current != {"revision": revision + 1, "description": description}:
                self.problems.append(f"stale: {current}, expected {revision + 1}")
                return False
        elif codes:
            self.problems.append(f"update: {changed['errors']}")
            return False
        entry.states[revision + 1], entry.pending = description, None
        return True

    def _delete(self, http: httpx.Client, entry: Entry) -> None:
        entry.pending = "delete"
        tries = self.answers["open"]
        gone = self._until_known(http, DELETE, "deleteModelTemplate", id=entry.id)
        if gone is not None:
            codes = [error["code"] for error in gone["errors"]]
            if codes and (codes != ["NOT_FOUND"] or tries == self.answers["open"]):
                self.problems.append(f"delete: {gone['errors']}")
            entry.deleted, entry.pending = True, None

    def _read(self, http: httpx.Client, entry: Entry) -> None:
        found = self._ask(http, READ, id=entry.id)
        if found is not None and (template := found["modelTemplate"]) is None:
            self.problems.append(f"read: {entry.id} is missing")
        elif found is not None:
            entry.seen[template["revision"]] = template["description"]

    def _until_known(
        self, http: httpx.Client, query: str, field: str, **variables: Any
    ) -> dict[str, Any] | None:
        """The payload of a mutation, which is repeated until there is one; None at the end."""
        while not self._stop.is_set():
            if (data := self._ask(http, query, **variables)) is not None:
                payload: dict[str, Any] = data[field]
                return payload
            time.sleep(0.05)
        return None

    def _ask(self, http: httpx.Client, query: str, **variables: Any) -> dict[str, Any] | None:
        """The data of an answer; None if it leaves open what happened."""
        time.sleep(self._pause)
        body, codes = answer(http, self._url, query, **variables)
        self.codes.update(codes)
        if codes == {NO_ANSWER} or body.get("errors"):
            if not codes <= {NO_ANSWER, "SERVICE_UNAVAILABLE"}:
                self.problems.append(f"answer: {body}")
            self.answers["open"] += 1
            return None
        self.answers["known"] += 1
        self.last_success = time.monotonic()
        data: dict[str, Any] = body["data"]
        return data


def answer(
    http: httpx.Client, url: str, query: str, **variables: Any
) -> tuple[dict[str, Any], set[str]]:
    """The body of an answer, and the codes of its errors and of those in mutations' payloads, or
    OK, or NO_ANSWER."""
    try:
        response = http.post(url, json={"query": query, "variables": variables})
        body: dict[str, Any] = response.json()
    except httpx.TransportError:
        return {}, {NO_ANSWER}
    except ValueError:
        return {"errors": f"{response.status_code} {response.text[:200]}"}, {"NO_JSON"}
    if errors := body.get("errors"):
        return body, {error["extensions"]["code"] for error in errors}
    payloads = [payload for payload in body["data"].values() if payload]
    return body, {e["code"] for each in payloads for e in each.get("errors", ())} or {OK}


def check(ledger: Ledger, templates: list[dict[str, Any]], revisions: list[dict[str, Any]]) -> None:
    """Adds to the ledger's problems whatever the database lacks, or has in excess."""
    current = {document["_id"]: document for document in templates}
    history: dict[str, dict[int, str]] = {}
    for document in revisions:
        history.setdefault(document["template_id"], {})[document["revision"]] = document[
            "description"
        ]
    for entry in ledger.entries:
        if entry.id is None:
            continue
        template = current.get(entry.id)
        if template is None:
            if not entry.deleted and entry.pending != "delete":
                ledger.problems.append(f"lost: {entry.id}")
            continue
        if entry.deleted:
            ledger.problems.append(f"came back: {entry.id}")
            continue
        found = {
            number: text
            for number, text in history.get(entry.id, {}).items()
            if number < template["revision"]
        } | {template["revision"]: template["description"]}
        if lost := entry.states.items() - found.items():
            ledger.problems.append(f"lost: {entry.id} {lost}")
        if vanished := entry.seen.items() - found.items():
            ledger.problems.append(f"vanished: {entry.id} {vanished}")
        if len({*found.values()}) != len(found):
            ledger.problems.append(f"doubled: {entry.id} {found}")
        if {*found.values()} - {*entry.states.values(), entry.pending}:
            ledger.problems.append(f"made up: {entry.id} {found}")
    gone = {entry.id for entry in ledger.entries if entry.deleted or entry.pending == "delete"}
    vanished_ids = ledger.observed - current.keys() - gone
    ledger.problems += [f"vanished: {id}" for id in vanished_ids]
    names = Counter(document["name"] for document in templates)
    ledger.problems += [f"doubled: {name}" for name, count in names.items() if count > 1]
