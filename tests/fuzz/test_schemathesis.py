"""schemathesis over the schema, against a real server on a real mongod.

Documents of the schema run for FUZZ_SECONDS, 60 where CI is set and else 10; documents that break
it, for a quarter of that.
"""

import json
import os
import re
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.graphql.schema import schema
from app.settings import LogLevel, Settings
from tests.builders import a_wire_template, an_input
from tests.web.conftest import Listening, listening

SECONDS = int(os.environ.get("FUZZ_SECONDS") or (60 if os.environ.get("CI") else 10))
LEAST_CASES = 10 * min(SECONDS, 10)
"""Far fewer than a slow machine makes: with fewer, something else is wrong."""

LEAST_EXECUTED = 0.4
"""The least share of cases that must be executed: a rejected document tests little."""

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = 200
EXAMPLES = 15
"""Of each operation, before the next one's turn."""

SEED = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { id } }
}"""
CHANGE = """mutation($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { revisions { nodes { id } } } }
}"""
CURSORS = "{ modelTemplates(first: 5) { edges { cursor } } }"


Known = dict[str, list[str]]


@pytest.fixture(scope="module")
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri, log_level=LogLevel.WARNING)
    with listening(mongod_uri, "fuzz", settings) as listening_:
        yield listening_


@pytest.fixture(scope="module")
def known(server: Listening) -> Known:
    """Templates to read, change and delete, and what their answers let a caller know."""
    ids = []
    for number in range(TEMPLATES):
        template = an_input(a_wire_template(name=f"template {number}"))
        made = data(server, SEED, template)["createModelTemplate"]["modelTemplate"]["id"]
        ids.append(made)
    changed = data(server, CHANGE, {"id": ids[0], "description": "changed"})["updateModelTemplate"]
    (revision,) = changed["modelTemplate"]["revisions"]["nodes"]
    cursors = [edge["cursor"] for edge in data(server, CURSORS)["modelTemplates"]["edges"]]
    return {"accounts": ["a1"], "ids": [*ids, revision["id"]], "texts": cursors}


def data(server: Listening, query: str, input: Any = None) -> Any:
    return server.post({"query": query, "variables": {"input": input}}).json()["data"]


Answers = list[tuple[str, dict[str, Any]]]
"""The root field and the answer of every case."""


def answers(server: Listening, known: Known, place: Path, mode: str, seconds: int) -> Answers:
    """Of one run, in which no check failed."""
    run = schemathesis(server, known, place, mode, seconds)
    assert run.returncode == 0, run.stdout + run.stderr
    entries = json.loads((place / "answers.har").read_text())["log"]["entries"]
    assert {entry["response"]["status"] for entry in entries} == {200}
    return [
        (root_field(entry), json.loads(entry["response"]["content"]["text"])) for entry in entries
    ]


def schemathesis(
    server: Listening, known: Known, place: Path, mode: str, seconds: int
) -> subprocess.CompletedProcess[str]:
    """One run; what it leaves behind is in `place`."""
    command: list[str | Path] = [Path(sysconfig.get_path("scripts"), "schemathesis"), "run"]
    command += [REPOSITORY / "schema.graphql", f"--url={server.url}", "--phases=fuzzing"]
    command += [f"--header=x-api-key: {server.ann}", f"--max-time={seconds}", f"--mode={mode}"]
    command += ["--checks=no_unexpected_error", "--continue-on-failure", "--no-color"]
    command += [f"--max-examples={EXAMPLES}", "--seed=1", "--generation-database=none"]
    command += ["--warnings=off", f"--report-har-path={place / 'answers.har'}"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")),
        "FUZZ_KNOWN": json.dumps(known),
    }
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=seconds + 60
    )


def root_field(entry: Any) -> str:
    """The field that a case is about: each has one, and no alias."""
    query = json.loads(entry["request"]["postData"]["text"])["query"]
    _, _, fields = query.partition("{")
    (name,) = re.findall(r"\A\s*(\w+)", fields)
    return str(name)


def root_fields() -> set[str]:
    roots = (schema._schema.query_type, schema._schema.mutation_type)
    return {name for root in roots if root is not None for name in root.fields}


def executed(body: dict[str, Any]) -> bool:
    """Whether the root field has a value."""
    return any(value is not None for value in (body.get("data") or {}).values())


def codes(answers: Answers) -> set[str]:
    return {error["extensions"]["code"] for _, body in answers for error in body.get("errors", ())}


def test_no_document_of_the_schema_ends_in_an_unexpected_error(
    server: Listening, known: Known, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answers(server, known, tmp_path, "positive", SECONDS)

    cases = Counter(field for field, _ in found)
    done = Counter(field for field, body in found if executed(body))
    written = Counter(
        field
        for field, body in found
        for payload in (body.get("data") or {}).values()
        if field.endswith("ModelTemplate") and isinstance(payload, dict)
        if payload.get("modelTemplate") or payload.get("deletedId")
    )
    with capsys.disabled():
        print(
            f"\nschemathesis: {cases.total()} cases in {SECONDS} s, {done.total()} executed:"
            f" {dict(done)} of {dict(cases)}; written: {dict(written)}"
        )
    assert "INTERNAL_SERVER_ERROR" not in codes(found)
    assert cases.total() >= LEAST_CASES
    assert done.total() >= LEAST_EXECUTED * cases.total()
    assert done.keys() == root_fields()
    assert {"updateModelTemplate", "deleteModelTemplate"} <= written.keys()


def test_no_document_that_breaks_the_schema_ends_in_an_unexpected_error(
    server: Listening, known: Known, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = max(SECONDS // 4, 5)

    found = answers(server, known, tmp_path, "negative", seconds)

    rejected = [body for _, body in found if body.get("errors")]
    with capsys.disabled():
        print(f"\nschemathesis: {len(found)} broken cases in {seconds} s, {len(rejected)} rejected")
    assert "INTERNAL_SERVER_ERROR" not in codes(found)
    assert len(found) >= LEAST_CASES / 2
    assert len(rejected) >= LEAST_EXECUTED * len(found)
