"""SGP's own clients work with nothing changed but the environment."""

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.settings import LogLevel, Settings
from app.transfer import record
from tests.builders import a_wire_template, seeds
from tests.rest.conftest import EXAMPLES, SDKS, V3, V4
from tests.rest.swallowing import swallowing
from tests.web.conftest import Listening, listening

LIMIT = 128
"""Templates on a page: the last page is not full."""

pytestmark = pytest.mark.slow


@pytest.fixture
def server(mongod_uri: str) -> Iterator[Listening]:
    settings = Settings(port=0, mongodb_uri=mongod_uri, log_level=LogLevel.WARNING)
    with listening(mongod_uri, f"sdks_{uuid4().hex}", settings) as server:
        yield server


@pytest.fixture
def limited(mongod_uri: str, request: pytest.FixtureRequest) -> Iterator[Listening]:
    """A server with settings that make it refuse what it usually answers."""
    settings = Settings(port=0, mongodb_uri=mongod_uri, log_level=LogLevel.ERROR, **request.param)
    with listening(mongod_uri, f"sdks_{uuid4().hex}", settings) as server:
        yield server


def call(python: Path, client: str, server: Listening, port: int = 0, **given: Any) -> Any:
    """What a program with SGP's client prints, for which three variables are set."""
    prefix, url = {"gp": ("SGP", "SGP_CLIENT_BASE_URL"), "egp": ("EGP", "EGP_ENDPOINT_URL")}[client]
    environment = {
        **os.environ,
        url: f"http://localhost:{port or server.port}",
        f"{prefix}_API_KEY": server.ann,
        **({"SGP_ACCOUNT_ID": "a1"} if client == "gp" else {}),
    }
    done = subprocess.run(
        [python, SDKS / f"{client}.py"],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def all_templates() -> list[dict[str, Any]]:
    """Every seed and every example, of the account a1."""
    examples = [json.loads(file.read_text()) for file in EXAMPLES]
    return [{**wire, "account_id": "a1"} for wire in (*seeds(), *examples)]


def ours(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a template that SGP does not have, which its client takes as a body's."""
    sgp = ("account_id", "name", "endpoint_type", "model_type", "vendor_configuration")
    schemas = ("model_creation_parameters_schema", "model_request_parameters_schema")
    known = {*sgp, *schemas, "endpoint_protocol"}
    own = {name: value for name, value in values.items() if name not in known}
    kept = {name: value for name, value in values.items() if name in known}
    return {**kept, **({"extra_body": own} if own else {})}


def contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return all(name in whole and contains(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


def get(server: Listening, path: str) -> Any:
    headers = {"x-api-key": server.ann}
    return httpx.get(f"http://localhost:{server.port}{path}", headers=headers).json()


def test_scale_gp_keeps_every_seed_and_example(python: Path, server: Listening) -> None:
    given = all_templates()

    kept = call(python, "gp", server, do="keep", given=[ours(each) for each in given])

    assert kept["created"] == kept["retrieved"]
    assert len(kept["created"]) == len(given) == len(seeds()) + len(EXAMPLES)
    for created, sent in zip(kept["created"], given, strict=True):
        assert contains(created, sent)
        assert created["created_by_identity_type"] == "user"
        # As the documentation says to move them, of which `import` reads each line.
        moved = record.read(created, id="new", at=datetime.now(UTC)).template
        assert (moved.id, moved.name) == (created["id"], created["name"])
    ids = [each["id"] for each in kept["created"]]
    deleted = call(python, "gp", server, do="delete", ids=ids)
    assert deleted == [{"success": True, "count": 1}] * len(given)
    assert get(server, V3) == []


def test_scale_gp_pages_through_a_thousand_templates(python: Path, server: Listening) -> None:
    made = create_many(server, 1_000)

    paged = call(python, "gp", server, do="page", limit=LIMIT)

    assert len(paged) == 1_000
    assert {*paged} == made
    assert call(python, "gp", server, do="page", limit=10_000) == paged


def create_many(server: Listening, number: int) -> set[str]:
    headers = {"x-api-key": server.ann}
    with (
        httpx.Client(base_url=f"http://localhost:{server.port}", headers=headers) as http,
        ThreadPoolExecutor(8) as threads,
    ):

        def create(position: int) -> str:
            response = http.post(V4, json=a_wire_template(name=f"t{position}"))
            return str(response.json()["id"])

        return {*threads.map(create, range(number))}


def attempt(call: str, *args: Any, options: Any = None, **kwargs: Any) -> dict[str, Any]:
    return {"call": call, "args": args, "kwargs": kwargs, "options": options or {}}


def test_scale_gp_raises_the_right_error_with_a_message(python: Path, server: Listening) -> None:
    wrong = a_wire_template(vendor_configuration={"bundle_config": {"tag": "a b"}})
    attempts = [
        attempt("retrieve", "a", options={"api_key": "mt_wrong"}),
        attempt("create", **{**a_wire_template(), "account_id": "b1"}),
        attempt("retrieve", "a/b"),
        attempt("create", **a_wire_template()),
        attempt("create", **a_wire_template()),
        attempt("create", **wrong),
        attempt("create", **a_wire_template(name="x"), extra_body={"descripton": "typo"}),
        attempt("create", **a_wire_template(name="x"), extra_body={"description": "x" * 1_000_000}),
        attempt("list", page=0),
    ]

    errors = call(python, "gp", server, do="fail", attempts=attempts)

    assert [(error["class"], error["status"]) for error in errors] == [
        ("AuthenticationError", 401),
        ("PermissionDeniedError", 403),
        ("NotFoundError", 404),
        ("ConflictError", 409),
        ("UnprocessableEntityError", 422),
        ("UnprocessableEntityError", 422),
        ("APIStatusError", 413),
        ("UnprocessableEntityError", 422),
    ]
    messages = [
        "A valid API key is required in the x-api-key header.",
        "The API key does not permit this on that account.",
        "No template has this id, or there is no such route.",
        "name is already used in this account.",
        "tag must be an image tag",
        "descripton is not a field of this object.",
        "The body is larger than 1,000,000 bytes.",
        "page must be at least 1.",
    ]
    for error, message in zip(errors, messages, strict=True):
        assert message in error["text"]
        assert error["seconds"] < 0.5, "The client has tried again."


@pytest.mark.parametrize(
    ("limited", "expected", "message"),
    [
        (
            {"rate_limit": "10/hour"},
            ("RateLimitError", 429),
            "Over the limit of 10 fields per hour for a key.",
        ),
        (
            {"request_timeout_seconds": 0.0001},
            ("InternalServerError", 503),
            "The request took too long and was cancelled; try again.",
        ),
    ],
    indirect=["limited"],
    ids=["429", "503"],
)
def test_scale_gp_raises_errors_of_a_busy_server(
    python: Path, limited: Listening, expected: tuple[str, int], message: str
) -> None:
    attempts = [attempt("retrieve", "a", options={"max_retries": 0})] * 2

    *_, error = call(python, "gp", limited, do="fail", attempts=attempts)

    assert (error["class"], error["status"]) == expected
    assert message in error["text"]


def test_a_create_whose_answer_is_lost_makes_one_template(python: Path, server: Listening) -> None:
    with swallowing(server.port) as proxy:
        kept = call(python, "gp", server, proxy.port, do="keep", given=[a_wire_template()])

    assert proxy.swallowed == 1
    assert get(server, V3) == kept["created"] == kept["retrieved"]


def test_scale_egp_keeps_every_seed_and_example(python: Path, server: Listening) -> None:
    given = all_templates()

    kept = call(python, "egp", server, do="keep", given=given)

    assert kept["account"] == "a1"
    assert kept["created"] == kept["read"] == kept["listed"]
    assert kept["deleted"] == [True] * len(given)
    for sent, created, updated in zip(given, kept["created"], kept["updated"], strict=True):
        known = {name: value for name, value in sent.items() if name in created}
        del known["account_id"]
        assert contains(created, without_keywords(known))
        renamed = {**created, "name": f"{created['name']}-2"}
        renamed["vendor_configuration"]["bundle_config"]["tag"] = "2"
        assert updated == renamed
    assert get(server, V3) == []


def without_keywords(values: Any) -> Any:
    """Values without the keywords of parameters that this client does not know."""
    if isinstance(values, list):
        return [without_keywords(each) for each in values]
    if not isinstance(values, dict):
        return values
    is_parameter = {"name", "type", "description", "required"} <= values.keys()
    kept = ("name", "type", "description", "required") if is_parameter else (*values,)
    return {name: without_keywords(values[name]) for name in kept if name != "endpoint_protocol"}


def test_scale_egp_prints_errors(python: Path, server: Listening) -> None:
    errors = call(python, "egp", server, do="fail", given=a_wire_template())

    assert errors == [
        {
            "class": "EGPException",
            "code": 422,
            "text": "name must be free of control and invisible characters, and of those that "
            "change the direction of text.",
        },
        {"class": "EGPException", "code": 409, "text": "name is already used in this account."},
        {
            "class": "ItemDoesNotExist",
            "code": 404,
            "text": "No template has this id, or there is no such route.",
        },
        {
            "class": "EGPException",
            "code": 403,
            "text": "The API key does not permit this on that account.",
        },
    ]
