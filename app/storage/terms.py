"""Listing terms: the index entries by which filters find a template, in one multikey index.

    embedding               a word of the name, labels, image reference, id or description
    @model_type=EMBEDDING   the value of a filterable field
    @label:team=search      a label
    @                       every template has it: for lists without other conditions

No word contains `@`, so the index range of a word prefix holds words only. In the index, whether a
template is archived comes before its terms, so that one condition is counted in the index alone.
"""

from collections.abc import Iterator
from typing import Any

from app.domain.filter import FILTERED, ModelTemplateFilter, searchable_words, value_at, words
from app.domain.model_template import ModelTemplate, ModelTemplateOrderField
from app.domain.timestamps import to_the_millisecond
from app.storage.driver import Document

VERSION = 2
"""The version of the rules above. Documents with an earlier one are migrated (see `relisting`)."""

LISTING = "listing"
"""The document field for lists; the domain does not see it."""
TERMS, TERMS_VERSION, ARCHIVED = (f"{LISTING}.{name}" for name in ("terms", "version", "archived"))
TERMS_INDEX = "account_terms"
OWN_FIELDS = {LISTING: 0}
"""The projection of a document to the template's own fields (and REQUEST)."""

EVERY = "@"
_FIELDS = FILTERED.keys() - {by.value for by in ModelTemplateOrderField}
"""Filterable fields, except those with an index of their own."""


def listing(template: ModelTemplate) -> Document:
    """The LISTING field of a template."""
    values = ((name, value_at(template, FILTERED[name][0])) for name in sorted(_FIELDS))
    terms = [
        EVERY,
        *searchable_words(template),
        *(_term(name, value) for name, value in values if value is not None),
        *map(_label_term, template.labels.items()),
    ]
    return {"version": VERSION, "archived": template.is_archived(), "terms": terms}


UNREADABLE: Document = {"version": VERSION, "archived": False, "terms": [EVERY]}
"""The LISTING field of a document that cannot be read as a template."""


def term_conditions(filter: ModelTemplateFilter) -> list[Document]:
    """The filter's conditions on terms, those first that few templates are likely to meet."""
    longest_first = sorted(words(filter.search or ""), key=len, reverse=True)
    prefixes = [{TERMS: {"$regex": f"^{word}"}} for word in longest_first]
    return [*prefixes, *({TERMS: {"$in": alternatives}} for alternatives in _alternatives(filter))]


def other_conditions(filter: ModelTemplateFilter) -> list[Document]:
    """The filter's conditions on fields that have an index of their own, and the state."""
    given = ((path, getattr(filter, name)) for name, (path, _) in FILTERED.items())
    exact = [{".".join(path): v} for path, v in given if v is not None and path[-1] not in _FIELDS]
    return [state(filter), *exact, *_created(filter)]


def state(filter: ModelTemplateFilter) -> Document:
    """The condition on the state, which every filter has."""
    states = [False, True] if filter.archived is None else [filter.archived]
    return {ARCHIVED: {"$in": states}}


def _created(filter: ModelTemplateFilter) -> list[Document]:
    within = {}
    if filter.created_after is not None:
        within["$gt"] = filter.created_after
    if (before := filter.created_before) is not None:
        # Times are stored to the millisecond, so a later microsecond includes its millisecond.
        stored = to_the_millisecond(before)
        within["$lt" if stored == before else "$lte"] = stored
    return [{ModelTemplateOrderField.CREATED_AT.value: within}] if within else []


def filter_only(condition: Document) -> Document:
    """An equivalent condition on terms that MongoDB does not look up in the index."""
    return {"$nor": [{TERMS: {"$not": condition[TERMS]}}]}


def _alternatives(filter: ModelTemplateFilter) -> Iterator[list[str]]:
    for name in sorted(_FIELDS):
        if (value := getattr(filter, name)) is not None:
            yield [_term(name, one) for one in (value if isinstance(value, list) else [value])]
    yield from ([_label_term(pair)] for pair in (filter.labels or {}).items())


def _term(name: str, value: Any) -> str:
    return f"@{name}={getattr(value, 'value', value)}"


def _label_term(pair: tuple[str, str]) -> str:
    return "@label:" + "=".join(pair)
