"""The JSON of a body is read in a fast way where it is plain, and in a strict way else."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.web.body import MAX_DEPTH, MAX_DIGITS, read_body
from app.web.errors import BadRequest

TEXTS = st.text(st.characters(codec=None), max_size=6) | st.sampled_from(
    ['"', '":', '\\"a\\": ', "\ud800", "\x00", "\x7f", "\u2028", "🍓", "\\ud83c\\udf53", "[", "}"]
)
NUMBERS = (
    st.integers()
    | st.integers(-(2**65), 2**65)
    | st.integers(10 ** (MAX_DIGITS - 2), 10 ** (MAX_DIGITS + 2))
    | st.floats()
    | st.sampled_from(
        [0, -0.0, 2**63, 2**64, 2**64 - 1, -(2**63), -(2**63) - 1, 1e16, 1e15, 5e-324]
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=3)
FORMS: list[dict[str, Any]] = [
    {"separators": (",", ":"), "ensure_ascii": False},
    {"ensure_ascii": False},
    {},
    {"indent": 1},
    {"separators": (" ,", " : ")},
]
PARTS = [
    "",
    ",",
    ":",
    '"a":1,',
    "{",
    "}",
    "[",
    "]",
    "-",
    "0",
    "e9",
    ".0",
    " ",
    "\\",
    '"',
    "NaN",
    "\t",
]


def outcome(body: bytes) -> tuple[str, Any]:
    """The values of the body, told apart by type, or the message of the error."""
    try:
        return "accepted", typed(read_body(body))
    except BadRequest as error:
        return "rejected", str(error)


def typed(value: Any) -> Any:
    """The value with the types of its parts, so that 1, 1.0 and True differ, and 0.0 and -0.0."""
    if isinstance(value, dict):
        return "dict", [(name, typed(member)) for name, member in value.items()]
    if isinstance(value, list):
        return "list", [typed(member) for member in value]
    return type(value).__name__, repr(value)


def strictly(body: bytes) -> tuple[str, Any]:
    """The outcome of the strict way: no encoder begins with a space."""
    return outcome(b" " + body)


@given(VALUES | OBJECTS, st.sampled_from(FORMS))
@example({"a": 10**MAX_DIGITS}, FORMS[0])
@example({"a": float("inf")}, FORMS[0])
def test_both_ways_agree_on_values(value: Any, form: dict[str, Any]) -> None:
    body = json.dumps(value, **form).encode("utf-8", "surrogatepass")

    assert outcome(body) == strictly(body)


@given(OBJECTS, st.sampled_from(FORMS), st.data())
def test_both_ways_agree_on_text_that_was_changed(
    value: Any, form: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value, **form)
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(begin + 3, len(text))))
    changed = text[:begin] + data.draw(st.sampled_from(PARTS)) + text[end:]
    body = changed.encode("utf-8", "surrogatepass")

    assert outcome(body) == strictly(body)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "\u0061"]), VALUES), max_size=4))
def test_both_ways_agree_on_names_that_are_there_twice(pairs: list[tuple[str, Any]]) -> None:
    members = ",".join(f'"{name}":{json.dumps(value)}' for name, value in pairs)
    body = f"{{{members}}}".encode()

    assert outcome(body) == strictly(body)
    if len(pairs) > len(dict(pairs)):
        assert outcome(body)[0] == "rejected"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"a"',
        b'{"a":1,"a" :2}',
        b'{"a":1,"a":1}',
        b'{"a": 1, "\\u0061": 1}',
        b'{"a":-0}',
        b'{"a":-0.0}',
        b'{"a":1e400}',
        b'{"a":1E5}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b'{"a":' + b"9" * MAX_DIGITS + b"}",
        b'{"a":' + b"9" * (MAX_DIGITS + 1) + b"}",
        b'{"a":0.' + b"1" * (MAX_DIGITS + 1) + b"}",
        b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH,
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        b"{" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_both_ways_agree_on_what_is_hard(body: bytes) -> None:
    assert outcome(body) == strictly(body)
