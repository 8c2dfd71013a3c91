"""Operations on a server: what is repeated, what is an error, and who gets to see the key."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.cli.api import http_api
from app.cli.api.errors import KeyRefused, OperationFailed, Unreachable
from app.cli.api.http_api import ServerApi
from app.cli.context import CommandError
from app.settings import Secret

KEY = "mt_a-key-that-nobody-may-see"
QUERY, MUTATION = "{ viewer { identityId } }", "mutation { a }"
DONE = {"data": {"done": True}}
BUSY = {"errors": [{"message": "Later.", "extensions": {"code": "SERVICE_UNAVAILABLE"}}]}
LIMITED = {"errors": [{"message": "Too much.", "extensions": {"code": "RATE_LIMITED"}}]}
LOST = b""
"""The connection is closed without an answer."""


def answer(body: Any, status: int = 200, **headers: str) -> bytes:
    """An HTTP response; a text is HTML, anything else JSON."""
    is_page = isinstance(body, str)
    content = (body if is_page else json.dumps(body)).encode()
    given = {"content-type": "text/html" if is_page else "application/json", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} -", *lines, f"content-length: {len(content)}"])
    return f"{head}\r\nconnection: close\r\n\r\n".encode() + content


class Scripted:
    """A server that gives its answers one after the other, and then the last one again."""

    def __init__(self, answers: list[bytes]) -> None:
        self.requests: list[bytes] = []
        self.url = ""
        self._answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        writer.write(self._answers[min(len(self.requests), len(self._answers)) - 1])
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[Scripted]:
    made = Scripted([*answers])
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


@pytest.fixture(autouse=True)
def pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "FIRST_PAUSE_SECONDS", 0.001)


async def execute(url: str, query: str = QUERY, **options: Any) -> dict[str, Any]:
    async with ServerApi(url, Secret(KEY)) as api:
        return await api.execute(query, {"n": 1}, **options)


async def test_a_request_has_the_key_and_no_more_than_a_graphql_request() -> None:
    async with scripted(answer(DONE)) as server:
        assert await execute(server.url) == {"done": True}
        assert await execute(f"{server.url}/graphql") == {"done": True}
        assert await execute(f"{server.url}/below/") == {"done": True}

    paths = [request.split()[1] for request in server.requests]
    assert paths == [b"/graphql", b"/graphql", b"/below/graphql"]
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert f"x-api-key: {KEY}".encode() in head
    assert b"content-type: application/json" in head
    assert json.loads(body) == {"query": QUERY, "variables": {"n": 1}}


@pytest.mark.parametrize("first", [LOST, answer(BUSY, 503), answer(BUSY), answer("", 502)])
@pytest.mark.parametrize(
    ("query", "repeatable", "requests"),
    [(QUERY, False, 2), (MUTATION, True, 2), (MUTATION, False, 1)],
)
async def test_only_what_does_no_harm_twice_is_repeated(
    first: bytes, query: str, repeatable: bool, requests: int
) -> None:
    async with scripted(first, answer(DONE)) as server:
        if requests == 2:
            assert await execute(server.url, query, repeatable=repeatable) == {"done": True}
        else:
            with pytest.raises(Unreachable):
                await execute(server.url, query, repeatable=repeatable)

    assert len(server.requests) == requests


async def test_it_is_repeated_a_few_times_only() -> None:
    async with scripted(answer(BUSY, 503)) as server:
        with pytest.raises(Unreachable, match=r"^Later\.$"):
            await execute(server.url)

    assert len(server.requests) == http_api.TRIES


async def test_a_server_says_when_to_repeat_what_it_has_not_begun() -> None:
    limited = answer(LIMITED, 429, retry_after="0")
    async with scripted(*[limited] * 6, answer(DONE)) as server:
        assert await execute(server.url, MUTATION) == {"done": True}

    assert len(server.requests) == 7


async def test_nobody_waits_for_an_hour() -> None:
    async with scripted(answer(LIMITED, 429, retry_after="3600")) as server:
        with pytest.raises(Unreachable, match=r"^Too much\.$"):
            await execute(server.url)

    assert len(server.requests) == 1


UNAUTHENTICATED = {"errors": [{"message": "No.", "extensions": {"code": "UNAUTHENTICATED"}}]}
FORBIDDEN = {
    "data": None,
    "errors": [{"message": "No.", "path": ["a"], "extensions": {"code": "FORBIDDEN"}}],
}
PAGE = r"/graphql answers with status {} and text/html; is this the address of a Model Templates"


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        (answer(UNAUTHENTICATED, 401), KeyRefused, "the key in MODEL_TEMPLATES_API_KEY: No."),
        (answer("<p>", 401), KeyRefused, "the key in MODEL_TEMPLATES_API_KEY: status 401"),
        (answer(FORBIDDEN), KeyRefused, "the key in MODEL_TEMPLATES_API_KEY: a: No."),
        (answer("<p>Welcome"), Unreachable, PAGE.format(200)),
        (answer("<p>Forbidden", 403), Unreachable, PAGE.format(403)),
        (answer({"errors": [{"message": "Not Found"}]}, 404), Unreachable, "404: Not Found; is"),
        (answer([1]), Unreachable, "/graphql answers with status 200 and application/json; is"),
        (answer({"data": None}), Unreachable, "/graphql answers with status 200"),
        (answer({"errors": "no"}), Unreachable, "/graphql answers with status 200"),
        (
            answer("", 302, location="https://login.example/x?token=t#y"),
            Unreachable,
            r"redirects (status 302) to https://login.example/x; use the address of the server",
        ),
    ],
)
async def test_an_answer_that_is_not_the_data_is_an_error(
    given: bytes, kind: type[CommandError], said: str
) -> None:
    async with scripted(given) as server:
        with pytest.raises(kind) as caught:
            await execute(server.url)

    assert said in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.exit_status == 3
    assert len(server.requests) == 1


async def test_errors_have_their_paths() -> None:
    errors = [
        {"message": "Bad\n.", "path": ["t", 0, "name"], "extensions": {"code": "UNKNOWN_VALUE"}},
        {"message": "Worse."},
    ]
    async with scripted(answer({"data": {"t": None}, "errors": errors})) as server:
        with pytest.raises(OperationFailed) as caught:
            await execute(server.url)

    assert str(caught.value) == r"t.0.name: Bad\n.; Worse."
    assert (caught.value.code, caught.value.exit_status) == ("UNKNOWN_VALUE", 1)


async def test_nothing_that_listens_is_an_error() -> None:
    async with scripted(LOST) as server:
        pass

    with pytest.raises(Unreachable, match=r"^http://127.0.0.1:\d+/graphql: "):
        await execute(server.url, MUTATION)


async def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "TIMEOUTS", 0.05)
    release = asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(Unreachable, match=r"/graphql: no answer in time$"):
            await execute(url, MUTATION)
        release.set()


async def test_no_log_has_the_key_or_an_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with scripted(answer(DONE)) as server:
            await execute(server.url)

    assert not [record for record in caplog.records if record.name.startswith("http")]
    assert KEY not in caplog.text


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(KEY)

    shown: list[Callable[[object], str]] = [str, repr, "{}".format, "{!r}".format]
    assert {show(secret) for show in shown} == {"***"}
    assert secret.reveal() == KEY


async def test_what_is_no_text_is_not_sent() -> None:
    async with scripted(answer(DONE)) as server, ServerApi(server.url, Secret(KEY)) as api:
        with pytest.raises(CommandError) as caught:
            await api.execute(QUERY, {"name": "a \udcff of a command line"})

    assert server.requests == []
    assert str(caught.value) == ("nothing was sent: an argument or a variable is not UTF-8 text")
