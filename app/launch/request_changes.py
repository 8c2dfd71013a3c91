"""Differences between two requests, for people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

ABSENT: Any = object()


class Change(Struct, frozen=True, kw_only=True):
    """A value that differs, by its path in the request. One that is not there is ABSENT."""

    path: tuple[str, ...]
    before: Any
    after: Any


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *above: str, only: bool = False
) -> Iterator[Change]:
    """The values that differ, at every depth; lists are values. With `only`, keys that `after`
    lacks are passed over."""
    for key in {**({} if only else before), **after}:
        one, other = before.get(key, ABSENT), after.get(key, ABSENT)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from changes(one, other, *above, key)
        elif one != other and not (_is_nothing(one) and _is_nothing(other)):
            yield Change(path=(*above, key), before=one, after=other)


def _is_nothing(value: Any) -> bool:
    return value is ABSENT or value is None


def unset(found: Iterable[Change]) -> list[Change]:
    """Those that take a value away."""
    return [each for each in found if _is_nothing(each.after) and not _is_nothing(each.before)]
