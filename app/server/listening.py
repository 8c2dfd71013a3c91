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
        # uvicorn would log the error, and end the process.
        with _bound(config.host, config.port):
            pass
    except OSError as error:
        message = f"cannot listen on {config.host}, port {config.port}"
        raise CannotListen(message + _advice(error, config.host, config.port)) from None
    return config.bind_socket()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound


def _advice(error: OSError, host: str, port: int) -> str:
    number = error.errno
    if number == errno.EADDRINUSE:
        return f": the port is in use. Choose another one, such as --port {_free_port(host, port)}"
    if number == errno.EACCES and port < PRIVILEGED:
        return ": ports below 1024 need special rights. Choose another one, such as --port 8000"
    if number == errno.EADDRNOTAVAIL or number in UNKNOWN_HOST:
        return (
            ": this machine has no such address. Choose --host 127.0.0.1 for this machine only, or "
            "--host 0.0.0.0 for all its addresses"
        )
    return f": {error.strerror}" if error.strerror else ""


def _free_port(host: str, port: int) -> int:
    """The next port that is free; 0, which stands for any free one, if there is none nearby."""
    for candidate in range(port + 1, min(port + PORTS_TRIED, 65_535) + 1):
        with suppress(OSError), _bound(host, candidate):
            return candidate
    return 0
