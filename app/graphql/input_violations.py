"""The violations of inputs whose variables are not all of the right type.

graphql-core stops at such variables. What else is wrong with an input can be told nevertheless, so
that a caller can fix all of it at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from graphql import (
    ArgumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    value_from_ast_untyped,
)
from msgspec import UNSET, Struct

from app.domain.errors import TooComplex, UserError
from app.domain.fields import Kind, field_map
from app.domain.model_template import CreateModelTemplate, ModelTemplateSpec, UpdateModelTemplate
from app.domain.patch import archived_violations
from app.domain.validation.incomplete_input import certain_violations
from app.graphql.derive import domain_class, is_patch
from app.graphql.errors import MAX_ERRORS
from app.graphql.operation import Prepared
from app.graphql.scalars import STRING_MAP

COMMANDS = (CreateModelTemplate, UpdateModelTemplate)
"""The inputs that have rules."""

MAX_ENTRIES = 10_000
"""Entries of a list that are looked at: more than any may have, so that its length is told."""

CHANGEABLE = field_map(ModelTemplateSpec).changeable


def input_errors(schema: GraphQLSchema, prepared: Prepared) -> list[GraphQLError]:
    """An error for each violation of the inputs of an operation, at most MAX_ERRORS, besides those
    of the types of its variables."""
    errors, variables = list[GraphQLError](), _variables(prepared)
    with suppress(TooComplex):  # What is found by then is right.
        for argument, type_ in _inputs(schema, prepared, variables):
            if len(errors) < MAX_ERRORS:
                given = _known(_value(argument.value, variables), type_)
                found = _violations(domain_class(_origin(type_)), given)
                errors += (_error(argument, violation) for violation in found)
    return errors[:MAX_ERRORS]


def _error(argument: ArgumentNode, violation: UserError) -> GraphQLError:
    extensions = {
        "argument": argument.name.value,
        "path": [*violation.path],
        "violation": violation.code.name,
    }
    return GraphQLError(violation.message, argument, extensions=extensions)


def _inputs(
    schema: GraphQLSchema, prepared: Prepared, variables: Mapping[str, Any]
) -> Iterator[tuple[ArgumentNode, GraphQLInputObjectType]]:
    """The arguments of root fields that are commands, with their types. Each variable once."""
    root: Any = schema.get_root_type(prepared.operation.operation)
    seen = set[str]()
    for field in _root_fields(prepared, variables):
        definition = root.fields.get(field.name.value)
        for argument in (field.arguments or ()) if definition is not None else ():
            type_: Any = get_nullable_type(definition.args[argument.name.value].type)
            if not is_input_object_type(type_) or domain_class(_origin(type_)) not in COMMANDS:
                continue
            if isinstance(argument.value, VariableNode):
                if argument.value.name.value in seen:
                    continue
                seen.add(argument.value.name.value)
            yield argument, type_


def _root_fields(prepared: Prepared, variables: Mapping[str, Any]) -> Iterator[FieldNode]:
    """The root fields that would be executed, also of fragments."""
    fragments = {
        definition.name.value: definition
        for definition in prepared.document.node.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    pending: list[Any] = [prepared.operation]
    spread = set[str]()
    for node in pending:
        for selection in node.selection_set.selections:
            if not _is_included(selection, variables):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif (name := getattr(selection, "name", None)) is None:
                pending.append(selection)
            elif name.value not in spread:
                spread.add(name.value)
                pending.append(fragments[name.value])


def _is_included(node: Any, variables: Mapping[str, Any]) -> bool:
    """Whether the directives of a selection certainly include it."""
    conditions = {
        directive.name.value: _value(directive.arguments[0].value, variables)
        for directive in node.directives or ()
        if directive.name.value in ("skip", "include")
    }
    return conditions.get("include", True) is True and conditions.get("skip", False) is False


def _variables(prepared: Prepared) -> dict[str, Any]:
    """The values of the variables as they are given, or by default."""
    given = prepared.request.variables or {}
    defaults = {
        definition.variable.name.value: _value(definition.default_value, {})
        for definition in prepared.operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return {**defaults, **given}


def _value(node: Any, variables: Mapping[str, Any]) -> Any:
    """The JSON of a literal with variables; UNSET for one without a value."""
    match node:
        case VariableNode():
            return variables.get(node.name.value, UNSET)
        case ObjectValueNode():
            members = ((field.name.value, _value(field.value, variables)) for field in node.fields)
            return {name: value for name, value in members if value is not UNSET}
        case ListValueNode():
            values = [_value(member, variables) for member in node.values]
            return [None if value is UNSET else value for value in values]
        case EnumValueNode():
            return node.value
    return value_from_ast_untyped(node)


def _known(value: Any, type_: Any) -> Any:
    """The coerced value, with objects as dicts by the names of their Python fields. What is not of
    its type is UNSET, at any depth."""
    if is_non_null_type(type_):
        return UNSET if value is None else _known(value, type_.of_type)
    if value is None or value is UNSET:
        return value
    if is_list_type(type_):
        members = value if isinstance(value, list) else [value]
        return [_known(member, type_.of_type) for member in members[:MAX_ENTRIES]]
    if is_input_object_type(type_):
        return _known_fields(value, type_) if isinstance(value, dict) else UNSET
    try:
        return type_.coerce_input_value(value)
    except Exception:  # graphql-core treats all of them alike.
        if type_.name != STRING_MAP or not isinstance(value, dict):
            return UNSET
    return {key: entry if isinstance(entry, str) else UNSET for key, entry in value.items()}


def _known_fields(value: dict[str, Any], type_: GraphQLInputObjectType) -> dict[str, Any]:
    known = {}
    for name, field in type_.fields.items():
        python_name = field.extensions["strawberry-definition"].python_name
        if name in value:
            known[python_name] = _known(value[name], field.type)
        elif is_required_input_field(field) or is_patch(_origin(type_)):
            known[python_name] = UNSET
    return known


def _violations(cls: type[Struct], given: Any) -> list[UserError]:
    if given is None or given is UNSET:
        return []
    if cls is not UpdateModelTemplate:
        return certain_violations(cls, _without_nulls(cls, given))
    changes = {field.name: given.get(field.name, UNSET) for field in CHANGEABLE}
    archived = archived_violations(given.get("archived", UNSET))
    return [*archived, *certain_violations(ModelTemplateSpec, changes)]


def _without_nulls(cls: type[Struct], given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a new object, without nulls that stand for defaults."""
    known = {}
    for field in field_map(cls).fields:
        value, value_type = given.get(field.name, UNSET), field.value_type
        if field.name not in given or (value is None and not value_type.is_nullable):
            continue
        if value_type.kind is Kind.STRUCT and isinstance(value, dict):
            value = _without_nulls(value_type.python, value)
        known[field.name] = value
    return known


def _origin(type_: GraphQLInputObjectType) -> Any:
    return type_.extensions["strawberry-definition"].origin
