"""Unsupported methods, targets and headers, and malformed HTTP."""

import socket

import pytest

from tests.web.conftest import Listening
from tests.web.hostile.rejection import BAD, MB, QUERY, assert_rejected
from tests.web.raw import a_post, exchange, head


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/graphql", 400),
        ("GET", "/graphql?query=mutation%20%7B%20__typename%20%7D", 405),
        ("GET", "/graphql?query=%7B__typename%7D&query=%7B__typename%7D", 400),
        ("GET", "/graphql?query=%FF", 400),
        ("GET", "/graphql?query=%ED%A0%80", 400),
        ("GET", "/graphql?query=%7B__typename%7D&variables=[]", 400),
        ("GET", "/graphql?query=%7B__typename%7D&variables=%7B%22a%22:NaN%7D", 400),
        ("GET", "/graphql?query=%7B__typename%7D&extensions=" + "[" * 5_000, 400),
        ("GET", "/graphql?query=é", 400),
        ("GET", "/graphql?batch=1", 400),
        ("PUT", "/graphql", 405),
        ("DELETE", "/graphql", 405),
        ("PATCH", "/graphql", 405),
        ("OPTIONS", "/graphql", 405),
        ("TRACE", "/graphql", 405),
        ("CONNECT", "localhost:80", 400),
        ("BREW", "/graphql", 400),
        ("POST", "/healthz", 405),
        ("GET", "/nothing", 404),
        ("GET", "/graphql/", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "//graphql", 404),
        ("GET", "/%00", 404),
        ("GET", "/graphql%00", 404),
        ("GET", "http://elsewhere.example/nothing", 421),
        ("GET", "http://localhost/nothing", 404),
        ("GET", "graphql", 400),
        ("GET", "/gr\0aphql", 400),
    ],
)
def test_unsupported_methods_and_targets_are_rejected(
    server: Listening, method: str, target: str, status: int
) -> None:
    asked = head(method=method, target=target, key=server.ann)

    assert_rejected(exchange(server.port, [asked]), status, BAD)


@pytest.mark.parametrize(
    "asked",
    [
        b"GET / HTTP/1.1\r\nhost: rebound.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: rebound.example\r\nx-forwarded-host: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: rebound.example\r\nforwarded: host=localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost:\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://rebound.example/ HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET HTTP://rebound.example:80/?a HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET http://localhost@rebound.example/ HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET http://rebound.example/ HTTP/1.0\r\n\r\n",
        b"OPTIONS /graphql HTTP/1.1\r\nhost: rebound.example\r\norigin: http://a.example\r\n\r\n",
    ],
    ids=str,
)
def test_a_foreign_host_is_misdirected(server: Listening, asked: bytes) -> None:
    assert_rejected(exchange(server.port, [asked]), 421, BAD)


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /healthz HTTP/1.1\r\nhost: 10.0.0.7:8000\r\n\r\n",
        b"GET /readyz HTTP/1.0\r\n\r\n",
        b"GET http://localhost:8000/ HTTP/1.1\r\nhost: rebound.example\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/1.0\r\n\r\n",
    ],
    ids=str,
)
def test_a_probe_or_the_host_of_the_target_is_served(server: Listening, asked: bytes) -> None:
    assert exchange(server.port, [asked])[0] == 200


@pytest.mark.parametrize(
    "asked",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /graphql HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        head("content-length: 1", "content-length: 2"),
        head("content-length: -1"),
        head("content-length: 99999999999999999999"),
        head("content-length: 3", "transfer-encoding: chunked") + b"0\r\n\r\n",
        head("transfer-encoding: chunked", "content-type: application/json") + b"xyz\r\n",
        head("a header"),
        head("a\0b: c"),
        head("a: b\0c"),
        head(" a: b"),
    ],
    ids=str,
)
def test_malformed_http_is_rejected(server: Listening, asked: bytes) -> None:
    assert_rejected(exchange(server.port, [asked]), 400, BAD)


@pytest.mark.parametrize(
    "parts",
    [
        [head("a: " + "b" * 16_384)],
        [head(*(f"a{i}: b" for i in range(3_000)))],
        [head(target="/graphql?query=" + "a" * 16_384, method="GET")],
        [b"GET / HTTP/1.1\r\na: ", *[b"b" * MB] * 20],
        [b"GET /", *[b"b" * MB] * 20],
        [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n" * 10_000] * 20],
        [head("transfer-encoding: chunked"), b"1\r\n \r\n0\r\n", *[b"a: b\r\n" * 10_000] * 20],
    ],
    ids=["one", "many", "target", "20 MB in one", "20 MB target", "endless", "trailers"],
)
def test_oversized_headers_are_rejected(server: Listening, parts: list[bytes]) -> None:
    answer = exchange(server.port, parts)

    # The request is rejected before its trailers, because its body has no media type.
    status = answer[0] if answer[0] == 401 else 431
    assert_rejected(answer, status, "UNAUTHENTICATED" if status == 401 else BAD)


def test_headers_at_the_limit_are_accepted(server: Listening) -> None:
    room = 16_384 - len(a_post(b"", key=server.ann)) - len("a: \r\n")

    status, _, _ = exchange(server.port, [a_post(QUERY, "a: " + "b" * room, key=server.ann)])

    assert status == 200


@pytest.mark.parametrize("offer", ["h2c", "websocket", "TLS/1.2", "h2c, foo"])
@pytest.mark.parametrize("pieces", [1, 2, 40], ids=["whole", "halves", "pieces"])
def test_a_protocol_upgrade_offer_is_ignored(server: Listening, offer: str, pieces: int) -> None:
    upgrade = ["connection: Upgrade, HTTP2-Settings", f"upgrade: {offer}", "http2-settings: AAM"]
    asked = a_post(QUERY, *upgrade, key=server.ann)
    size = -(-len(asked) // pieces)

    status, _, answer = exchange(
        server.port, [asked[at : at + size] for at in range(0, len(asked), size)]
    )

    assert (status, answer) == (200, {"data": {"__typename": "Query"}})


def test_a_request_after_an_upgrade_offer_is_separate(server: Listening) -> None:
    first = a_post(QUERY, "connection: Upgrade", "upgrade: h2c", key=server.ann) * 150
    second = a_post(QUERY, "connection: close", key=server.ann)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(first + second)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert received.count(b"HTTP/1.1 200 OK") == received.count(b'{"data"') == 151
