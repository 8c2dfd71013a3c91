"""Forms that text takes: patterns with the words that explain them, sizes, names.

A field's limits are keywords of JSON Schema, for input is checked against that schema. msgspec's
own constraints are not used: they would be checked again whenever a stored document is loaded, and
what was once accepted must stay readable. Two keywords are ours: `errorMessage` completes the
sentence "<field> ...", `maxBytes` counts bytes of UTF-8.
"""

import re
from functools import cache
from typing import Any

from msgspec import Meta


def described(text: str, **limits: Any) -> Meta:
    """What a field is, and its limits."""
    return Meta(description=text, extra_json_schema=limits)


def limited(**limits: Any) -> Meta:
    """Limits of a value."""
    return Meta(extra_json_schema=limits)


def form(pattern: str, explanation: str) -> Meta:
    """The text as a whole matches `pattern`: a trailing newline is no exception."""
    return limited(pattern=rf"^(?:{pattern})$(?!\n)", errorMessage=f"must be {explanation}")


@cache
def camel(name: str) -> str:
    """The API's spelling of a field: `two_words` are `twoWords`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def is_storable(text: str) -> bool:
    """Whether the database keeps this text as it is: no NUL, no lone surrogate."""
    return _UNSTORABLE.search(text) is None


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
