"""HTTP health checks of a server.

They use a plain socket: importing an HTTP client would take longer than the check itself.
"""

import socket
import time
from threading import Thread
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0
"""Above the 4.5 seconds that the server takes to report an unavailable database."""

OFTEN_SECONDS = 5.0
"""How long a server that starts is asked often. It logs each request."""

MAX_BYTES = 2_000
"""Enough for the status, the headers and the beginning of the body."""


def url(host: str, port: int) -> str:
    """The URL at which this machine reaches a server that listens on the host and port."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def failure(address: str) -> str | None:
    """Why a URL does not respond with 200 within five seconds; None if it does."""
    answers: list[str | None] = []
    # The socket's timeout applies to each read; this one applies to the whole exchange.
    check = Thread(target=lambda: answers.append(_check(address)), daemon=True)
    check.start()
    check.join(TIMEOUT_SECONDS)
    return answers[0] if answers else f"no answer in {TIMEOUT_SECONDS:.0f} seconds"


def _check(address: str) -> str | None:
    try:
        answer = _get(address)
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
    head, _, body = answer.partition("\r\n\r\n")
    version, _, status = head.partition("\r\n")[0].partition(" ")
    if not version.startswith("HTTP/"):
        return "the answer is not HTTP"
    return None if status[:3] == "200" else f"status {status[:3]} {body[:200]}".strip()


def _get(address: str) -> str:
    """The beginning of the response to a GET: at least its first MAX_BYTES if it is as long."""
    target = urlsplit(address)
    head = f"GET {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\nconnection: close\r\n\r\n"
    with socket.create_connection((target.hostname, target.port), TIMEOUT_SECONDS) as connection:
        connection.sendall(head.encode())
        received = b""
        while len(received) < MAX_BYTES and (chunk := connection.recv(MAX_BYTES)):
            received += chunk
    return received.decode(errors="replace")


def answers(address: str, *, seconds: float) -> bool:
    """Whether a URL responds with 200 within a number of seconds; retries until then, less often
    after a while."""
    begun = time.monotonic()
    while failure(address) is not None:
        if (waited := time.monotonic() - begun) > seconds:
            return False
        time.sleep(0.05 if waited < OFTEN_SECONDS else 1.0)
    return True
