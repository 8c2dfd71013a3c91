"""What is no answer of Launch: other statuses, missing fields, pages of proxies, endless bodies."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.launch.errors import LaunchUnreachable
from app.launch.launch_client import LaunchClient
from app.launch.redaction import Redactor
from tests.launch.conftest import Launching, Templates
from tests.launch.fake_launch import KEY
from tests.launch.fake_records import Failure
from tests.launch.quick_program import PACE
from tests.launch.serving import serving

BUNDLES, ENDPOINTS = "/v2/model-bundles", "/v1/model-endpoints"
ELSEWHERE = "is this the address of Launch?"


def answers(launching: Launching, line: str, status: int, body: Any) -> None:
    """Has Launch answer a request with something else, without carrying it out."""
    launching.fake.fails = lambda call: Failure(status, body) if call.line == line else None


@pytest.mark.slow
@pytest.mark.parametrize("status", [408, 501, 520, 524])
def test_an_answer_of_a_proxy_says_nothing_about_a_write(
    templates: Templates, launching: Launching, status: int
) -> None:
    id = templates.create()
    answers(launching, f"POST {ENDPOINTS}", status, "A timeout occurred")

    result = launching.launch(id)

    assert result.exit_code == 3
    expected = f"did not complete POST {ENDPOINTS} (status {status}): A timeout occurred"
    assert expected in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "body"),
    [
        (f"GET {ENDPOINTS}", {}),
        (f"GET {ENDPOINTS}", {"model_endpoints": [{"id": "end_1"}]}),
        (f"GET {BUNDLES}", []),
        (f"POST {BUNDLES}", {}),
        (f"POST {BUNDLES}", {"model_bundle_id": None}),
    ],
)
def test_missing_fields_are_an_error(
    templates: Templates, launching: Launching, line: str, body: Any
) -> None:
    answers(launching, line, 200, body)

    result = launching.launch(templates.create())

    assert result.exit_code == 3
    said = f"answers {line} with something else than Launch does; {ELSEWHERE}"
    assert said in result.stderr


@pytest.mark.slow
def test_a_key_that_may_not_read_is_an_exit_status(launching: Launching) -> None:
    answers(launching, f"GET {ENDPOINTS}", 403, f"no team for {KEY}")

    result = launching.run("launched")

    assert result.exit_code == 3
    assert "refuses the API key: no team for ***" in result.stderr


@pytest.mark.slow
def test_messages_do_not_repeat_the_key_as_it_is_sent(
    templates: Templates, launching: Launching
) -> None:
    sent = b64encode(f"{KEY}:".encode()).decode()
    answers(launching, f"POST {BUNDLES}", 400, f"bad header Basic {sent}")

    result = launching.launch(templates.create())

    assert result.exit_code == 1
    assert "bad header Basic ***" in result.stderr


def served(respond: Callable[[], Response], use: Callable[[LaunchClient], Any], pace: Any) -> str:
    """The message of the error of a request to a server that responds so."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        await respond()(scope, receive, send)

    async def ask(url: str) -> None:
        async with LaunchClient(url, KEY, pace, Redactor()) as client:
            await use(client)

    with serving(app) as url:
        with pytest.raises(LaunchUnreachable) as caught:
            asyncio.run(ask(url))
        return str(caught.value).replace(url, "URL")


def test_a_deeply_nested_answer_is_an_error() -> None:
    message = served(lambda: Response(b"[" * 100_000), lambda client: client.bundles("embed"), PACE)

    assert message == (
        f"URL answers GET {BUNDLES} with something else than Launch does; {ELSEWHERE}"
    )


@pytest.mark.slow
def test_an_answer_that_drips_ends_in_time() -> None:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    message = served(
        lambda: StreamingResponse(drops()),
        lambda client: client.bundles("embed"),
        replace(PACE, answer=0.1),
    )

    assert message == (f"URL: Launch did not complete GET {BUNDLES} (no answer): no answer in time")


@pytest.mark.slow
def test_an_endless_answer_is_an_error() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000_000
            await asyncio.sleep(0)  # Lets the server notice that the client is gone.

    message = served(
        lambda: StreamingResponse(pieces()), lambda client: client.bundles("embed"), PACE
    )

    assert message == f"URL answers GET {BUNDLES} with too many bytes; {ELSEWHERE}"
