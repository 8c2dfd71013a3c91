"""Bodies that are not an operation, have another media type, or are too large."""

import gzip

import pytest

from tests.web.conftest import Listening
from tests.web.hostile.rejection import BAD, MB, QUERY, assert_rejected, variables
from tests.web.raw import a_post, exchange, head

BODIES = {
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


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_an_operation_is_rejected(server: Listening, body: bytes) -> None:
    assert_rejected(exchange(server.port, [a_post(body, key=server.ann)]), 400, BAD)


def test_a_body_at_the_limits_is_accepted(server: Listening) -> None:
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
        ("application/json; x=y, text/plain", []),
        ("application/json; x=y", ["content-type: text/plain"]),
        ("application/json; x=y; Charset = 'utf-8'", []),
        ('application/json; charset=utf-8; CHARSET="UTF-16"', []),
        ("; application/json", []),
        ("text/plain; application/json", []),
        ("application/json, text/plain", []),
        ("application/json", ["content-type: text/plain"]),
        ("application/json", ["content-encoding: gzip"]),
        ("application/json", ["content-encoding: identity, br"]),
    ],
)
def test_a_body_of_another_media_type_is_rejected(
    server: Listening, kind: str | None, extra: list[str]
) -> None:
    asked = a_post(QUERY, *extra, key=server.ann, kind=kind)

    assert_rejected(exchange(server.port, [asked]), 415, BAD)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json;",
        "application/json ; ;",
        "Application/JSON;Charset=UTF-8;",
        'application/json; charset="utf-8"',
        'application/json; charset="\\utf-8"; x="; charset=utf-16, \\" "',
        "application/json; charset=utf8",
        "application/json; x=y; odata.metadata=none",
        "application/json; version",
        'application/json; x="',
    ],
)
def test_parameters_of_json_mean_nothing(server: Listening, kind: str) -> None:
    status, _, answer = exchange(server.port, [a_post(QUERY, key=server.ann, kind=kind)])

    assert (status, answer) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_body_is_rejected(server: Listening, chunked: bool) -> None:
    body = b'{"query": "' + b" " * (5 * MB) + b'"}'
    whole = a_post(body, key=server.ann)
    parts = [
        head("transfer-encoding: chunked", "content-type: application/json", key=server.ann),
        *(b"%x\r\n%s\r\n" % (MB, b" " * MB) for _ in range(5)),
        b"0\r\n\r\n",
    ]

    assert_rejected(exchange(server.port, parts if chunked else [whole]), 413, BAD)
