"""Facets of a list: the values by which its filter can be narrowed, with numbers of templates.

The values of a facet are counted with all conditions of the filter but the facet's own, so that a
value that is chosen leaves the others in sight. The number of a value is therefore that of the list
whose filter has this value in place of the chosen ones. The labels of each name are a facet.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from msgspec import Struct
from msgspec.structs import replace

from app.domain.filter import FILTERED, ModelTemplateFilter, is_facet
from app.domain.markers import described
from app.domain.naming import camel
from app.domain.repository import ModelTemplateRepository, Scope
from app.domain.tally import Counted, Tally

MAX_LABELS = 50
"""Labels of an answer whose names the filter does not have, and as many of each name it has."""

ACCOUNT = "account_id"

ENUMS = {name: kind for name, (_, kind) in FILTERED.items() if is_facet(kind)}
"""The fields of filters that take a list of enum members, which are facets, with their types."""

FIELDS = (*ENUMS, ACCOUNT)
"""The fields of filters that are facets."""

IS_COMPLETE = described(
    "False if the list is so long that only some of its templates were counted: then each number "
    "is the least that there are."
)


class ModelTemplateFacetValue(Struct, frozen=True, kw_only=True):
    """A value of a facet."""

    value: Annotated[
        str, described("As the filter takes it: the name of an enum's member, or an id.")
    ]
    count: Annotated[int, described("Number of templates, also 0.")]


class ModelTemplateFacet(Struct, frozen=True, kw_only=True):
    """A field of ModelTemplateFilter with every value that it can have, counted with all other
    conditions of the filter."""

    field: Annotated[str, described("The name of the field in ModelTemplateFilter.")]
    values: tuple[ModelTemplateFacetValue, ...]
    is_complete: Annotated[bool, IS_COMPLETE]


class ModelTemplateLabelCount(Struct, frozen=True, kw_only=True):
    """A label, and the number of templates that have it."""

    name: str
    value: str
    count: int


class ModelTemplateLabelFacet(Struct, frozen=True, kw_only=True):
    """The most common labels, and those of the filter. They are counted with all conditions of the
    filter but the one for a label of the same name."""

    values: Annotated[tuple[ModelTemplateLabelCount, ...], described("The most common ones first.")]
    is_complete: Annotated[bool, IS_COMPLETE]


class ModelTemplateFacets(Struct, frozen=True, kw_only=True):
    """The values by which a list of templates can be narrowed, with numbers of templates."""

    fields: tuple[ModelTemplateFacet, ...]
    labels: ModelTemplateLabelFacet


async def count_facets(
    repository: ModelTemplateRepository, readable: frozenset[str], filter: ModelTemplateFilter
) -> ModelTemplateFacets:
    """The facets of a list for a caller who may read these accounts. Raises Unavailable."""

    async def tally(counted: Counted, **changes: Any) -> Tally:
        changed = replace(filter, **changes)
        accounts = readable
        if changed.account_id is not None:
            accounts = readable & {changed.account_id}
        return await repository.tally(Scope(accounts=accounts, filter=changed), counted)

    chosen = [name for name in FIELDS if getattr(filter, name) is not None]
    labels = filter.labels or {}
    unchosen = [name for name in FIELDS if name not in chosen]
    whole, *own = await asyncio.gather(
        tally(Counted(fields=unchosen, labels=True)),
        *(tally(Counted(fields=[name]), **{name: None}) for name in chosen),
        *(tally(Counted(label=name), labels=_without(name, labels)) for name in labels),
    )
    by_field = {**dict.fromkeys(unchosen, whole), **dict(zip(chosen, own, strict=False))}
    return ModelTemplateFacets(
        fields=tuple(_facet(name, by_field[name], readable) for name in FIELDS),
        labels=_label_facet(labels, whole, own[len(chosen) :]),
    )


def _without(name: str, labels: Mapping[str, str]) -> dict[str, str]:
    return {other: value for other, value in labels.items() if other != name}


def _facet(name: str, tally: Tally, readable: frozenset[str]) -> ModelTemplateFacet:
    numbers = tally.fields.get(name, {})
    if (kind := ENUMS.get(name)) is None:
        stored_by_value = {account: account for account in sorted(readable)}
    else:
        stored_by_value = {member.name: member.value for member in kind}
    return ModelTemplateFacet(
        field=camel(name),
        values=tuple(
            ModelTemplateFacetValue(value=value, count=numbers.get(stored, 0))
            for value, stored in stored_by_value.items()
        ),
        is_complete=tally.is_complete,
    )


def _label_facet(
    chosen: Mapping[str, str], whole: Tally, own: Collection[Tally]
) -> ModelTemplateLabelFacet:
    # Every template of the list has the chosen ones.
    counts = {pair: whole.total for pair in chosen.items()}
    unchosen = {pair: n for pair, n in whole.labels.items() if pair[0] not in chosen}
    for numbers in (unchosen, *(tally.labels for tally in own)):
        most_common = sorted(numbers, key=lambda pair: (-numbers[pair], pair))[:MAX_LABELS]
        counts = {pair: numbers[pair] for pair in most_common} | counts
    return ModelTemplateLabelFacet(
        values=tuple(
            ModelTemplateLabelCount(name=pair[0], value=pair[1], count=counts[pair])
            for pair in sorted(counts, key=lambda pair: (-counts[pair], pair))
        ),
        is_complete=all(tally.is_complete for tally in (whole, *own)),
    )
