"""Asking a server over HTTP whether it works, as a container's health check does."""

import time
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

ASK_SECONDS = 5.0
"""The server itself takes at most 4.5 to say that the database is away."""

_opener = build_opener(ProxyHandler({}))
"""Without the environment's proxy: the server is on this machine."""


def failure(address: str) -> str | None:
    """Why an address does not answer 200, in five seconds at most; None if it does."""
    answers = SimpleQueue[str | None]()
    # The limit is of the whole answer; the socket's own is of each piece of it.
    Thread(target=lambda: answers.put(_asked(address)), daemon=True).start()
    try:
        return answers.get(timeout=ASK_SECONDS)
    except Empty:
        return f"no answer in {ASK_SECONDS:.0f} seconds"


def _asked(address: str) -> str | None:
    try:
        with _opener.open(address, timeout=ASK_SECONDS) as response:
            status, body = response.status, response.read(200)
    except HTTPError as error:
        with error:
            status, body = error.code, error.read(200)
    except (OSError, HTTPException, ValueError) as error:
        return str(getattr(error, "reason", None) or error or type(error).__name__)
    return None if status == 200 else f"status {status} {body.decode(errors='replace')}".strip()


def answers(address: str, *, seconds: float) -> bool:
    """Whether an address answers 200 within a time."""
    deadline = time.monotonic() + seconds
    while failure(address) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
