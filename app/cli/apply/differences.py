"""The differences between two states of a template, field by field, in the names of files."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from app.domain.fields import field_map
from app.domain.launch.secret_names import seems_secret
from app.domain.parameters import KEYWORDS, ParameterSchemaField


class Difference(Struct, frozen=True, kw_only=True):
    """A value that differs; None for one that is absent. The values of a secret are not to be
    shown."""

    path: tuple[str, ...]
    old: Any
    new: Any
    is_secret: bool = False


def differences(old: Struct | None, new: Struct | None) -> Iterator[Difference]:
    """The differences between two objects of the same class, of which one may be absent."""
    either = old or new
    assert either is not None  # noqa: S101
    for field in field_map(type(either)).fields:
        before, after = (getattr(state, field.name, None) for state in (old, new))
        yield from _below((field.name,), before, after)


def _below(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    either = new if old is None else old
    if isinstance(either, Struct):
        yield from _prefixed(path, differences(old, new))
    elif isinstance(either, dict):
        yield from _prefixed(path, _entries(old or {}, new or {}))
    elif isinstance(either, list) and any(
        isinstance(entry, Struct) for entry in chain(old or (), new or ())
    ):
        yield from _prefixed(path, _members(old or [], new or []))
    else:
        yield Difference(path=path, old=to_builtins(old), new=to_builtins(new))


def _entries(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """The differences between two maps of texts, such as environment variables."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            is_secret = any(
                seems_secret(name, text) for text in (before, after) if text is not None
            )
            yield Difference(path=(name,), old=before, new=after, is_secret=is_secret)


def _members(
    old: list[ParameterSchemaField], new: list[ParameterSchemaField]
) -> Iterator[Difference]:
    """The differences between two lists of parameters, whose names are unique."""
    before, after = ({member.name: member for member in members} for members in (old, new))
    for name in dict.fromkeys([*before, *after]):
        members = before.get(name), after.get(name)
        hides = any("writeOnly" in member.value_schema() for member in members if member)
        for difference in differences(*members):
            field, *_ = difference.path
            if field != "name":  # Which is part of the path already.
                is_secret = hides and field in KEYWORDS
                yield replace(difference, path=(name, *difference.path), is_secret=is_secret)
    kept = [name for name in before if name in after], [name for name in after if name in before]
    if kept[0] != kept[1]:
        yield Difference(path=("(order)",), old=kept[0], new=kept[1])


def _prefixed(path: tuple[str, ...], found: Iterable[Difference]) -> Iterator[Difference]:
    for difference in found:
        yield replace(difference, path=(*path, *difference.path))
