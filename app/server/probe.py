"""Asking a server over HTTP whether it works, as a container's health check does.

By a socket: Python's HTTP clients take longer to import than the whole check takes to run.
"""

import socket
import time
from threading import Thread
from urllib.parse import urlsplit

ASK_SECONDS = 5.0
"""The server itself takes at most 4.5 to say that the database is away."""

MAX_BYTES = 2_000
"""Of an answer: its status, its headers, and the beginning of its body."""


def url(host: str, port: int) -> str:
    """Where a program on this machine reaches a server that listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def failure(address: str) -> str | None:
    """Why an address does not answer 200, in five seconds at most; None if it does."""
    answers: list[str | None] = []
    # The limit is of the whole answer; the socket's own is of each piece of it.
    asking = Thread(target=lambda: answers.append(_asked(address)), daemon=True)
    asking.start()
    asking.join(ASK_SECONDS)
    return answers[0] if answers else f"no answer in {ASK_SECONDS:.0f} seconds"


def _asked(address: str) -> str | None:
    try:
        answer = _exchanged(address)
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
    head, _, body = answer.partition("\r\n\r\n")
    version, _, status = head.partition("\r\n")[0].partition(" ")
    if not version.startswith("HTTP/"):
        return "the answer is not HTTP"
    return None if status[:3] == "200" else f"status {status[:3]} {body[:200]}".strip()


def _exchanged(address: str) -> str:
    """The first bytes of the answer to a GET."""
    there = urlsplit(address)
    head = f"GET {there.path} HTTP/1.1\r\nhost: {there.netloc}\r\nconnection: close\r\n\r\n"
    with socket.create_connection((there.hostname, there.port), ASK_SECONDS) as connection:
        connection.sendall(head.encode())
        received = b""
        while len(received) < MAX_BYTES and (chunk := connection.recv(MAX_BYTES)):
            received += chunk
    return received.decode(errors="replace")


def answers(address: str, *, seconds: float) -> bool:
    """Whether an address answers 200 within a time."""
    deadline = time.monotonic() + seconds
    while failure(address) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
