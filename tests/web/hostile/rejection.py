"""A valid query, and the assertion that a request was rejected."""

from typing import Any

QUERY = b'{"query": "{ __typename }"}'
BAD = "BAD_REQUEST"
MB = 1_000_000
CREATE = """mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) {
  modelTemplate { id revision } errors { code path } } }"""


def variables(json_text: bytes) -> bytes:
    """A valid query with some JSON as its variables."""
    return b'{"query": "{ __typename }", "variables": ' + json_text + b"}"


def assert_rejected(answer: Any, status: int, code: str | None) -> None:
    found, headers, body = answer
    assert found == status, answer
    assert headers["content-type"].startswith("application/")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "data" not in body
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]
