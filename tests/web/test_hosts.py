"""The hosts under which the server answers."""

import re
from typing import Any

import pytest

from app.main import create_app
from app.settings import Environment, Playground, Settings, variable
from app.storage.driver import Database
from tests.builders import NAMED
from tests.conftest import Caller

LOOPBACK = ["localhost", "LocalHost.:8000", "127.0.0.1:1", "127.8.0.1", "[::1]", "[0:0::1]:8000"]
FOREIGN = [
    *("rebound.example", "localhost.example", "127.0.0.1.example", "a localhost", "localhost/"),
    *("user@localhost", "localhost:8000:1", "localhost:x", "[::1", "::1", "[localhost]", ":80"),
    *("", "localhost..", "localhost, a.example", "xn--loclhost-4za", "127.0.0.1\x85", "*", "."),
]
ADDRESSES = ["10.0.0.7:8000", "[fe80::7]", "0.0.0.0"]
PRODUCTION = Environment.PRODUCTION


async def status(database: Database, settings: Settings, host: str, path: str = "/") -> int:
    http = Caller(create_app(settings, database), None).http
    answer = await http.get(path, headers=[(b"host", host.encode("latin-1"))])
    if answer.status_code == 421:
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "BAD_REQUEST", **NAMED}
        assert re.findall(r"MODEL_\w+", error["message"]) == [variable("allowed_hosts")]
        assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.status_code


@pytest.mark.parametrize(
    ("given", "hosts", "expected"),
    [
        ({}, LOOPBACK, 200),
        ({}, [*FOREIGN, *ADDRESSES], 421),
        ({"host": "box.lan"}, [*LOOPBACK, "box.lan", "BOX.lan.:9"], 200),
        ({"host": "box.lan"}, [*FOREIGN, *ADDRESSES, "a.box.lan"], 421),
        ({"host": "10.0.0.7"}, [*LOOPBACK, "10.0.0.7:8000"], 200),
        ({"host": "10.0.0.7"}, [*FOREIGN, "10.0.0.8"], 421),
        ({"host": "0.0.0.0"}, [*LOOPBACK, *ADDRESSES], 200),
        ({"host": "::"}, [*LOOPBACK, *ADDRESSES], 200),
        ({"host": "0.0.0.0"}, FOREIGN, 421),
        (
            {"allowed_hosts": "a.example, *.B.example,[2001:DB8::1]"},
            ["A.example:1", *LOOPBACK],
            200,
        ),
        ({"allowed_hosts": "*.b.example"}, ["c.b.example", "d.c.B.example."], 200),
        ({"allowed_hosts": "[2001:DB8::1]"}, ["[2001:db8:0::1]:8000"], 200),
        ({"allowed_hosts": "*.b.example"}, ["b.example", "ab.example", *FOREIGN], 421),
        ({"environment": PRODUCTION}, [*FOREIGN, *LOOPBACK, *ADDRESSES], 200),
        ({"environment": PRODUCTION, "allowed_hosts": "a.example"}, ["a.example:443"], 200),
        ({"environment": PRODUCTION, "allowed_hosts": "a.example"}, [*FOREIGN, *LOOPBACK], 421),
    ],
)
async def test_it_answers_under_its_hosts_only(
    mongomock: Database, given: dict[str, Any], hosts: list[str], expected: int
) -> None:
    found = {host: await status(mongomock, Settings(**given), host) for host in hosts}

    assert found == dict.fromkeys(hosts, expected)


@pytest.mark.parametrize("environment", Environment)
async def test_a_foreign_host_gets_nothing_but_health(
    mongomock: Database, environment: Environment
) -> None:
    settings = Settings(
        environment=environment, playground=Playground.ON, allowed_hosts="a.example"
    )
    paths = ["/", "/graphql", "/catalog", "/schema.graphql", "/assets/x.js", "/development-key"]
    probes = ["/healthz", "/readyz"]

    found = {path: await status(mongomock, settings, "b.example", path) for path in paths + probes}

    assert found == dict.fromkeys(paths, 421) | dict.fromkeys(probes, 200)


async def test_an_absent_or_repeated_host_is_foreign(mongomock: Database) -> None:
    http = Caller(create_app(Settings(), mongomock), None).http
    twice = await http.get("/", headers=[("host", "localhost"), ("host", "localhost")])
    request = http.build_request("GET", "/")
    del request.headers["host"]
    absent = await http.send(request)

    assert (twice.status_code, absent.status_code) == (421, 421)
