"""Callers of SGP's routes."""

import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.builders import a_wire_template
from tests.clients.project import run
from tests.conftest import Caller
from tests.shared import made_once

V4, V3 = "/v4/model-templates", "/v3/model-templates"

SDKS = Path(__file__).with_name("sdks")
EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.json"))


class Sgp:
    """A client of SGP's routes, with the key of a caller."""

    def __init__(self, caller: Caller) -> None:
        self.http = caller.http
        self.caller = caller

    async def created(self, **changes: Any) -> Any:
        """The answer to a create that succeeds."""
        response = await self.http.post(V4, json=a_wire_template(**changes))
        assert response.status_code == 200, response.text
        return response.json()

    async def refused(
        self, method: str, path: str, status: int = 422, **options: Any
    ) -> list[dict[str, Any]]:
        """The details of a request that fails with this status."""
        response = await self.http.request(method, path, **options)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        (details,) = response.json().values()
        return list(details)

    async def text(self, method: str, path: str, status: int = 422, **options: Any) -> str:
        """The detail of a request to v3 that fails with this status."""
        response = await self.http.request(method, path, **options)
        assert response.status_code == status, response.text
        (detail,) = response.json().values()
        assert isinstance(detail, str)
        return detail


def detail(type: str, msg: str, *loc: str | int) -> dict[str, Any]:
    return {"loc": [*loc], "msg": msg, "type": type}


def the_ids(response: httpx.Response) -> list[str]:
    """The ids of the templates on a page."""
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


@pytest.fixture
def sgp(ann: Caller) -> Sgp:
    """A client that writes in a1."""
    return Sgp(ann)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with SGP's clients, from their lock file."""

    def make(directory: Path) -> None:
        run(directory, sys.executable, "-m", "venv", "--without-pip", "venv")
        pip = [sys.executable, "-m", "pip", "--python", "venv/bin/python"]
        lock = str(SDKS / "requirements.lock")
        run(directory, *pip, "install", "--no-compile", "--require-hashes", "-r", lock, seconds=180)

    return made_once(tmp_path_factory, "sdks", make) / "venv/bin/python"
