"""The resolvers of root fields as plans call them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import GraphQLField
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from app.graphql.derive import Built

Resolve = Callable[[Any, Mapping[str, Any]], Any]
"""Calls a resolver with GraphQL's info and the coerced arguments, by their names in the schema. The
result may have to be awaited."""

_PLAIN = frozenset({str, int, float, bool, type(None), Built})
"""Types of arguments that resolvers get as they are, or by `derive`."""


def root_resolver(definition: GraphQLField) -> Resolve:
    """The function that resolves a field. It calls the method itself if all arguments are plain, at
    a tenth of the cost, and else has Strawberry convert them."""
    field: StrawberryField = definition.extensions["strawberry-definition"]
    resolve: Callable[..., Any] = definition.resolve  # type: ignore[assignment]
    named = dict(zip(definition.args, field.arguments, strict=True))
    method = field.base_resolver

    def by_strawberry(info: Any, arguments: Mapping[str, Any]) -> Any:
        return resolve(None, info, **arguments)

    if method is None or method.info_parameter is None:
        return by_strawberry
    if field.extensions and not method.is_async:
        return by_strawberry
    function: Callable[..., Any] = method.wrapped_func  # type: ignore[assignment]
    for extension in field.extensions:
        function = partial(extension.resolve_async, function)

    def by_method(info: Any, arguments: Mapping[str, Any]) -> Any:
        if not _PLAIN.issuperset(map(type, arguments.values())):
            return by_strawberry(info, arguments)
        given = {
            named[name].python_name: _taken(value, named[name]) for name, value in arguments.items()
        }
        return function(None, info, **given)

    return by_method


def _taken(value: Any, argument: StrawberryArgument) -> Any:
    """A plain value as a resolver gets it."""
    if type(value) is not Built:
        return value
    type_: Any = argument.type
    inner = getattr(type_, "of_type", type_)  # If it is optional.
    return inner.__strawberry_definition__.from_input(inner, value, None)
