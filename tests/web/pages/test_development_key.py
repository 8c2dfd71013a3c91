"""The development key, and the one-time token with which a page gets it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.api_key import is_key
from app.main import create_app, link_tokens
from app.settings import Environment, Playground, Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.web.pages.link_tokens import KEPT_SECONDS
from tests.builders import NAMED
from tests.web.pages.test_playground import KEY, browser


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@pytest.fixture
def token(settings: Settings) -> Iterator[str]:
    """The token of a link."""
    with link_tokens(settings).issued("http://127.0.0.1:8000/graphql") as link:
        yield link.token


HOSTS = ("127.0.0.1:8000", "localhost:1", "[::1]:8000", "LOCALHOST")


async def test_its_pages_get_the_development_key(
    settings: Settings, mongomock: Database, token: str
) -> None:
    secret = token
    for host in HOSTS:
        answer = await browser(settings, mongomock, host).get(
            KEY, headers={"sec-fetch-site": "same-origin", **bearer(secret)}
        )
        secret = answer.json()["session"]

        assert answer.headers["cache-control"] == "no-store"
        assert answer.json().keys() == {"account", "key", "session"}
        assert answer.json()["account"] == "demo"
        assert is_key(answer.json()["key"])


async def test_a_token_works_once_and_its_session_as_long_as_the_key(
    settings: Settings, mongomock: Database, token: str
) -> None:
    first, other = browser(settings, mongomock), browser(settings, mongomock)
    answers = [await http.get(KEY, headers=bearer(token)) for http in (first, other, first)]
    session = answers[0].json()["session"]
    restarted = browser(settings, mongomock)

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    for http in (first, other, restarted):
        answer = await http.get(KEY, headers=bearer(session))
        assert answer.json() == answers[0].json()

    key = answers[0].json()["key"]
    await ApiKeyStore(mongomock).revoke(key)
    assert (await first.get(KEY, headers=bearer(session))).status_code == 403
    assert key not in session


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": "Bearer x"},
        {"authorization": "Basic {token}"},
        {"authorization": "{token}"},
        {"authorization": "Bearer {token}x"},
        {"authorization": "Bearer ../tokens/{token}"},
        {"authorization": "Bearer " + "x" * 10_000},
        {"cookie": "token={token}"},
        {"x-api-key": "{token}"},
    ],
)
async def test_without_the_token_nobody_gets_it(
    settings: Settings, mongomock: Database, token: str, headers: dict[str, str]
) -> None:
    http = browser(settings, mongomock)
    given = {name: value.replace("{token}", token) for name, value in headers.items()}

    answer = await http.get(f"{KEY}?token={token}", headers=given)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", **NAMED}
    assert (await http.get(KEY, headers=bearer(token))).status_code == 200


def test_a_token_is_private_and_ends_with_its_server(settings: Settings) -> None:
    tokens = link_tokens(settings)
    with tokens.issued("http://127.0.0.1:1/") as one, tokens.issued("http://127.0.0.1:2/") as two:
        assert one.token != two.token
        assert one.file.stat().st_mode & 0o77 == one.file.parent.stat().st_mode & 0o77 == 0
        assert one.token not in one.file.name
        assert f'href="http://127.0.0.1:1/#token={one.token}"' in one.file.read_text()
        assert (tokens.spend(two.token), tokens.spend(two.token)) == (True, False)

    assert not tokens.spend(one.token)
    assert [*one.file.parent.iterdir()] == []


def test_an_old_token_of_a_killed_server_is_removed(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir()
    for name, age in {"old": KEPT_SECONDS + 60, "new": KEPT_SECONDS - 60}.items():
        file = tmp_path / "tokens" / f"{name}.html"
        file.touch()
        os.utime(file, (time.time() - age,) * 2)

    with link_tokens(settings).issued("http://127.0.0.1:1/") as link:
        assert {file.name for file in link.file.parent.iterdir()} == {"new.html", link.file.name}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://a.example"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_no_other_page_gets_it(
    settings: Settings, mongomock: Database, token: str, headers: dict[str, str]
) -> None:
    answer = await browser(settings, mongomock).get(KEY, headers={**headers, **bearer(token)})

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("host", ["rebound.example:8000", "127.0.0.1.example", "[::1", ""])
async def test_no_foreign_host_has_it(settings: Settings, mongomock: Database, host: str) -> None:
    answer = await browser(settings, mongomock).get(KEY, headers={"host": host})

    assert answer.status_code == 421
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST", **NAMED}


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("203.0.113.9", 404), ("", 404)]
)
async def test_a_tunneled_request_does_not_get_it(
    settings: Settings, mongomock: Database, token: str, client: str, status: int
) -> None:
    transport = httpx.ASGITransport(create_app(settings, mongomock), client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get(KEY, headers=bearer(token))).status_code == status


NOT_FOUND = {"errors": [{"message": "Not Found", "extensions": {"code": "BAD_REQUEST", **NAMED}}]}


@pytest.mark.parametrize(
    "given",
    [
        {"environment": Environment.PRODUCTION},
        {"environment": Environment.PRODUCTION, "playground": Playground.ON},
        {"playground": Playground.OFF},
        {"host": "0.0.0.0"},
    ],
)
async def test_no_other_server_has_a_development_key(
    mongomock: Database, tmp_path: Path, given: dict[str, Any]
) -> None:
    settings = Settings(data_dir=tmp_path, **given)
    with link_tokens(settings).issued("http://127.0.0.1:8000/") as link:
        answer = await browser(settings, mongomock).get(KEY, headers=bearer(link.token))

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert not (tmp_path / "development.key").exists()
