"""The server's memory is bounded while one key sends bodies that never end."""

import socket
import time
from contextlib import ExitStack, suppress

import pytest

from tests.web.bystander import served
from tests.web.raw import head

pytestmark = [pytest.mark.slow, pytest.mark.alone]

CONNECTIONS, ANNOUNCED, SENT = 250, 999_999, 990_000

LEAST = CONNECTIONS - 32_000_000 // SENT
"""The connections whose bodies are more than a key may send at a time."""


def count(answers: list[bytes]) -> int:
    return sum(answer.startswith(b"HTTP/1.1 429") for answer in answers)


def test_unfinished_bodies_of_a_key_take_little_memory(mongod_uri: str) -> None:
    with served(mongod_uri, "bystander_bodies") as server, server.watched() as waits:
        lines = f"content-length: {ANNOUNCED}", "content-type: application/json"
        begun = head(*lines, key=server.attacker) + b" " * SENT
        with ExitStack() as stack:
            connections = [
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
                for _ in range(CONNECTIONS)
            ]
            for connection in connections:
                connection.sendall(begun)
                connection.setblocking(False)
            answers = [b""] * CONNECTIONS
            deadline = time.monotonic() + 8  # Later, the others get a 408.
            while count(answers) < LEAST and time.monotonic() < deadline:
                time.sleep(0.1)
                for position, connection in enumerate(connections):
                    with suppress(BlockingIOError):  # The server waits for the rest.
                        answers[position] += connection.recv(65_536)

    assert LEAST <= count(answers) < CONNECTIONS
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350
