"""JSON texts: their values, the keys that an object repeats, and the lines of values.

Python's parser is written in C, but knows no positions. Only a text with something to report is
scanned again for them.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from app.domain.errors import MAX_VIOLATIONS
from app.domain.json_numbers import number

Path = tuple[str, ...]
"""The keys and indexes that lead to a value, as they are written."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+', re.DOTALL)


class BadText(ValueError):
    """A text that cannot be parsed. The message has the place, where it is known."""


class Repeated(Struct, frozen=True):
    """A key that an object has more than once, by path, with the lines of its first and its
    repeated place."""

    path: Path
    first: int
    line: int


class _KeyRepeated(Exception):
    pass


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _KeyRepeated
    return members


def _no_constant(constant: str) -> None:
    raise BadText(f"is not JSON: {constant} is not a number")


_strict = json.JSONDecoder(
    object_pairs_hook=_without_repetition, parse_constant=_no_constant, parse_float=number
).decode
_lenient = json.JSONDecoder(parse_constant=_no_constant, parse_float=number).decode


def json_value(text: str, *, one_line: bool = False) -> tuple[Any, list[Repeated]]:
    """The value of a JSON text, and the repeated keys of its objects. Raises BadText."""
    try:
        try:
            return _strict(text), []
        except _KeyRepeated:
            return _lenient(text), [*islice(repeated_keys(text), MAX_VIOLATIONS)]
    except RecursionError:
        raise BadText("is nested too deeply") from None
    except json.JSONDecodeError as error:
        place = f"character {error.pos + 1:,}"
        if not one_line:
            place = f"line {error.lineno:,}, column {error.colno:,}"
        raise BadText(f"is not JSON: {_reason(error)} at {place}") from None
    except BadText:
        raise
    except ValueError:
        raise BadText("is not JSON: Exceeds the limit of 4,300 digits for a number") from None


def _reason(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return "a second value, which is neither in a list nor on a line of its own, begins"
    return error.msg.removesuffix(" at")


def repeated_keys(text: str) -> Iterator[Repeated]:
    """The repeated keys of a valid JSON text."""
    lines = _Lines(text)
    seen: dict[tuple[int, str], int] = {}
    for path, offset, owner in _places(text):
        if owner is None:
            continue
        line = lines.at(offset)
        first = seen.setdefault((owner, path[-1]), offset)
        if first != offset:
            yield Repeated(path, lines.at(first), line)


def lines_of_values(text: str) -> dict[Path, int]:
    """The line of each value of a valid JSON text by path: for the member of an object, that of
    its key."""
    lines = _Lines(text)
    return {path: lines.at(offset) for path, offset, _ in _places(text)}


class _Lines:
    """Line numbers, from 1, of offsets in a text."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, offset: int) -> int:
        return bisect_right(self._ends, offset) + 1


class _Open(Struct):
    """An object or a list whose end is still to come."""

    offset: int
    is_list: bool
    awaits_key: bool = False
    entries: int = 0


def _places(text: str) -> Iterator[tuple[Path, int, int | None]]:
    """The path and offset of each value; for the member of an object, the offset is that of its
    key, and the offset of the object is the third."""
    path: list[str] = []
    opened: list[_Open] = []
    for match in _TOKEN.finditer(text):
        part, offset = match[0], match.start()
        inner = opened[-1] if opened else None
        if part in ("}", "]"):
            opened.pop()
        elif part == "," and inner:
            inner.awaits_key = not inner.is_list
        elif inner and inner.awaits_key:
            inner.awaits_key = False
            path[len(opened) - 1 :] = [json.loads(part)]
            yield (*path,), offset, inner.offset
        else:
            if inner is None:
                yield (), offset, None
            elif inner.is_list:
                path[len(opened) - 1 :] = [str(inner.entries)]
                inner.entries += 1
                yield (*path,), offset, None
            if part in ("{", "["):
                is_list = part == "["
                opened.append(_Open(offset, is_list, awaits_key=not is_list))
