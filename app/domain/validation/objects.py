"""The objects of a template that rules are applied to."""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from app.domain.fields import field_map
from app.domain.parameters import MAX_MEMBERS, ParameterSchema


def objects(value: Struct, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Struct]]:
    """The object and every object inside it, each with its path in the API's names; without those
    that certainly obey all rules."""
    if isinstance(value, ParameterSchema) and _is_simple(value):
        return
    yield path, value
    for name, api_name in _object_fields(type(value)):
        member = getattr(value, name)
        if isinstance(member, list):
            # A list may be far longer than it is allowed to be.
            for position, entry in enumerate(member[:MAX_MEMBERS]):
                yield from objects(entry, (*path, api_name, str(position)))
        elif member is not None:
            yield from objects(member, (*path, api_name))


def _is_simple(schema: ParameterSchema) -> bool:
    """Whether all rules of parameters are obeyed, because no keyword is set and no name is used
    twice."""
    parameters = schema.parameters
    is_plain = not any(parameter.has_keywords() for parameter in parameters)
    return is_plain and len({parameter.name for parameter in parameters}) == len(parameters)


@cache
def _object_fields(cls: type[Struct]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.api_name) for field in field_map(cls).objects)
