"""schemathesis over the OpenAPI document, against a real server on a real mongod.

It runs for FUZZ_SECONDS, 60 where CI is set and else 20. The document's examples come first, so
that every operation succeeds once on the slowest machine. Most cases after them break the document
in one place, and have to be refused.
"""

import json
import os
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.rest.sgp_routes import OPERATIONS
from app.settings import LogLevel, Settings
from tests.builders import a_wire_template
from tests.rest.conftest import V4
from tests.web.conftest import Listening, listening

SECONDS = int(os.environ.get("FUZZ_SECONDS") or (60 if os.environ.get("CI") else 20))
LEAST_CASES = SECONDS
"""Far fewer than a slow machine makes: with fewer, something else is wrong."""

LEAST_DONE = 20
"""The least number of cases with status 200: an error tests little."""

TEMPLATES = 100
EXAMPLES = 40
"""Of each operation, before the next one's turn."""

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance", "broken_bodies_are_refused"),
    *("unsupported_method", "ignored_auth"),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri, log_level=LogLevel.WARNING)
    with listening(mongod_uri, "rest_fuzz", settings) as listening_:
        yield listening_


def test_every_answer_is_as_the_document_says(
    server: Listening, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = schemathesis(server, tmp_path)

    assert run.returncode == 0, run.stdout + run.stderr
    entries = json.loads((tmp_path / "answers.har").read_text())["log"]["entries"]
    statuses = Counter(entry["response"]["status"] for entry in entries)
    done = Counter(operation(entry) for entry in entries if entry["response"]["status"] == 200)
    with capsys.disabled():
        print(f"\nschemathesis: {len(entries)} cases in {SECONDS} s: {dict(statuses)}")
        print(f"done: {dict(done)}")
    assert len(entries) >= LEAST_CASES
    assert statuses[200] >= LEAST_DONE
    assert max(statuses) < 500
    assert {*done} == {(each.method, each.path) for each in OPERATIONS}


def schemathesis(server: Listening, place: Path) -> subprocess.CompletedProcess[str]:
    """One run; what it leaves behind is in `place`."""
    base = f"http://localhost:{server.port}"
    known = {"account": "a1", "ids": ids(server, base)}
    command: list[str | Path] = [Path(sysconfig.get_path("scripts"), "schemathesis"), "run"]
    command += [f"{base}/openapi.json", f"--url={base}", "--phases=examples,coverage,fuzzing"]
    command += [f"--header=x-api-key: {server.ann}", f"--max-time={SECONDS}", "--mode=all"]
    command += [f"--checks={','.join(CHECKS)}", "--continue-on-failure", "--no-color"]
    command += [f"--max-examples={EXAMPLES}", "--seed=1", "--generation-database=none"]
    command += ["--warnings=off", f"--report-har-path={place / 'answers.har'}"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("fuzz_hooks.py")),
        "FUZZ_KNOWN": json.dumps(known),
    }
    return subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, timeout=SECONDS + 60
    )


def ids(server: Listening, base: str) -> list[str]:
    """The ids of templates to read, change and delete."""
    with httpx.Client(base_url=base, headers={"x-api-key": server.ann}) as http:
        made = [http.post(V4, json=a_wire_template(name=f"t{n}")) for n in range(TEMPLATES)]
    return [each.json()["id"] for each in made]


def operation(entry: Any) -> tuple[str, str]:
    """The method and the route of a case."""
    method = entry["request"]["method"]
    path = httpx.URL(entry["request"]["url"]).path
    paths = {each.path for each in OPERATIONS if each.method == method}
    known = [each for each in paths if path.startswith(each.partition("{")[0])]
    return method, max(known, key=len, default=path)
