"""The resolvers of root fields as plans call them."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLField
from strawberry.types.field import StrawberryField

Resolve = Callable[[Any, Mapping[str, Any]], Any]
"""Calls a resolver with GraphQL's info and the coerced arguments, by their names in the schema. The
result may have to be awaited."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types of arguments that resolvers get as they are."""


def root_resolver(definition: GraphQLField) -> Resolve:
    """The function that resolves a field. It calls the method itself if all arguments are plain, at
    a tenth of the cost, and else has Strawberry convert them."""
    field: StrawberryField = definition.extensions["strawberry-definition"]
    resolve: Callable[..., Any] = definition.resolve  # type: ignore[assignment]
    names = {name: field.arguments[index].python_name for index, name in enumerate(definition.args)}
    method = field.base_resolver

    def by_strawberry(info: Any, arguments: Mapping[str, Any]) -> Any:
        return resolve(None, info, **arguments)

    if field.extensions or method is None or method.info_parameter is None:
        return by_strawberry
    function: Callable[..., Any] = method.wrapped_func  # type: ignore[assignment]

    def by_method(info: Any, arguments: Mapping[str, Any]) -> Any:
        if not _PLAIN.issuperset(map(type, arguments.values())):
            return by_strawberry(info, arguments)
        return function(None, info, **{names[name]: value for name, value in arguments.items()})

    return by_method
