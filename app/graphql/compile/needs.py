"""The fields of templates that an answer needs."""

from typing import Any, cast

from graphql import GraphQLObjectType, get_named_type, is_object_type
from msgspec import Struct

from app.domain.fields import Kind, field_map
from app.domain.model_template import ModelTemplate as Entity
from app.domain.model_template import ModelTemplateOrderField, ModelTemplateVersion
from app.domain.parts import WHOLE, Paths, part
from app.graphql.compile.selection import TYPENAME, SelectedField, Selections

PARTIAL = ("modelTemplate", "modelTemplates")
"""Root fields that read only the fields of templates that the answer needs."""

IN_EVERY_PART = ModelTemplateVersion.__struct_fields__
_POSITION: Paths = frozenset((field.value,) for field in ModelTemplateOrderField)
"""Fields of templates that the service needs, and those that make cursors."""


Pages = list[tuple[SelectedField, GraphQLObjectType]]


def templates_of(selections: Selections, field: SelectedField) -> Pages:
    """The fields with templates in the answer of a root field, each with their type."""
    inner = get_named_type(field.definition.type)
    if field.name == TYPENAME or not is_object_type(inner):
        return []
    if inner.name == Entity.__name__:
        return [(field, inner)]
    return [
        found for each in selections.of(field, inner) for found in templates_of(selections, each)
    ]


def part_of_templates(
    selections: Selections, field: SelectedField, *, position: bool = False
) -> type[Entity]:
    """The part of templates that a root field has to read for its answer, with their position if
    the answer has cursors, or always."""
    if field.name not in PARTIAL:
        return Entity
    paths: Paths = frozenset()
    for each, type_ in templates_of(selections, field):
        paths |= _of_object(Entity, selections, type_, selections.of(each, type_))
    position = position or _has_cursors(selections, field)
    return _part(paths | _POSITION if position else paths)


def _has_cursors(selections: Selections, field: SelectedField) -> bool:
    """Whether the answer of a field may have cursors: it has objects that are no templates."""
    inner: Any = get_named_type(field.definition.type)
    return inner.name != Entity.__name__ and any(
        is_object_type(type_) and type_.name != Entity.__name__
        for each in selections.of(field, inner)
        if each.name != TYPENAME
        for type_ in [get_named_type(each.definition.type)]
    )


def part_of_versions() -> type[Entity]:
    """The part of templates that tells the versions and the positions of a list's templates."""
    return _part(_POSITION)


def _part(paths: Paths) -> type[Entity]:
    found: Any = part(Entity, paths | {(name,) for name in IN_EVERY_PART})
    return cast(type[Entity], found)


def _of_object(
    cls: type[Struct],
    selections: Selections,
    type_: GraphQLObjectType,
    selected: list[SelectedField],
) -> Paths:
    """The paths of the fields of a domain class that a selection of its output type needs."""
    known = {field.name: field for field in field_map(cls).fields}
    found = set[tuple[str, ...]]()
    for each in selected:
        if each.name == TYPENAME:
            continue
        field = known.get(each.strawberry.python_name)
        if field is None or each.strawberry.base_resolver is not None:
            return WHOLE  # It is computed, from any fields.
        inner, value = WHOLE, field.value_type
        if value.kind is Kind.STRUCT and not value.is_nullable:
            type_of_field: Any = get_named_type(each.definition.type)
            of_field = selections.of(each, type_of_field)
            inner = _of_object(value.python, selections, type_of_field, of_field) or WHOLE
        found |= {(field.name, *path) for path in inner}
    return frozenset(found)
