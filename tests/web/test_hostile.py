"""Hostile requests over a real server: each has its status, its code and a time bound."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import msgspec
import pytest

from app.storage.keys import new_key
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.web.conftest import RECEIVE_SECONDS, Listening
from tests.web.raw import a_post, exchange, head

SECONDS = 2.0
"""Within which every one of these is answered."""

ADDRESSES = count(1)
QUERY = b'{"query": "{ __typename }"}'
MB = 1_000_000


def variables(json_text: bytes) -> bytes:
    """A sound query with something in its variables."""
    return b'{"query": "{ __typename }", "variables": ' + json_text + b"}"


BAD, BODIES = "BAD_REQUEST", {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "an empty list": b"[]",
    "a list": b"[1]",
    "a batch": b"[" + QUERY + b"," + QUERY + b"]",
    "an empty object": b"{}",
    "half an object": b'{"query": ',
    "two objects": QUERY + QUERY,
    "something behind": QUERY + b"\0",
    "single quotes": b"{'query': '{ __typename }'}",
    "a comment": b"/**/" + QUERY,
    "a trailing comma": b'{"query": "{ __typename }",}',
    "an unescaped line end": b'{"query": "{\n}"}',
    "an unescaped NUL": b'{"query": "\0"}',
    "invalid UTF-8": b'{"query": "\xff"}',
    "overlong UTF-8": b'{"query": "\xc0\xae"}',
    "a surrogate in UTF-8": b'{"query": "\xed\xa0\x80"}',
    "UTF-16": QUERY.decode().encode("utf-16"),
    "UTF-16 without a BOM": QUERY.decode().encode("utf-16-le"),
    "UTF-32": QUERY.decode().encode("utf-32"),
    "a BOM": b"\xef\xbb\xbf" + QUERY,
    "gzip": gzip.compress(QUERY),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and whole": variables(b'{"a":' * 64 + b"1" + b"}" * 64),
    "deep behind brackets in a text": variables(b'{"a": "]", "b":' + b"[" * 64 + b"]" * 64 + b"}"),
    "a megabyte of brackets": b"[]" * 499_999,
    "5,000 digits": variables(b'{"a": ' + b"9" * 5_000 + b"}"),
    "65 digits": variables(b'{"a": 0.' + b"1" * 64 + b"}"),
    "900,000 digits": variables(b'{"a": ' + b"9" * 900_000 + b"}"),
    "NaN": variables(b'{"a": NaN}'),
    "Infinity": variables(b'{"a": Infinity}'),
    "-Infinity": variables(b'{"a": -Infinity}'),
    "a number above all doubles": variables(b'{"a": 1e999}'),
    "a lone surrogate": variables(b'{"a": "\\ud800"}'),
    "a lone low surrogate": variables(b'{"a": "\\uDFFF x"}'),
    "a surrogate in a name": variables(b'{"\\udc00": 1}'),
    "a name twice": b'{"query": "{ __typename }", "query": "{ viewer { identityId } }"}',
    "a name twice in variables": variables(b'{"a": 1, "a": 2}'),
    "a query that is none": b'{"query": {"$ne": null}}',
    "variables in a list": variables(b"[]"),
    "an operation without a name": b'{"query": "{ __typename }", "operationName": {"$ne": 1}}',
    "extensions that are a text": b'{"query": "{ __typename }", "extensions": "x"}',
}  # fmt: skip


def assert_refused(answer: Any, status: int, code: str | None) -> None:
    found, headers, body = answer
    assert found == status, answer
    assert headers["content-type"].startswith("application/")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "data" not in body
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]


@pytest.fixture(autouse=True)
def within_the_time(request: pytest.FixtureRequest, server: Listening) -> Iterator[None]:
    """Every hostile request has a time bound, and leaves a server that works."""
    begun = time.monotonic()
    yield
    marker = request.node.get_closest_marker("within")
    assert time.monotonic() - begun < (marker.args[0] if marker else SECONDS)
    assert server.post({"query": "{ __typename }"}).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_operation_is_refused(server: Listening, body: bytes) -> None:
    assert_refused(exchange(server.port, [a_post(body, key=server.ann)]), 400, BAD)


def test_what_is_just_within_the_limits_is_taken(server: Listening) -> None:
    body = variables(
        b'{"a": ' + b"[" * 62 + b"]" * 62 + b', "b": ' + b"9" * 64 + b', "c": "\\ud83c\\udf53"}'
    )

    status, _, answer = exchange(server.port, [a_post(body, key=server.ann)])

    assert (status, answer) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        (None, []),
        ("", []),
        ("text/plain", []),
        ("application/graphql", []),
        ("application/x-www-form-urlencoded", []),
        ("multipart/form-data; boundary=x", []),
        ("application/json5", []),
        ("application/jsonx", []),
        ("application/json; charset=utf-16", []),
        ("application/json; charset=iso-8859-1", []),
        ("application/json; x=y", []),
        ("application/json, text/plain", []),
        ("application/json", ["content-type: text/plain"]),
        ("application/json", ["content-encoding: gzip"]),
        ("application/json", ["content-encoding: identity, br"]),
    ],
)
def test_a_body_of_another_type_is_refused(
    server: Listening, kind: str | None, extra: list[str]
) -> None:
    asked = a_post(QUERY, *extra, key=server.ann, kind=kind)

    assert_refused(exchange(server.port, [asked]), 415, BAD)


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
        ("GET", "http://elsewhere.example/nothing", 404),
        ("GET", "graphql", 400),
        ("GET", "/gr\0aphql", 400),
    ],
)
def test_other_ways_in_are_refused(
    server: Listening, method: str, target: str, status: int
) -> None:
    asked = head(method=method, target=target, key=server.ann)

    assert_refused(exchange(server.port, [asked]), status, BAD)


@pytest.mark.parametrize(
    "asked",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /graphql HTTP/9.9\r\n\r\n",
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
def test_what_is_no_http_is_refused(server: Listening, asked: bytes) -> None:
    assert_refused(exchange(server.port, [asked]), 400, BAD)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(server: Listening, chunked: bool) -> None:
    body = b'{"query": "' + b" " * (5 * MB) + b'"}'
    whole = a_post(body, key=server.ann)
    parts = [
        head("transfer-encoding: chunked", "content-type: application/json", key=server.ann),
        *(b"%x\r\n%s\r\n" % (MB, b" " * MB) for _ in range(5)),
        b"0\r\n\r\n",
    ]

    assert_refused(exchange(server.port, parts if chunked else [whole]), 413, BAD)


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
def test_headers_that_are_too_large_are_refused(server: Listening, parts: list[bytes]) -> None:
    answer = exchange(server.port, parts)

    # The trailers follow what is refused already: the body is of no type.
    status = answer[0] if answer[0] == 401 else 431
    assert_refused(answer, status, "UNAUTHENTICATED" if status == 401 else BAD)


def test_headers_just_within_the_limit_are_taken(server: Listening) -> None:
    room = 16_384 - len(a_post(b"", key=server.ann)) - len("a: \r\n")

    status, _, _ = exchange(server.port, [a_post(QUERY, "a: " + "b" * room, key=server.ann)])

    assert status == 200


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
def test_a_request_that_does_not_arrive_is_closed(server: Listening, parts: list[bytes]) -> None:
    parts = [part.replace(b"KEY", server.ann.encode()) for part in parts]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk

    assert received.startswith((b"HTTP/1.1 408", b"HTTP/1.1 200"))
    assert received.startswith(b"HTTP/1.1 200") == (b"healthz" in parts[0])


@pytest.mark.within(RECEIVE_SECONDS + SECONDS)
def test_a_slow_trickle_buys_no_time(server: Listening) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\na: ")
        with pytest.raises(OSError):
            while True:
                connection.sendall(b"b")
                time.sleep(0.1)


@pytest.mark.parametrize(
    "part",
    [
        b"POST /graphql HTTP/1.1\r\nhost: ",
        head("content-length: 10", "content-type: application/json", key="KEY"),
    ],
    ids=["headers", "bodies"],
)
def test_200_half_open_requests_hold_nobody_up(server: Listening, part: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            stack.enter_context(connection).sendall(part.replace(b"KEY", server.ann.encode()))
        begun = time.monotonic()
        answer = exchange(server.port, [a_post(QUERY, key=server.ann)])

        assert answer[0] == 200
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        "mt_",
        "null",
        "mt_" + "a" * 42,
        "mt_" + "a" * 44,
        "mt_" + "a" * 10_000,
        new_key(),
        new_key()[3:],
        "MT_" + new_key()[3:],
        new_key() + " " + new_key(),
        new_key() + "," + new_key(),
        "Bearer " + new_key(),
        '{"$ne": null}',
        "mt_" + "é" * 43,
        "' or 1=1 --",
    ],
)
def test_a_key_of_a_wrong_shape_opens_nothing(server: Listening, key: str) -> None:
    # As a proxy says it: one address could not try so many.
    lines = f"x-api-key: {key}", f"x-forwarded-for: 192.0.2.{next(ADDRESSES)}"
    answer = exchange(server.port, [a_post(QUERY, *lines, key="")])

    assert_refused(answer, 401, "UNAUTHENTICATED")


def test_two_keys_open_nothing(server: Listening) -> None:
    asked = a_post(QUERY, f"x-api-key: {server.ann}", key=server.ann)

    assert_refused(exchange(server.port, [asked]), 401, "UNAUTHENTICATED")


CREATE = """mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) {
  modelTemplate { id revision } errors { code path } } }"""
FULL = {
    **an_input(
        a_wire_template(
            description="d", labels={"l": "l"}, request_id="r", **with_parameters(a_parameter(
                default="d", enum=["d"], pattern="d"
            ))
        )
    )
}  # fmt: skip
FULL["vendorConfiguration"]["bundleConfig"] |= {
    "env": {"E": "e"},
    "streamingCommand": ["s"],
    "healthcheckRoute": "/h",
    "predictRoute": "/p",
    "streamingPredictRoute": "/s",
}
FULL["vendorConfiguration"]["endpointConfig"] = {"memory": "1Gi", "storage": "1Gi"}
FULL["vendorConfiguration"]["fineTuningJobBundleConfig"] = {
    **{"registry": "docker.io", "image": "a/b", "tag": "t", "command": ["c"], "env": {"E": "e"}},
    **{"mountLocation": "/m", "resources": {"memory": "1Gi", "storage": "1Gi"}},
}
ENUMS = {"endpointType", "modelType", "type"}


def texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every text."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            if key not in ENUMS:
                yield from texts(member, (*path, key))


def with_text(path: tuple[str | int, ...], text: Any) -> Any:
    """FULL with another value at a path."""
    changed = json.loads(msgspec.json.encode(FULL))
    *above, last = path
    place = changed
    for key in above:
        place = place[key]
    place[last] = text
    return changed


TEXTS = list(texts(FULL))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: ".".join(map(str, path)))
def test_no_text_holds_what_cannot_be_kept(server: Listening, path: tuple[str | int, ...]) -> None:
    nul = server.post({"query": CREATE, "variables": {"input": with_text(path, "a\0b")}}).json()
    variables = {"input": with_text(path, "\ud800")}
    body = json.dumps({"query": CREATE, "variables": variables}).encode()
    surrogate = exchange(server.port, [a_post(body, key=server.ann)])
    injected = server.post(
        {"query": CREATE, "variables": {"input": with_text(path, {"$ne": None})}}
    ).json()

    if path == ("accountId",):
        assert nul["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    else:
        payload = nul["data"]["createModelTemplate"]
        assert payload["modelTemplate"] is None
        assert "INVALID" in {error["code"] for error in payload["errors"]}
    assert_refused(surrogate, 400, BAD)
    assert path[-1] == "default" or 0 in path[-1:] or "errors" in injected


FOREIGN = {
    "modelTemplate": ("query($id: ID!) { modelTemplate(id: $id) { id } }", {"modelTemplate": None}),
    "node": ("query($id: ID!) { node(id: $id) { id } }", {"node": None}),
    "revisions": (
        "query($id: ID!) { modelTemplate(id: $id) { revisions { totalCount } } }",
        {"modelTemplate": None},
    ),
    "modelTemplates": (
        'query { modelTemplates(filter: {accountId: "a1"}) { totalCount nodes { id } } }',
        {"modelTemplates": {"totalCount": 0, "nodes": []}},
    ),
    "updateModelTemplate": (
        'mutation($id: ID!) { updateModelTemplate(input: {id: $id, name: "x"}) '
        "{ modelTemplate { id } errors { code } } }",
        {"updateModelTemplate": {"modelTemplate": None, "errors": [{"code": "NOT_FOUND"}]}},
    ),
    "deleteModelTemplate": (
        "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) "
        "{ deletedId errors { code } } }",
        {"deleteModelTemplate": {"deletedId": None, "errors": [{"code": "NOT_FOUND"}]}},
    ),
}


@pytest.mark.parametrize("operation", FOREIGN)
def test_an_id_of_others_is_like_one_that_is_not(server: Listening, operation: str) -> None:
    query, expected = FOREIGN[operation]
    made = server.post(
        {"query": CREATE, "variables": {"input": an_input(a_wire_template(name=operation))}}
    ).json()["data"]["createModelTemplate"]["modelTemplate"]

    for id in (made["id"], "01a20a4b-d737-7591-a374-e9672ece7c9d", "$ne", "", "\0"):
        asked = {"query": query, "variables": {"id": id}}
        assert server.post(asked, server.bob).json() == {"data": expected}
    creating = {"query": CREATE, "variables": {"input": an_input(a_wire_template())}}
    (error,) = server.post(creating, server.bob).json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    found = {"query": FOREIGN["modelTemplate"][0], "variables": {"id": made["id"]}}
    assert server.post(found).json()["data"]["modelTemplate"] == {"id": made["id"]}
