"""What a list can be narrowed by: conditions on fields that are marked as filterable, and words.

The marks stand at the fields themselves, in `model_template` and `vendor_configuration`; only what
every template has is looked at, not what is optional as a whole.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, defstruct
from msgspec.structs import fields

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.markers import FILTERABLE, SEARCHABLE, Mergeable, described
from app.domain.model_template import Instant, ModelTemplate

MAX_SEARCH, MAX_WORDS, MAX_LABELS = 1_000, 16, 64
"""Of one filter: characters of the search, its words, pairs."""

_WORD = re.compile(r"[^\W_]+")

Path = tuple[str, ...]
"""The way from a template to a field, by attributes."""


def words(text: str) -> set[str]:
    """The words of a text: runs of letters and digits, in a form that knows no case."""
    return {*_WORD.findall(unicodedata.normalize("NFKC", text).casefold())}


def searched_words(template: ModelTemplate) -> set[str]:
    """Every word that a search finds the template by."""
    found = (words(text) for path in SEARCHED for text in _texts(value_at(template, path)))
    return set().union(*found)


def value_at(template: ModelTemplate, path: Path) -> Any:
    """What a template has at the end of a path."""
    return reduce(getattr, path, template)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for pair in value.items():
            yield from pair
    elif value is not None:
        yield value


def _marked(cls: type[Struct], mark: Meta, way: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Where the marked fields are, and the types of the values that are there."""
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        hint, path = hints[field.name], (*way, field.name)
        plain = _plain(hint)
        if mark in getattr(hint, "__metadata__", ()):
            yield path, plain if isinstance(plain, type) else _plain((*get_args(plain), plain)[0])
        elif isinstance(plain, type) and issubclass(plain, Mergeable):
            yield from _marked(plain, mark, path)


def _plain(hint: Any) -> Any:
    return _plain(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


FILTERED = {path[-1]: (path, kind) for path, kind in _marked(ModelTemplate, FILTERABLE)}
"""By the filter's name for it: where a field is, and what kind of value it has."""

SEARCHED = [path for path, _ in _marked(ModelTemplate, SEARCHABLE)]


def is_facet(kind: Any) -> bool:
    """Whether a field has one of a few values, of which a filter admits a list."""
    return isinstance(kind, type) and issubclass(kind, Enum)


if TYPE_CHECKING:
    _Values = Struct
else:
    _Values = defstruct(
        "_Values",
        [
            (name, (list[kind] if is_facet(kind) else kind) | None, None)
            for name, (_, kind) in FILTERED.items()
        ],
        frozen=True,
        kw_only=True,
    )


class ModelTemplateFilter(_Values, frozen=True, kw_only=True):
    """Conditions that must all hold. A list admits any of its members."""

    account_id: Annotated[Id | None, described("The account that owns the template.")] = None
    search: Annotated[
        str | None,
        described(
            "Each word is a prefix, in any case, of a word of the name, image, labels or "
            "description."
        ),
    ] = None
    labels: Annotated[dict[str, str] | None, described("Pairs that the labels must include.")] = (
        None
    )
    created_after: Annotated[Instant | None, described("Later than this.")] = None
    created_before: Annotated[Instant | None, described("Earlier than this.")] = None
    archived: Annotated[
        bool | None,
        described("False for templates in use, true for withdrawn ones, null for both."),
    ] = False

    def checked(self) -> "ModelTemplateFilter":
        """Itself. Raises BadUserInput when it asks for more at once than a list can look for."""
        search = self.search or ""
        if len(search) > MAX_SEARCH:  # Before it is taken apart, which makes it 18 times as long.
            raise BadUserInput("filter", f"search takes at most {MAX_SEARCH:,} characters")
        if len(words(search)) > MAX_WORDS:
            raise BadUserInput("filter", f"search takes at most {MAX_WORDS} words")
        if len(self.labels or {}) > MAX_LABELS:
            raise BadUserInput("filter", f"labels takes at most {MAX_LABELS} pairs")
        return self

    def is_created_within(self) -> bool:
        """Whether the time of creation matters."""
        return self.created_after is not None or self.created_before is not None
