"""Requests that arrive slowly, incompletely or many at once."""

import json
import re
import socket
import time
from contextlib import ExitStack, suppress

import pytest

from tests.builders import a_wire_template, an_input
from tests.graphql.test_limits import numbered
from tests.web.conftest import RECEIVE_SECONDS, SEND_SECONDS, Listening
from tests.web.hostile.conftest import SECONDS
from tests.web.hostile.rejection import QUERY
from tests.web.raw import a_post, exchange, head

pytestmark = pytest.mark.slow

CREATE = """mutation($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { errors { message } }
}"""


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"\r\n\r\n"],
        [b"POST /graphql HT"],
        [b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-"],
        [head("content-length: 100", "content-type: application/json", key="KEY"), b'{"query"'],
        [head("content-type: application/json", "transfer-encoding: chunked", key="KEY"), b"5\r"],
        [head("content-length: 100", method="GET", target="/healthz")],
    ],
    ids=["nothing", "lines", "a line", "half a header", "half a body", "half a chunk", "unread"],
)  # fmt: skip
@pytest.mark.within(RECEIVE_SECONDS + SECONDS)
def test_an_incomplete_request_is_closed(server: Listening, parts: list[bytes]) -> None:
    parts = [part.replace(b"KEY", server.ann.encode()) for part in parts]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk

    assert received.startswith((b"HTTP/1.1 408", b"HTTP/1.1 200"))
    assert received.startswith(b"HTTP/1.1 200") == (b"healthz" in parts[0])


@pytest.mark.parametrize("part", [b"POST /gra", b"POST /graphql HTTP/1.1\r\nhost: "])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.within(RECEIVE_SECONDS + SECONDS)
def test_a_request_after_a_whole_one_is_closed_if_incomplete(
    server: Listening, part: bytes, together: bool
) -> None:
    whole = a_post(QUERY, key=server.ann)
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(whole + part if together else whole)
        received = connection.recv(65_536)
        connection.sendall(b"" if together else part)
        while chunk := connection.recv(65_536):
            received += chunk

    assert re.findall(rb"HTTP/1.1 ([0-9]+)", received) == [b"200", b"408"]
    assert time.monotonic() - begun > RECEIVE_SECONDS - 0.5


@pytest.mark.within(RECEIVE_SECONDS + SECONDS)
def test_a_slow_request_gets_no_extra_time(server: Listening) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\na: ")
        with pytest.raises(OSError):
            while True:
                connection.sendall(b"b")
                time.sleep(0.1)


@pytest.mark.within(SEND_SECONDS + SECONDS)
def test_an_unread_response_is_dropped(server: Listening) -> None:
    asked = head(method="GET", target="/schema.graphql")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(SEND_SECONDS + SECONDS)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(asked * 500)  # Their answers are more than the system takes.
        with pytest.raises(ConnectionError):
            for _ in range(30):
                connection.sendall(asked)
                time.sleep(0.1)


@pytest.mark.within(SEND_SECONDS + 3 * SECONDS)
def test_a_response_that_is_read_slowly_is_dropped(server: Listening) -> None:
    """The time counts for the whole response, and not anew for each piece. What the system has
    taken by then still arrives."""
    for number in range(20):
        wire = a_wire_template(account_id="b1", name=f"slow {number}", description="d" * 20_000)
        body = {"query": CREATE, "variables": {"input": an_input(wire)}}
        assert server.post(body, server.bob).json()["data"]["createModelTemplate"]["errors"] == []
    query = f"{{ modelTemplates {{ nodes {{ {numbered(29, 'a#: description ')} }} }} }}"
    begun = time.monotonic()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(SEND_SECONDS + SECONDS)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(a_post(json.dumps({"query": query}).encode(), key=server.bob))
        received = b""
        with suppress(ConnectionError):
            while piece := connection.recv(20_000):
                received += piece
                if time.monotonic() < begun + SEND_SECONDS + 1:
                    time.sleep(0.05)

    length = int(re.search(rb"content-length: ([0-9]+)", received)[1])  # type: ignore[index]
    assert received.startswith(b"HTTP/1.1 200")
    assert SEND_SECONDS * 20_000 < len(received) < length


@pytest.mark.alone
@pytest.mark.parametrize(
    "part",
    [
        b"POST /graphql HTTP/1.1\r\nhost: ",
        head("content-length: 10", "content-type: application/json", key="KEY"),
    ],
    ids=["headers", "bodies"],
)
def test_200_incomplete_requests_block_no_other(server: Listening, part: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            stack.enter_context(connection).sendall(part.replace(b"KEY", server.ann.encode()))
        begun = time.monotonic()
        answer = exchange(server.port, [a_post(QUERY, key=server.ann)])

        assert answer[0] == 200
        assert time.monotonic() - begun < 1
