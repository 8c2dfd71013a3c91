"""Listing terms: the index entries by which filters find a template, in one multikey index.

    embedding               a word of the name, labels, image reference, id or description
    @model_type=EMBEDDING   the value of a filterable field
    @label:team=search      a label
    @in use, @archived      the state

No word contains `@`, so the index range of a word prefix holds words only.
"""

from collections.abc import Iterator
from typing import Any

from app.domain.filter import FILTERED, ModelTemplateFilter, searchable_words, value_at, words
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.storage.driver import Document

VERSION = 2
"""The version of the rules above. Documents with an earlier one are migrated (see `relisting`)."""

LISTING = "listing"
"""The document field with the terms and their version; the domain does not see it."""
TERMS, TERMS_VERSION = f"{LISTING}.terms", f"{LISTING}.version"
TERMS_INDEX = "account_terms"
OWN_FIELDS = {LISTING: 0}
"""The projection of a document to the template's own fields (and REQUEST)."""

_FIELDS = FILTERED.keys() - {by.value for by in ModelTemplateOrderField}
"""Filterable fields, except those with an index of their own."""


def listing(template: ModelTemplate) -> Document:
    """The LISTING field of a template: the version and the terms."""
    values = ((name, value_at(template, FILTERED[name][0])) for name in sorted(_FIELDS))
    terms = [
        *searchable_words(template),
        *(_term(name, value) for name, value in values if value is not None),
        *map(_label_term, template.labels.items()),
        _state_term(template.is_archived()),
    ]
    return {"version": VERSION, "terms": terms}


def selective(filter: ModelTemplateFilter) -> list[Document]:
    """The filter's conditions on terms that few templates may have."""
    prefixes = [{TERMS: {"$regex": f"^{word}"}} for word in words(filter.search or "")]
    return [*prefixes, *({TERMS: {"$in": alternatives}} for alternatives in _alternatives(filter))]


def filter_only(condition: Document) -> Document:
    """An equivalent condition on terms that MongoDB does not look up in the index."""
    return {"$nor": [{TERMS: {"$not": condition[TERMS]}}]}


def other_conditions(filter: ModelTemplateFilter, *, are_alone: bool) -> list[Document]:
    """The filter's conditions that most templates meet, or that have an index of their own.
    MongoDB may look up a term of these only if there are no others (`are_alone`)."""
    given = ((path, getattr(filter, name)) for name, (path, _) in FILTERED.items())
    exact = [{".".join(path): v} for path, v in given if v is not None and path[-1] not in _FIELDS]
    if filter.archived is not False:
        return exact
    in_use = {TERMS: {"$in": [_state_term(False)]}}
    return [*exact, in_use if are_alone else filter_only(in_use)]


def _alternatives(filter: ModelTemplateFilter) -> Iterator[list[str]]:
    for name in sorted(_FIELDS):
        if (value := getattr(filter, name)) is not None:
            yield [_term(name, one) for one in (value if isinstance(value, list) else [value])]
    yield from ([_label_term(pair)] for pair in (filter.labels or {}).items())
    if filter.archived:
        yield [_state_term(True)]


def _term(name: str, value: Any) -> str:
    return f"@{name}={getattr(value, 'value', value)}"


def _label_term(pair: tuple[str, str]) -> str:
    return "@label:" + "=".join(pair)


def _state_term(is_archived: bool) -> str:
    return "@archived" if is_archived else "@in use"
