"""The variables of an operation and the arguments of its root fields, coerced as graphql-core does.

Most are simple values of the declared type, which need no coercion. Whatever is not obviously one
is coerced by graphql-core, which also explains what is wrong.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    is_non_null_type,
    visit,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    get_variable_values,
)

from app.graphql.compile.selection import SelectedField
from app.graphql.errors import MAX_ERRORS
from app.graphql.inputs import Unproven, coercer


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        signatures = (get_variable_signature(schema, each) for each in self._definitions)
        self._coercers = [
            (each, coercer(each.type))
            for each in signatures
            if not isinstance(each, GraphQLError)  # None is, in a valid document.
        ]

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of the variables, or what is wrong with them."""
        sources, values = {}, {}
        try:
            for signature, coerce in self._coercers:
                name = signature.name
                if name in given:
                    values[name] = coerce(given[name])
                    sources[name] = VariableValueSource(signature, given[name])
                elif is_non_null_type(signature.type) or signature.default is not None:
                    raise Unproven
                else:
                    sources[name] = VariableValueSource(signature)
        except Unproven:
            return get_variable_values(
                self._schema, self._definitions, {**given}, MAX_ERRORS, hide_suggestions=True
            )
        return VariableValues(sources, values)


class Arguments:
    """The arguments of a root field: those that are the same in every request, those that are a
    variable, and others, which contain variables."""

    def __init__(self, field: SelectedField) -> None:
        self._node = field.details[0].node
        self._fixed: dict[str, Any] = {}
        self._variables = list[tuple[str, str, Any]]()
        self._others = list[Any]()
        nodes = {argument.name.value: argument for argument in self._node.arguments or ()}
        for name, definition in field.definition.args.items():
            argument = nodes.get(name)
            is_required = is_non_null_type(definition.type)
            if argument is not None and isinstance(argument.value, VariableNode) and is_required:
                details = name, definition, argument
                self._variables.append(
                    (definition.out_name or name, argument.value.name.value, details)
                )
            elif argument is not None and _has_variables(argument):
                self._others.append((name, definition, argument))
            else:
                coerce_argument(
                    self._fixed, self._node, name, definition, argument, None, None, True
                )

    def values(self, variables: VariableValues) -> dict[str, Any]:
        """The coerced values. Raises GraphQLError."""
        values = {**self._fixed}
        others = self._others
        for out_name, variable, details in self._variables:
            if (value := variables.coerced.get(variable)) is None:  # It is nullable.
                others = [*others, details]
            values[out_name] = value
        for name, definition, node in others:
            coerce_argument(values, self._node, name, definition, node, variables, None, True)
        return values


class _Variables(Visitor):
    found = False

    def enter_variable(self, *_: Any) -> None:
        self.found = True


def _has_variables(node: Any) -> bool:
    visitor = _Variables()
    visit(node, visitor)
    return visitor.found
