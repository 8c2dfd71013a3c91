"""Pipelined requests: a few are answered in order, and many take no memory."""

import socket
import time
from contextlib import suppress
from threading import Thread

import pytest

from tests.web.bystander import served
from tests.web.conftest import Listening
from tests.web.hostile.rejection import QUERY
from tests.web.raw import a_post, head

pytestmark = pytest.mark.slow

FLOOD_BYTES, FLOOD_SECONDS = 4_000_000, 5


def received(port: int, sent: bytes, *, is_last: bytes) -> bytes:
    """The bytes from a server until it closes the connection, or up to the last answer's text."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        answers = b""
        while is_last not in answers and (piece := connection.recv(65_536)):
            answers += piece
    return answers


def test_pipelined_requests_are_answered_in_order(server: Listening) -> None:
    requests = [
        a_post(QUERY, key=server.ann),
        head(method="GET", target="/healthz"),
        head(method="GET", target="/readyz"),
    ]

    answers = received(server.port, b"".join(requests), is_last=b'{"status":"ready"}')

    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.index(b'{"data":') < answers.index(b'"alive"') < answers.index(b'"ready"')
    assert b"connection: close" not in answers


def test_a_pipelined_body_may_arrive_later(server: Listening) -> None:
    post = a_post(QUERY, key=server.ann)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(post + post[:-5])
        time.sleep(0.2)
        connection.sendall(post[-5:])
        answers = b""
        while answers.count(b'{"data":') < 2 and (piece := connection.recv(65_536)):
            answers += piece

    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_many_pipelined_requests_are_answered(server: Listening) -> None:
    health = head(method="GET", target="/healthz")
    posts = a_post(QUERY + b" " * 5_000, key=server.ann) * 50
    last = head("connection: close", method="GET", target="/readyz")

    answers = received(server.port, health * 1_000 + posts + last, is_last=b'{"status":"ready"}')

    assert answers.count(b"HTTP/1.1 200 OK") == 1_051
    assert answers.count(b'{"status":"alive"}') == 1_000
    assert answers.count(b'{"data":') == 50
    assert answers.endswith(b'{"status":"ready"}')


@pytest.mark.alone
def test_pipelined_requests_without_a_key_do_not_delay_other_callers(mongod_uri: str) -> None:
    request = b"GET / HTTP/1.1\r\nhost:a\r\n\r\n"
    flood = request * (FLOOD_BYTES // len(request))
    with served(mongod_uri, "bystander_pipelining") as server, server.watched() as waits:
        ends = time.monotonic() + FLOOD_SECONDS
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            sending = Thread(target=sent, args=(connection, flood))
            sending.start()
            answers = 0
            while time.monotonic() < ends and (piece := connection.recv(65_536)):
                answers += piece.count(b"HTTP/1.1 ")
            connection.shutdown(socket.SHUT_RDWR)
            sending.join()

    assert answers > 1_000
    assert waits.statuses == {200}
    assert waits.worst < 3
    assert waits.peak_mib < 350


def sent(connection: socket.socket, content: bytes) -> None:
    with suppress(OSError):  # The test has seen enough.
        connection.sendall(content)
