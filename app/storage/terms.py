"""Listing terms: the entries under which filters find a template in one multikey index.

    embedding               a word of the name, labels, image reference, id or description
    @model_type=EMBEDDING   the value of a filterable field
    @label:team=search      a label
    @in use, @archived      the state

No word contains `@`, so a prefix of a word is a range of the index that holds words only.
"""

from collections.abc import Iterator
from typing import Any

from app.domain.filter import FILTERED, ModelTemplateFilter, searchable_words, value_at, words
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.storage.driver import Document

VERSION = 2
"""What terms are made of. A document of another version gets new terms (see `relisting`)."""

LISTING = "listing"
"""Beside a template's own fields: its terms and their version. Only `storage` knows of it."""
TERMS, TERMS_VERSION = f"{LISTING}.terms", f"{LISTING}.version"
TERMS_INDEX = "account_terms"
OWN_FIELDS = {LISTING: 0}
"""The projection of a document to what the domain knows."""

_TERMED = FILTERED.keys() - {by.value for by in ModelTemplateOrderField}
"""Filterable fields but those with an index of their own."""


def listing(template: ModelTemplate) -> Document:
    """What is stored beside a template so that lists find it."""
    values = ((name, value_at(template, FILTERED[name][0])) for name in sorted(_TERMED))
    terms = [
        *searchable_words(template),
        *(_valued(name, value) for name, value in values if value is not None),
        *map(_labelled, template.labels.items()),
        _state(template.is_archived()),
    ]
    return {"version": VERSION, "terms": terms}


def narrowing(filter: ModelTemplateFilter) -> list[Document]:
    """Conditions on terms that may leave few templates."""
    begun = [{TERMS: {"$regex": f"^{word}"}} for word in words(filter.search or "")]
    return [*begun, *({TERMS: {"$in": alternatives}} for alternatives in _wanted(filter))]


def compared(condition: Document) -> Document:
    """A condition on terms in a form that MongoDB's planner does not look up."""
    return {"$nor": [{TERMS: {"$not": condition[TERMS]}}]}


def other_conditions(filter: ModelTemplateFilter, *, are_alone: bool) -> list[Document]:
    """Conditions that leave most templates, or that have an index of their own. A term among them
    may be looked up when no other is."""
    given = ((path, getattr(filter, name)) for name, (path, _) in FILTERED.items())
    exact = [{".".join(path): v} for path, v in given if v is not None and path[-1] not in _TERMED]
    if filter.archived is not False:
        return exact
    in_use = {TERMS: {"$in": [_state(False)]}}
    return [*exact, in_use if are_alone else compared(in_use)]


def _wanted(filter: ModelTemplateFilter) -> Iterator[list[str]]:
    for name in sorted(_TERMED):
        if (value := getattr(filter, name)) is not None:
            yield [_valued(name, one) for one in (value if isinstance(value, list) else [value])]
    yield from ([_labelled(pair)] for pair in (filter.labels or {}).items())
    if filter.archived:
        yield [_state(True)]


def _valued(name: str, value: Any) -> str:
    return f"@{name}={getattr(value, 'value', value)}"


def _labelled(pair: tuple[str, str]) -> str:
    return "@label:" + "=".join(pair)


def _state(is_archived: bool) -> str:
    return "@archived" if is_archived else "@in use"
