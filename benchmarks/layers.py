"""The cost of a request outside of GraphQL, layer by layer, in microseconds of CPU time.

    python -m benchmarks.layers [--requests 2000] [--rounds 9] [--profile FILE]

A `{ __typename }` is posted to parts of the application, in this process and without sockets: each
row has one more layer around it than the one before. Settings are those of production; the
database is in memory, and is asked for nothing but the key, once. The rounds of all parts take
turns, so that changes in the machine's speed affect all alike; a figure is the median of its
rounds. The last rows are over HTTP, with one connection, beside uvicorn and Starlette with a
constant body; client and server share the process, so their difference counts.
"""

import asyncio
import cProfile
import logging
import logging.config
import os
import socket
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import click
import msgspec
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.api_key import new_key
from app.domain.request_facts import RequestFacts, answering
from app.graphql.execute import Executor, Operation
from app.graphql.schema import schema
from app.graphql.types import Context
from app.main import create_app, limits, middleware, service
from app.server import logs
from app.server.run import uvicorn_options
from app.settings import Environment, LogFormat, Settings
from app.storage import embedded
from app.storage.api_keys import ApiKeyStore
from app.storage.indexes import initialise

BODY = b'{"query":"{ __typename }"}'
ANSWER = b'{"data":{"__typename":"Query"}}'
SETTINGS = Settings(environment=Environment.PRODUCTION, log_format=LogFormat.JSON, port=0)
VIEWER = Viewer(
    identity_id=Id("ann"),
    identity_type=IdentityType.USER,
    accounts=(AccountAccess(account_id=Id("a1"), can_write=True),),
)

Part = Callable[[], Awaitable[Any]]


def asgi(app: ASGIApp, key: str) -> Part:
    """A POST to the application, as uvicorn makes it."""
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
        (b"x-api-key", key.encode()),
    ]

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message  # noqa: S101

    async def ask() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50_000),
            "scheme": "http",
            "root_path": "",
            "method": "POST",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "headers": [*headers],
            "state": {},
        }
        await asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]

    return ask


async def constant(request: Request) -> Response:
    """Reads the body, and answers always the same."""
    await request.body()
    return Response(ANSWER, media_type="application/json")


def wrapped(count: int) -> ASGIApp:
    """Starlette with a constant body inside of the innermost `count` middleware."""
    chosen = middleware(SETTINGS)[-count:] if count else []
    return Starlette(routes=[Route("/graphql", constant, methods=["POST"])], middleware=chosen)


async def in_process() -> dict[str, Part]:
    """All parts without sockets."""
    database = embedded.in_memory("layers")
    await initialise(database)
    key = new_key()
    await ApiKeyStore(database).add(key, VIEWER)
    executor = Executor(schema, limits(SETTINGS))
    context = Context(service=service(database, SETTINGS), viewer=VIEWER)

    async def executed() -> None:
        with answering(RequestFacts(id="")):
            operation = msgspec.json.decode(BODY, type=Operation)
            await executor.answer(operation, context, read_only=False)

    app = create_app(SETTINGS, database)
    names = [each.cls.__name__ for each in reversed(middleware(SETTINGS))]  # type: ignore[attr-defined]
    return {
        "Executor.answer": executed,
        "Starlette, constant body": asgi(wrapped(0), key),
        **{
            f" within {name}": asgi(wrapped(count), key)
            for count, name in enumerate(names, start=1)
        },
        "application": asgi(app, key),
    }


async def over_http() -> tuple[dict[str, Part], list[Any]]:
    """The floor and the application, on sockets."""
    database = embedded.in_memory("layers")
    await initialise(database)
    key = new_key()
    await ApiKeyStore(database).add(key, VIEWER)
    floor = Starlette(routes=[Route("/graphql", constant, methods=["POST"])])
    options = {"http": "httptools", "access_log": False, "log_config": None, "lifespan": "off"}
    ours = {**uvicorn_options(SETTINGS), "log_config": None, "lifespan": "off"}
    parts: dict[str, Part] = {}
    servers = []
    for name, app, chosen in (
        ("HTTP: constant body", floor, options),
        ("HTTP: constant body, our connection", floor, ours),
        ("HTTP: application", create_app(SETTINGS, database), ours),
    ):
        server = uvicorn.Server(uvicorn.Config(app, **chosen))
        listening = socket.create_server(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        parts[name] = over(reader, writer, key)
        servers += [server, task, writer]
    return parts, servers


def over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> Part:
    """A POST on a connection."""
    request = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {len(BODY)}\r\nx-api-key: {key}\r\n\r\n"
    ).encode() + BODY

    async def ask() -> None:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head  # noqa: S101
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(size)

    return ask


async def spent(part: Part, requests: int) -> float:
    """Microseconds of CPU time per request."""
    begun = time.process_time()
    for _ in range(requests):
        await part()
    return (time.process_time() - begun) / requests * 1e6


async def measure(requests: int, rounds: int, profile: str | None) -> None:
    """Prints a row for each part."""
    parts = await in_process()
    if profile is not None:
        profiler = cProfile.Profile()
        await spent(parts["application"], 200)
        profiler.enable()
        await spent(parts["application"], requests)
        profiler.disable()
        profiler.dump_stats(profile)
        return
    connected, servers = await over_http()
    parts |= connected
    found: dict[str, list[float]] = {name: [] for name in parts}
    for part in parts.values():
        await spent(part, 100)
    for _ in range(rounds):
        for name, part in parts.items():
            found[name].append(await spent(part, requests))
    for name, figures in found.items():
        print(f"{median(figures):8.1f}  {name}")
    for server, task, writer in zip(servers[::3], servers[1::3], servers[2::3], strict=True):
        writer.close()
        server.should_exit = server.force_exit = True
        await task


@click.command()
@click.option("--requests", default=1_000)
@click.option("--rounds", default=9)
@click.option("--profile")
def main(requests: int, rounds: int, profile: str | None) -> None:
    """See the module."""
    configuration = logs.configuration(SETTINGS)
    configuration["handlers"]["stderr"]["stream"] = open(os.devnull, "w")  # noqa: SIM115
    logging.config.dictConfig(configuration)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(requests, rounds, profile))


if __name__ == "__main__":
    main()
