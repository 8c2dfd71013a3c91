"""What templates are listed under: tokens, which the list indexes hold before each order.

A token says one thing of a template. All that have it stand side by side in an index, in the order
of the list; so a query reads the beginnings of a few such runs, and never sorts.

    +                            any template; the sign tells its state (see State)
    +model_type=EMBEDDING        a field has a value
    +model_type=EMBEDDING&gpu_type=nvidia-tesla-t4    two facets have values
    +ASYNC|EMBEDDING||           what all facets have
    +labels:team=search          a pair among the labels
    +created:month 2026-11-01    when it was made: a unit of time by its first day
    +created:later               the day it was made had not come yet when it was written
    +word:emb                    a word begins so, or is just that
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any

from msgspec import Struct

from app.domain.filter import (
    FILTERED,
    ModelTemplateFilter,
    is_facet,
    searched_words,
    value_at,
    words,
)
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.storable import is_storable

PREFIX_LENGTH = 12
"""Beginnings of words up to this length are tokens. What a longer one begins with is looked up, and
the rest compared."""

CREATED = ModelTemplateOrderField.CREATED_AT.value
UPDATED = ModelTemplateOrderField.UPDATED_AT.value

SIGNS = "+-=~"
"""In use, withdrawn; the same of changed templates, which stand behind the others."""
FIRST_CHANGED_SIGN = SIGNS[2]

_FIRST_DAY = date(2020, 1, 1)
"""Before it the days are not told apart by tokens."""
_LATER = "later"
_AHEAD = timedelta(2)
"""How far the clocks of servers may differ, and more: so many days from today have units, and twice
as many are looked for."""
_UNITS: dict[str, tuple[Callable[[date], date], int]] = {
    "decade": (lambda day: date(day.year // 10 * 10, 1, 1), 3_660),
    "year": (lambda day: date(day.year, 1, 1), 370),
    "quarter": (lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 95),
    "month": (lambda day: day.replace(day=1), 31),
    "third": (lambda day: day.replace(day=min((day.day - 1) // 10, 2) * 10 + 1), 11),
    "day": (lambda day: day, 1),
}
"""From the longest: the first day of the one that a day is in, and so many days that they lead from
there into the next."""

FACETS = {name: kind for name, (_, kind) in FILTERED.items() if is_facet(kind)}


class State(Struct, frozen=True):
    """What every token of a template begins with. Templates that were never changed are told apart
    from others, for their order by the last change is that by creation."""

    withdrawn: bool
    changed: bool

    @property
    def sign(self) -> str:
        """One character."""
        return SIGNS[self.withdrawn + 2 * self.changed]

    @classmethod
    def of(cls, template: ModelTemplate) -> "State":
        """The state of a template."""
        unchanged = value_at(template, (CREATED,)) == value_at(template, (UPDATED,))
        return cls(template.is_archived(), not unchanged)


class Condition(Struct, frozen=True, kw_only=True):
    """Tokens of which a template must have one; it never has two of them. `whole` is what one of
    its tokens begins with, where that is longer than the beginnings of words that are tokens."""

    tokens: list[str]
    whole: str | None = None


def tokens(template: ModelTemplate) -> list[str]:
    """Everything that a template is listed under."""
    sign = State.of(template).sign
    return [sign + token for token in sorted({"", *_stateless(template)})]


def _stateless(template: ModelTemplate) -> Iterator[str]:
    values = {name: _text(value_at(template, path)) for name, (path, _) in FILTERED.items()}
    yield from (_valued({name: value}) for name, value in values.items() if value)
    there = {name: values[name] for name in FACETS if values[name]}
    yield from (_valued(dict(pair)) for pair in combinations(there.items(), 2))
    yield _combined(values[name] for name in FACETS)
    yield from (_labelled(pair) for pair in template.labels.items())
    yield from map(_created, _units(value_at(template, (CREATED,)).date()))
    for word in searched_words(template):
        yield _begun(word)
        yield from (_begun(word[:length]) for length in range(1, PREFIX_LENGTH + 1))


def signs(archived: bool | None, changed: bool | None) -> str:
    """What the tokens of templates in some states begin with; None for either."""
    return "".join(
        State(withdrawn, touched).sign
        for withdrawn in (False, True)
        for touched in (False, True)
        if archived in (None, withdrawn) and changed in (None, touched)
    )


def conditions(filter: ModelTemplateFilter, *, by_creation: bool, room: int) -> list[Condition]:
    """What a filter asks for besides accounts; every condition must hold. An order by creation has
    no need of tokens for it. `room` is how many tokens one may have where there is a choice."""
    found = [*_wanted(filter)]
    if filter.is_created_within() and not by_creation:
        found.append(map(_created, _cover(filter.created_after, filter.created_before, room)))
    made = [*map(_condition, found)]
    made += [_word_condition(word) for word in sorted(words(filter.search or ""), key=len)[::-1]]
    return made or [Condition(tokens=[""])]


def _condition(alternatives: Iterable[str]) -> Condition:
    """What the database cannot hold, no template has."""
    return Condition(tokens=[token for token in alternatives if is_storable(token)])


def _wanted(filter: ModelTemplateFilter) -> Iterator[Iterable[str]]:
    given = {name: value for name in FILTERED if (value := getattr(filter, name)) is not None}
    facets = {name: {*map(_text, given[name])} for name in FACETS if name in given}
    yield from ([_valued({name: given[name]})] for name in given.keys() - facets.keys())
    if 0 < len(facets) <= 2:
        yield (_valued(dict(zip(facets, some, strict=True))) for some in product(*facets.values()))
    elif facets:
        every = {name: {"", *map(_text, kind)} for name, kind in FACETS.items()}
        yield map(_combined, product(*(facets.get(name, every[name]) for name in FACETS)))
    yield from ([_labelled(pair)] for pair in (filter.labels or {}).items())


def _word_condition(word: str) -> Condition:
    is_longer = len(word) > PREFIX_LENGTH
    return Condition(
        tokens=[_begun(word[:PREFIX_LENGTH])], whole=_begun(word) if is_longer else None
    )


def _text(value: Any) -> str:
    return str(getattr(value, "value", value) or "")


def _valued(values: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in values.items())


def _combined(values: Iterable[str]) -> str:
    return "|".join(values)


def _labelled(pair: tuple[str, str]) -> str:
    return "labels:" + "=".join(pair)


def _created(days: str) -> str:
    return "created:" + days


def _begun(word: str) -> str:
    return "word:" + word


def _units(day: date) -> Iterator[str]:
    """The units of time that a day is in."""
    if day > _today() + _AHEAD:
        yield _LATER
    else:
        day = max(day, _FIRST_DAY)
        yield from (f"{unit} {begin(day)}" for unit, (begin, _) in _UNITS.items())


def _cover(after: datetime | None, before: datetime | None, room: int) -> list[str]:
    """The fewest units that make up a time, by whole days: what lies before and behind its ends on
    their days is left to be compared. Where those are more than there is room for, coarser ones
    that reach over its ends by no more than its own length."""
    today_or_so = _today() + 2 * _AHEAD
    is_open = before is None or before.date() >= today_or_so
    start = max(after.date() if after else _FIRST_DAY, _FIRST_DAY)
    last = today_or_so if before is None or is_open else max(before.date(), _FIRST_DAY)
    covers: list[list[str]] = []
    for finest, (begin, days) in reversed(_UNITS.items()):
        first = begin(start)
        end = last + timedelta(1) if is_open else begin(last + timedelta(days))
        if covers and end - first > 2 * (last - start + timedelta(1)):
            break
        covers.append([*_span(first, end, None if is_open else end, finest), _LATER])
        if len(covers[-1]) <= room:
            break
    return min(covers, key=len)


def _span(first: date, end: date, limit: date | None, finest: str) -> Iterator[str]:
    """The fewest units from a day to another, none of them finer than some; the last may reach as
    far as the limit, if there is one."""
    while first < end:
        for unit, (begin, days) in _UNITS.items():
            next_ = begin(first + timedelta(days))
            if begin(first) == first and (limit is None or next_ <= limit or unit == finest):
                yield f"{unit} {first}"
                first = next_
                break


def _today() -> date:
    return datetime.now(UTC).date()
