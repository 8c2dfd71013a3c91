"""uvicorn still has the private names that the server depends on."""

import re
import tomllib
from importlib.metadata import version

import pytest
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.server import connection, uvicorn_private
from tests.program import ROOT


def assigned(*methods: object) -> set[str]:
    """The names that methods use: the attributes that they set are among them."""
    return set().union(*(method.__code__.co_names for method in methods))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", uvicorn_private.OVERRIDDEN)
def test_an_overridden_method_exists_and_is_called(name: str) -> None:
    callers = {
        method
        for method in vars(HttpToolsProtocol).values()
        if callable(method) and name in method.__code__.co_names
    }

    assert callable(getattr(HttpToolsProtocol, name))
    assert callers


def test_private_attributes_exist() -> None:
    protocol = assigned(HttpToolsProtocol.__init__, HttpToolsProtocol.on_message_begin)

    assert set(uvicorn_private.PROTOCOL_ATTRIBUTES) <= protocol
    assert set(uvicorn_private.CYCLE_ATTRIBUTES) <= assigned(RequestResponseCycle.__init__)
    assert httptools_impl.STATUS_LINE[431]


def test_only_one_file_overrides_private_methods() -> None:
    own = {name for name in vars(connection.Connection) if re.match("_[a-z]", name)}

    assert own & set(dir(HttpToolsProtocol)) == set()


def test_the_next_minor_release_is_excluded() -> None:
    """Raise the bound together with what uvicorn_private says it was checked with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (bound,) = (line for line in project["dependencies"] if line.startswith("uvicorn"))
    major, minor = version("uvicorn").split(".")[:2]

    assert bound == f"uvicorn>={major}.{minor},<{major}.{int(minor) + 1}"
    assert f"uvicorn {major}.{minor}." in str(uvicorn_private.__doc__)
