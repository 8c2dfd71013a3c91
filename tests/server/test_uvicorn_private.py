"""uvicorn still has the private names that the server depends on."""

import inspect
import re
import tomllib
from importlib.metadata import version
from types import CodeType

import pytest
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors.basereload import BaseReload
from uvicorn.supervisors.multiprocess import Multiprocess

from app.server import connection, draining, shutdown, uvicorn_private
from tests.program import ROOT


def assigned(*methods: object) -> set[str]:
    """The names that methods use: the attributes that they set are among them."""
    return set().union(*(method.__code__.co_names for method in methods))  # type: ignore[attr-defined]


def names_used(code: CodeType) -> set[str]:
    """The names that code uses, with those of the comprehensions in it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return {*code.co_names}.union(*map(names_used, inner))


USERS = [*uvicorn_private.OVERRIDDEN, BaseReload]
"""uvicorn's classes that call the overridden methods."""


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in uvicorn_private.OVERRIDDEN.items() for name in names],
)
def test_an_overridden_method_exists_and_is_called(owner: type, name: str) -> None:
    callers = {
        method
        for user in USERS
        for method in vars(user).values()
        if callable(method) and name in names_used(inspect.unwrap(method).__code__)
    }

    assert name in vars(owner)
    assert callers or name == "run"  # Which is public, and called by our own code.


def test_the_supervisor_creates_workers_by_their_global_name() -> None:
    creators = {
        name
        for name, method in vars(Multiprocess).items()
        if callable(method) and "Process" in method.__code__.co_names
    }

    assert creators == {"init_processes", "keep_subprocess_alive", "restart_all", "handle_ttin"}


def test_private_attributes_exist() -> None:
    protocol = assigned(HttpToolsProtocol.__init__, HttpToolsProtocol.on_message_begin)

    assert set(uvicorn_private.PROTOCOL_ATTRIBUTES) <= protocol
    assert set(uvicorn_private.CYCLE_ATTRIBUTES) <= assigned(RequestResponseCycle.__init__)
    assert httptools_impl.STATUS_LINE[431]


def test_only_one_file_overrides_private_methods() -> None:
    ours = (connection.Connection, draining.Draining, shutdown.Server, shutdown.Workers)
    theirs = {name for owner in uvicorn_private.OVERRIDDEN for name in dir(owner)}

    for own in ours:
        assert {name for name in vars(own) if re.match("_[a-z]", name)} & theirs == set()


def test_the_next_minor_release_is_excluded() -> None:
    """Raise the bound together with what uvicorn_private says it was checked with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (bound,) = (line for line in project["dependencies"] if line.startswith("uvicorn"))
    major, minor = version("uvicorn").split(".")[:2]

    assert bound == f"uvicorn>={major}.{minor},<{major}.{int(minor) + 1}"
    assert f"uvicorn {major}.{minor}." in str(uvicorn_private.__doc__)
