"""Encoded JSON has the same values as that of the json module, for any text."""

import json
from collections import OrderedDict
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from app.domain.json_text import to_json


class Text(str):
    """A str of a class of its own."""


class Number(int):
    """An int of a class of its own."""


class Word(StrEnum):
    """A str that is an enum's member."""

    ONE = "one"


TEXTS = st.text(st.characters(exclude_categories=()))  # Lone surrogates too.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda values: st.lists(values) | st.dictionaries(TEXTS, values),
)


def read(text: bytes) -> Any:
    """Parse strictly: reject anything that is not valid JSON."""
    return json.loads(text.decode(), parse_constant=pytest.fail)


@pytest.mark.slow
@given(VALUES.filter(lambda value: "Infinity" not in json.dumps(value)))
def test_it_reads_back_as_jsons_own_text_does(value: Any) -> None:
    assert read(to_json(value)) == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "ü", None, True, 1.5]}, '{"a":[1,"ü",null,true,1.5]}'),
        ({"\ud800": "half"}, '{"\\ud800":"half"}'),
        ("ü \udfff", '"\\u00fc \\udfff"'),
        (10**60, str(10**60)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (OrderedDict(a=(1, 2)), '{"a":[1,2]}'),
        ([Text("a"), Number(1), Word.ONE], '["a",1,"one"]'),
        ({1: 2, None: 3, False: 4}, '{"1":2,"null":3,"false":4}'),
        ([float("nan"), float("inf"), -float("inf")], "[null,null,null]"),
        (["\ud800", float("nan")], '["\\ud800",null]'),
        (["\ud800", Raw(b'{"a":1.5}')], '["\\ud800",{"a":1.5}]'),
    ],
)
def test_nothing_that_json_writes_fails(value: Any, text: str) -> None:
    assert to_json(value).decode() == text
    read(to_json(value))
