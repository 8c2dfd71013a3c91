"""SGP's routes have the same limits, log, metrics, audit trail and headers as GraphQL."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web.metrics import Metrics
from tests.builders import a_viewer, a_wire_template
from tests.conftest import logging_in
from tests.rest.conftest import V3, V4, Sgp, detail
from tests.web.test_metrics import samples, series


async def a_client(database: Database, settings: Settings, **options: Any) -> Sgp:
    app = create_app(settings, database, **options)
    return Sgp(await logging_in(app, ApiKeyStore(database))())


async def test_over_the_rate_limit_the_answer_says_when_to_come_back(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(rate_limit="25/hour"))
    answered = await sgp.http.get(V4)
    await sgp.http.get(V4)

    limited = await sgp.http.get(V4)

    assert answered.headers["ratelimit"] == '"key";r=15'
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) >= 1
    message = "Over the limit of 25 fields per hour for a key."
    assert limited.json() == {"detail": [detail("rate_limited", message)]}


async def test_a_list_costs_as_much_as_it_has_templates(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(rate_limit="10000/hour"))
    for number in range(30):
        await sgp.created(name=f"t{number}")
    before = (await sgp.http.get(f"{V4}?limit=1&page=99")).headers["ratelimit"]

    after = (await sgp.http.get(f"{V4}?limit=30")).headers["ratelimit"]

    assert cost(before, after) == 40


def cost(before: str, after: str) -> int:
    spent: int = int(before.partition("r=")[2]) - int(after.partition("r=")[2])
    return spent


async def test_both_apis_share_a_rate_limit(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(rate_limit="10/hour"))
    await sgp.http.get(V4)

    response = await sgp.caller.post("{ viewer { identityId } }")

    assert response.status_code == 429


async def test_a_body_that_is_too_large_is_refused(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(max_body_bytes=1_000))

    details = await sgp.refused("POST", V4, 413, json=a_wire_template(description="x" * 1_000))

    assert details == [detail("bad_request", "The body is larger than 1,000 bytes.")]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "The request is not valid JSON."),
        (b"[]", 400, "The request must be one JSON object; batches are not supported."),
        (b'{"name": "a", "name": "b"}', 400, "The request has a duplicate name: name."),
        (
            b'{"labels": {"b": "", "\\n": "", "\\n": ""}}',
            400,
            r"The request has a duplicate name: \n.",
        ),
        (b'{"cpus": 1e400}', 400, "The JSON contains a number that is too large: 1e400."),
        (
            b"\xef\xbb\xbf{}",
            400,
            "The request begins with a byte order mark: leave it out.",
        ),
        (b'{"name": "\xff"}', 400, "The body is not UTF-8."),
        (b'{"name": NaN}', 400, "NaN is not valid JSON."),
    ],
)
async def test_a_body_is_read_strictly(sgp: Sgp, body: bytes, status: int, message: str) -> None:
    headers = {"content-type": "application/json"}

    details = await sgp.refused("POST", V4, status, content=body, headers=headers)

    assert details == [detail("bad_request", message)]


async def test_a_request_that_takes_too_long_can_be_repeated(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(request_timeout_seconds=0.000_01))

    details = await sgp.refused("GET", V4, 503)

    message = "The request took too long and was cancelled; try again."
    assert details == [detail("service_unavailable", message)]


async def test_a_quota_names_itself(mongomock: Database) -> None:
    sgp = await a_client(mongomock, Settings(max_templates_per_account=1))
    await sgp.created()

    (found,) = await sgp.refused("POST", V4, json=a_wire_template(name="x"))

    assert (found["loc"], found["type"]) == (["body", "account_id"], "quota_exceeded")


async def test_a_foreign_host_is_refused_in_the_form_of_the_route(sgp: Sgp) -> None:
    headers = {"host": "rebound.example"}

    (found,) = await sgp.refused("GET", V4, 421, headers=headers)
    text = await sgp.text("GET", V3, 421, headers=headers)

    assert found["msg"] == text
    assert "MODEL_TEMPLATES_ALLOWED_HOSTS" in text


async def test_a_request_is_one_line_of_the_log_without_values(
    sgp: Sgp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "access")
    await sgp.http.post(V4, json=a_wire_template(name="S3CRET", foo="S3CRET"))
    await sgp.http.get(f"{V4}?account_id=S3CRET")

    created, listed = (vars(record)["fields"] for record in caplog.records)

    assert (created["operation"], created["type"]) == ("model_templates.create", "POST")
    assert (created["status"], created["code"]) == (422, "UNKNOWN")
    assert (listed["operation"], listed["type"]) == ("model_templates.list", "GET")
    assert (listed["account"], listed["path"], "code" in listed) == ("a1", V4, False)
    assert "S3CRET" not in caplog.text + str([created, listed])


async def test_requests_are_measured_by_operation(mongomock: Database) -> None:
    metrics = Metrics("1.2.3")
    sgp = await a_client(mongomock, Settings(), metrics=metrics)
    await sgp.created()
    await sgp.http.get(V4)
    await sgp.http.get(f"{V4}/none")
    await sgp.http.get(f"{V4}/none", headers={"x-api-key": "mt_wrong"})

    found = samples(metrics)

    def counted(operation: str, type: str, code: str) -> float:
        return found[series("requests_total", operation=operation, type=type, code=code)]

    assert counted("model_templates.create", "POST", "OK") == 1
    assert counted("model_templates.list", "GET", "OK") == 1
    assert counted("model_templates.retrieve", "GET", "NOT_FOUND") == 1
    assert counted("model_templates.retrieve", "GET", "UNAUTHENTICATED") == 1
    assert found[series("stage_operations_total", stage="database")] > 0


async def test_changes_are_audited(mongomock: Database, tmp_path: Path) -> None:
    file = tmp_path / "audit.ndjson"
    sgp = await a_client(mongomock, Settings(audit_log=str(file)))
    made = await sgp.created()
    await sgp.http.patch(f"{V3}/{made['id']}", json={"name": "renamed"})
    await sgp.http.delete(f"{V4}/{made['id']}")

    events = [json.loads(line) for line in file.read_text().splitlines()]

    assert [event["action"] for event in events] == ["create", "update", "delete"]
    assert {event["identity"] for event in events} == {"ann"}
    assert {event["template"] for event in events} == {made["id"]}
    assert events[1]["changed"] == ["name"]


async def test_a_forbidden_change_is_audited(mongomock: Database, tmp_path: Path) -> None:
    file = tmp_path / "audit.ndjson"
    app = create_app(Settings(audit_log=str(file)), mongomock)
    reader = Sgp(await logging_in(app, ApiKeyStore(mongomock))(a_viewer(a1="read")))

    await reader.refused("POST", V4, 403, json=a_wire_template())

    (event,) = map(json.loads, file.read_text().splitlines())
    assert (event["action"], event["outcome"]) == ("create", "forbidden")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (V4, "GET, HEAD, OPTIONS, POST"),
        (f"{V4}/a", "DELETE, GET, HEAD, OPTIONS"),
        (f"{V3}/a", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/user-info", "GET, HEAD, OPTIONS"),
    ],
)
async def test_other_methods_are_answered_with_those_that_are_allowed(
    sgp: Sgp, path: str, allowed: str
) -> None:
    wrong = await sgp.http.put(path, json={})
    options = await sgp.http.options(path)

    assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)
    assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")


async def test_head_has_the_headers_of_get(sgp: Sgp) -> None:
    made = await sgp.created()
    path = f"{V4}/{made['id']}"

    get, head = await sgp.http.get(path), await sgp.http.head(path)

    names = ("content-type", "content-length", "cache-control", "x-content-type-options")
    assert {name: head.headers[name] for name in names} == {
        name: get.headers[name] for name in names
    }


async def test_pages_of_an_allowed_origin_may_use_every_method(mongomock: Database) -> None:
    origin = "https://app.example"
    sgp = await a_client(mongomock, Settings(cors_origins=origin))
    asked = {
        "origin": origin,
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "x-api-key, x-stainless-retry-count",
    }

    preflight = await sgp.http.options(f"{V4}/a", headers=asked)
    answer = await sgp.http.get(V4, headers={"origin": origin})

    assert preflight.status_code == 204
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    assert "x-stainless-retry-count" in preflight.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == origin
    assert "x-should-retry" in answer.headers["access-control-expose-headers"]


async def test_long_answers_are_compressed(sgp: Sgp) -> None:
    for number in range(3):
        await sgp.created(name=f"t{number}")

    response = await sgp.http.get(V4, headers={"accept-encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()["items"]) == 3


async def test_user_info_names_the_accounts_and_where_the_caller_writes(
    mongomock: Database,
) -> None:
    app = create_app(Settings(), mongomock)
    both = a_viewer(a1="read", a2="write")
    sgp = Sgp(await logging_in(app, ApiKeyStore(mongomock))(both))

    response = await sgp.http.get("/user-info")

    assert response.json() == {
        "id": "ann",
        "first_name": "ann",
        "last_name": "",
        "email": "",
        "access_profiles": [
            {"role": "member", "account": {"id": "a1", "name": "a1"}},
            {"role": "admin", "account": {"id": "a2", "name": "a2"}},
        ],
    }


async def test_many_requests_at_a_time_are_all_answered(sgp: Sgp) -> None:
    made = await sgp.created()

    answers = await asyncio.gather(*(sgp.http.get(f"{V4}/{made['id']}") for _ in range(100)))

    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == made for answer in answers)
