"""The values in a file that should be templates, and errors about them with their place."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.domain.characters import escaped
from app.domain.errors import UserError, UserErrorCode
from app.domain.model_template import CreateModelTemplate
from app.domain.sgp_input import stored_message
from app.domain.validation.json_schema import json_schema, user_error
from app.domain.validation.known_names import schema_at, value_meant
from app.transfer import wire
from app.transfer.json_texts import Path, Repeated

ITEMS = "items"
"""The templates in a page of SGP's lists, beside the numbers of the page."""


class Place(Struct, frozen=True, kw_only=True):
    """The place of a value in a file. `path` leads to a member of a list, and `line_of` gives the
    line of what is at a path: all of a line of NDJSON is in that line."""

    number: int = 1
    path: Path = ()
    label: str = ""
    line_of: Callable[[Path], int] | None = None

    def line(self, path: Path = ()) -> int:
        """The line of what is at a path below the place, or of what is nearest to it."""
        return self.number if self.line_of is None else self.line_of((*self.path, *path))


class Document(Struct, frozen=True, kw_only=True):
    """A value of a file. `size` is in bytes; `written` gives a scalar as the file spells it, if
    that may differ from its value as JSON. An unreadable one `is_broken` if it begins like a
    template."""

    value: Any
    place: Place
    size: int
    repeated: tuple[Repeated, ...] = ()
    unreadable: UserError | None = None
    is_broken: bool = False
    written: Callable[[Path], str | None] | None = None

    def templates(self) -> Iterator["Document"]:
        """The document itself, or those in the list or the page that it is."""
        members = _members(self.value)
        if members is None:
            yield self
            return
        begin, entries = members
        outside = [r for r in self.repeated if r.path[: len(begin)] != begin or r.path == begin]
        if outside:
            yield replace(self, value=None, unreadable=_repetition(outside[0]))
            return
        for index, value in enumerate(entries):
            path = (*begin, str(index))
            member = replace(
                self,
                value=value,
                place=replace(self.place, path=(*self.place.path, *path)),
                size=self.size // len(entries),
                repeated=_below(path, self.repeated),
            )
            # A list of pages is what several answers become in one file.
            yield from member.templates() if _is_page(value) and not begin else (member,)

    def errors(self) -> list[UserError]:
        """Errors of the text, before what it says."""
        if self.unreadable is not None:
            return [self.unreadable]
        return [*map(_repetition, self.repeated)]

    def reports(self, errors: Iterable[UserError]) -> list[tuple[int, str]]:
        """`report` of each error, in the order of their lines."""
        return sorted((self.report(error) for error in errors), key=lambda report: report[0])

    def report(self, error: UserError) -> tuple[int, str]:
        """The line of an error, and its text on one line, in the names of the file."""
        path = wire.file_path(self.value, error.path)
        shown = ".".join((*self.place.path, *path)) or "(all)"
        message = stored_message(CreateModelTemplate, error) + self._advice(error, path)
        text = f"{self.place.label}{shown}: {message} [{error.code.name}]"
        return self.place.line(path), escaped(text)

    def _advice(self, error: UserError, path: Path) -> str:
        if error.code is not UserErrorCode.INVALID:
            return ""
        value = _value_at(self.value, path)
        schema = schema_at(json_schema(CreateModelTemplate), path)
        if isinstance(value, str):
            meant = value_meant(value, map(str, schema.get("enum", ())))
            return f" Did you mean {meant}?" if meant else ""
        if schema.get("type") != "string" or value is None or isinstance(value, list | dict):
            return ""
        written = self.written((*self.place.path, *path)) if self.written else json.dumps(value)
        return f' Put it in quotes: "{written}".'


def _members(value: Any) -> tuple[Path, list[Any]] | None:
    """The entries of a list or a page, and the path to them."""
    if isinstance(value, list):
        return (), value
    return ((ITEMS,), value[ITEMS]) if _is_page(value) else None


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get(ITEMS), list) and "name" not in value


def _below(path: Path, repeated: tuple[Repeated, ...]) -> tuple[Repeated, ...]:
    """The repeated keys below a path, with paths from there."""
    length = len(path)
    return tuple(
        Repeated(r.path[length:], r.first, r.line) for r in repeated if r.path[:length] == path
    )


def _repetition(repeated: Repeated) -> UserError:
    lines = (
        f"twice on line {repeated.line:,}"
        if repeated.first == repeated.line
        else f"on line {repeated.first:,} and again on line {repeated.line:,}"
    )
    path = repeated.path
    return user_error(UserErrorCode.DUPLICATE, path, f"is given {lines}")


def _value_at(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value
