"""Addresses on which the server cannot listen, and what to do."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from app.server.listening import CannotListen, listen
from tests.privileges import ordinary_user

FIRST_FREE = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
"""The first port that every user may listen on."""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use, and so is the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            first.listen()
            second.listen()
            yield port
            return


def error_of(host: str, port: int) -> str:
    with pytest.raises(CannotListen) as raised:
        listen(uvicorn.Config("app", host=host, port=port, log_config=None))
    return raised.value.message


def test_a_port_in_use_suggests_one_that_is_free(taken: int) -> None:
    message = error_of("127.0.0.1", taken)

    head, _, port = message.rpartition(" ")
    assert head == (
        f"cannot listen on 127.0.0.1, port {taken}: the port is in use. Choose another one, such "
        "as --port"
    )
    assert int(port) > taken + 1
    listen(uvicorn.Config("app", host="127.0.0.1", port=int(port), log_config=None)).close()


@pytest.mark.parametrize("host", ["203.0.113.1", "nowhere.invalid"])
def test_an_address_of_another_machine_suggests_ours(host: str) -> None:
    assert error_of(host, 0) == (
        f"cannot listen on {host}, port 0: this machine has no such address. Choose --host "
        "127.0.0.1 for this machine only, or --host 0.0.0.0 for all its addresses"
    )


def test_a_port_of_the_system_suggests_another() -> None:
    if int(FIRST_FREE.read_text()) <= 1:  # As in many containers: there is nothing to explain.
        with ordinary_user():
            listen(uvicorn.Config("app", host="127.0.0.1", port=1, log_config=None)).close()
        return
    with ordinary_user():
        message = error_of("127.0.0.1", 1)
    assert message == (
        "cannot listen on 127.0.0.1, port 1: ports below 1024 need special rights. Choose another "
        "one, such as --port 8000"
    )
