"""The socket on which the server listens, or the reason why it cannot."""

import errno
import socket
from contextlib import suppress

import click
import uvicorn

PORTS_TRIED = 20
PRIVILEGED = 1_024
"""Ports below belong to the system on most machines."""

UNKNOWN_HOST = frozenset({socket.EAI_NONAME, socket.EAI_AGAIN})


class CannotListen(click.ClickException):
    """The address is in use or not local. click prints the message and exits with status 1."""


def listen(config: uvicorn.Config) -> socket.socket:
    """The socket of uvicorn, which logs its address. Raises CannotListen."""
    try:
        return config.bind_socket()
    except SystemExit as exit:  # uvicorn has logged the reason.
        advice = _advice(exit.__context__, config.host, config.port)
        message = f"cannot listen on {config.host}, port {config.port}{advice}"
        raise CannotListen(message) from None


def _advice(error: BaseException | None, host: str, port: int) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f": the port is in use. Choose another one, such as --port {_free_port(host, port)}"
    if number == errno.EACCES and port < PRIVILEGED:
        return ": ports below 1024 need special rights. Choose another one, such as --port 8000"
    if number == errno.EADDRNOTAVAIL or number in UNKNOWN_HOST:
        return (
            ": this machine has no such address. Choose --host 127.0.0.1 for this machine only, or "
            "--host 0.0.0.0 for all its addresses"
        )
    return f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""


def _free_port(host: str, port: int) -> int:
    """The next port that is free; 0, which stands for any free one, if there is none nearby."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port + 1, min(port + PORTS_TRIED, 65_535) + 1):
        with suppress(OSError), socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, candidate))
            return candidate
    return 0
