"""Raw HTTP, for requests that no client library would send."""

import json
import socket
import time
from collections.abc import Iterable
from typing import Any

Response = tuple[int, dict[str, str], Any]


def head(*lines: str, method: str = "POST", target: str = "/graphql", key: str = "") -> bytes:
    """A request line and headers; with a key, unless it is empty."""
    given = [f"{method} {target} HTTP/1.1", "host: localhost", *lines]
    given += [f"x-api-key: {key}"] if key else []
    return "".join(f"{line}\r\n" for line in given).encode() + b"\r\n"


def a_post(body: bytes, *lines: str, key: str, kind: str | None = "application/json") -> bytes:
    """A whole request."""
    form = [] if kind is None else [f"content-type: {kind}"]
    return head(*form, f"content-length: {len(body)}", *lines, key=key) + body


def exchange(port: int, parts: Iterable[bytes], *, seconds: float = 10) -> Response:
    """Send the parts and read one response; status 0 if the connection closes without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except OSError:
            pass  # The server has answered already.
        return _read(connection, time.monotonic() + seconds)


def _read(connection: socket.socket, deadline: float) -> Response:
    received = b""
    while not _is_whole(received):
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        try:
            chunk = connection.recv(65_536)
        except ConnectionError:
            break
        if not chunk:
            break
        received += chunk
    if not received:
        return 0, {}, None
    status, headers, body = _parts(received)
    return status, headers, json.loads(body) if "json" in headers.get("content-type", "") else body


def _is_whole(received: bytes) -> bool:
    if b"\r\n\r\n" not in received:
        return False
    _, headers, body = _parts(received)
    return len(body) >= int(headers.get("content-length", 0))


def _parts(received: bytes) -> tuple[int, dict[str, str], bytes]:
    top, _, body = received.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body
