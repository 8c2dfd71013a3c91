"""Parts: classes that have some of the fields of a domain class.

A part is what is read and decoded of a stored object when no more is needed. Objects of a part can
be used where only its fields are.
"""

from threading import RLock
from typing import Any, get_type_hints

from cachetools import LRUCache, cached
from msgspec import NODEFAULT, Struct, defstruct
from msgspec import field as struct_field
from msgspec.structs import FieldInfo, fields

CACHED = 200
"""Parts that are kept for the next use of the same fields."""

Paths = frozenset[tuple[str, ...]]
"""Paths of fields; the empty path stands for the whole object."""

WHOLE: Paths = frozenset({()})


@cached(LRUCache[Any, type[Struct]](CACHED), lock=RLock())
def part(cls: type[Struct], paths: Paths) -> type[Struct]:
    """The class with these fields of a domain class; the class itself if those are all."""
    if () in paths:
        return cls
    hints = get_type_hints(cls, include_extras=True)
    members = list[Any]()
    is_whole = True
    for field in fields(cls):
        within = frozenset(path[1:] for path in paths if path[0] == field.name)
        if not within:
            is_whole = False
            continue
        kind = hints[field.name]
        if () not in within:
            whole = getattr(field.type, "__origin__", field.type)  # Without annotations.
            kind = part(whole, within)
            is_whole = is_whole and kind is whole
        members.append((field.name, kind, *default_of(field)))
    if is_whole:
        return cls
    namespace = {"part_of": cls}
    return defstruct(cls.__name__, members, frozen=True, kw_only=True, namespace=namespace)


def whole(cls: type[Any]) -> type[Any]:
    """The domain class of a part; any other class is returned as it is."""
    of: type[Any] = getattr(cls, "part_of", cls)
    return of


def is_part(cls: type[Any]) -> bool:
    """Whether the class is a part."""
    return whole(cls) is not cls


def fields_of(cls: type[Struct], prefix: str = "") -> list[str]:
    """The dotted paths of the fields of a part."""
    found = []
    for field in fields(cls):
        path = prefix + field.name
        found += fields_of(field.type, f"{path}.") if is_part(field.type) else [path]
    return found


def default_of(field: FieldInfo) -> tuple[Any, ...]:
    """The default of a field as `defstruct` takes it: nothing if the field is required."""
    if field.default is not NODEFAULT:
        return (field.default,)
    if field.default_factory is not NODEFAULT:
        return (struct_field(default_factory=field.default_factory),)
    return ()
