"""The parameters of a query string, in the types that they have."""

import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import parse_qsl

from app.rest.details import Detail, Rejected

INTEGERS = frozenset({"page", "limit"})
_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
MAX_DIGITS = 9
"""Digits of an integer: nobody has more templates."""


def query_values(query_string: bytes, known: Collection[str]) -> dict[str, Any]:
    """The values of the parameters by name. Raises Rejected with all violations."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        text = "The query string is not URL-encoded UTF-8."
        raise Rejected([Detail(["query"], text, "invalid")]) from None
    if violations := [*_violations(pairs, known)]:
        raise Rejected(violations)
    return {name: int(value) if name in INTEGERS else value for name, value in pairs}


def _violations(pairs: Iterable[tuple[str, str]], known: Collection[str]) -> Iterable[Detail]:
    seen = set[str]()
    for name, value in pairs:
        if name not in known:
            text = f"{name} is not a parameter of this operation."
            yield Detail(["query", name], text, "extra_forbidden")
        elif name in seen:
            yield Detail(["query", name], f"{name} is given twice.", "duplicate")
        elif name in INTEGERS and not _INTEGER.fullmatch(value):
            yield Detail(["query", name], f"{name} must be an integer.", "invalid")
        elif name in INTEGERS and len(value.lstrip("-")) > MAX_DIGITS:
            text = f"{name} must have at most {MAX_DIGITS} digits."
            yield Detail(["query", name], text, "out_of_range")
        seen.add(name)
