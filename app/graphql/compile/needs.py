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
IN_EVERY_POSITION = tuple(field.value for field in ModelTemplateOrderField)
"""Fields of templates that the service needs, and those that make cursors."""


def part_for(selections: Selections, field: SelectedField) -> type[Entity]:
    """The part of templates that a root field has to read."""
    if field.name not in PARTIAL:
        return Entity
    paths = _of_field(selections, field, get_named_type(field.definition.type))
    found: Any = part(Entity, paths | {(name,) for name in IN_EVERY_PART})
    return cast(type[Entity], found)


def _of_field(selections: Selections, field: SelectedField, type_: Any) -> Paths:
    """The fields of templates that the answer of a field needs, if it has templates."""
    selected = selections.of(field, type_)
    if type_.name == Entity.__name__:
        return _of_object(Entity, selections, type_, selected)
    found: Paths = frozenset()
    for each in selected:
        inner = get_named_type(each.definition.type)
        if is_object_type(inner):
            found |= _of_field(selections, each, inner)
            if inner.name != Entity.__name__:  # It may have cursors.
                found |= {(name,) for name in IN_EVERY_POSITION}
    return found


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
