"""Derivation of GraphQL output and input types from domain classes, by their field maps.

An output type reads its fields from the domain object; an input type is converted to the domain
object. Resolvers therefore only handle domain objects.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, partial
from types import new_class
from typing import Any

import strawberry
from msgspec import Struct
from strawberry.scalars import JSON
from strawberry.types.arguments import InputContext

from app.domain.access import Id
from app.domain.fields import Field, Kind, ValueType, description_of, field_map
from app.domain.markers import Changes, Mergeable
from app.domain.naming import camel
from app.domain.parts import whole
from app.graphql.scalars import StringMap

_outputs: dict[type, type] = {}


def extends(cls: type[Struct], *, interface: str | None = None) -> Callable[[type], type]:
    """Makes the decorated class the output type of `cls`, or an interface of that name, with the
    fields of both. Resolvers of the decorated class replace the derived ones."""

    def decorate(target: type) -> type:
        source = field_map(cls)
        for field in source.answered:
            if field.name in vars(target):
                continue  # It has a resolver of its own.
            annotation = _annotation(field.answer_type, output)
            _add(target, field.name, annotation, description=field.description)
        if interface is not None:
            return strawberry.interface(target, name=interface, description=source.description)
        target.is_type_of = staticmethod(lambda value, _: issubclass(whole(type(value)), cls))  # type: ignore[attr-defined]
        _outputs[cls] = strawberry.type(target, name=cls.__name__, description=source.description)
        return _outputs[cls]

    return decorate


def output(cls: type[Struct]) -> Any:
    """The output type of a domain class."""
    return _outputs.get(cls) or extends(cls)(new_class(cls.__name__))


@cache
def input(cls: type[Struct], name: str | None = None) -> Any:
    """The input type of a domain class; resolvers get an object of that class."""
    target = new_class(name or f"{cls.__name__}Input")
    source = field_map(cls)
    changes, changed = None, set[str]()
    for field in source.fields:
        if field.changes_of is not None:
            changes, changed = field.name, _add_changes(target, field.changes_of)
            continue
        annotation = _annotation(field.value_type, input)
        if _is_filled_in(field):
            annotation = annotation | None
        _add(target, field.name, annotation, description=field.description, **_default(field))
    filled_in = [field.name for field in source.fields if _is_filled_in(field)]

    def build(given: dict[str, Any]) -> Struct:
        for name in filled_in:
            if name in given and given[name] is None:
                del given[name]
        if changes is not None:
            values = {name: given.pop(name) for name in given.keys() & changed}
            given[changes] = Changes(values)
        return cls(**given)

    return _input(target, cls, build)


@cache
def deferred_input(cls: type[Struct]) -> Any:
    """The input type of a domain class; resolvers get a function that makes the object, because for
    a large input that takes long."""
    target = input(cls)
    definition = target.__strawberry_definition__
    convert = definition.from_input
    definition.from_input = lambda *given: partial(convert, *given)
    return target


@cache
def patch(cls: type[Struct]) -> Any:
    """The input type of a patch of a Mergeable class; resolvers get Changes."""
    if not issubclass(cls, Mergeable):
        return input(cls)  # Replaced as a whole.
    target = new_class(f"{cls.__name__}Patch")
    _add_changes(target, cls)
    return _input(target, cls, Changes)


def _add_changes(target: type, section: type[Struct]) -> set[str]:
    """Adds every changeable field of a section as an optional one, and returns their names."""
    changeable = field_map(section).changeable
    for field in changeable:
        annotation = _annotation(field.value_type, patch) | None
        _add(
            target,
            field.name,
            annotation,
            description=field.description,
            default=strawberry.UNSET,
        )
    return {field.name for field in changeable}


class Built(Struct, frozen=True):
    """The object of an input that is converted already (see `inputs`)."""

    value: Any


def builder(target: Any) -> Callable[[dict[str, Any]], Any]:
    """The function that makes the object of a derived input type from the fields that are given,
    which it may take out of the dict."""
    build: Callable[[dict[str, Any]], Any] = target.build
    return build


def domain_class(target: Any) -> type[Struct]:
    """The domain class of a derived input type."""
    cls: type[Struct] = target.domain_class
    return cls


def is_patch(target: Any) -> bool:
    """Whether a derived input type has changes of objects, of which an absent field is kept."""
    return target.build is Changes


def _input(target: type, cls: type[Struct], build: Callable[[dict[str, Any]], Any]) -> Any:
    """A Strawberry input type, whose values `build` makes from the fields that are present."""
    target = strawberry.input(target, description=field_map(cls).description)
    target.domain_class = cls  # type: ignore[attr-defined]
    definition = target.__strawberry_definition__  # type: ignore[attr-defined]
    input_fields = [
        (field.name, camel(field.name), field.resolve_type()) for field in definition.fields
    ]

    def from_input(_: type, value: Mapping[str, Any] | Built, context: InputContext) -> Any:
        if isinstance(value, Built):
            return value.value
        return build(
            {
                name: context.convert(value[api_name], kind, api_name)
                for name, api_name, kind in input_fields
                if api_name in value
            }
        )

    definition.from_input = from_input
    target.build = build  # type: ignore[attr-defined]
    return target


def _add(target: type, name: str, annotation: Any, **options: Any) -> None:
    target.__annotations__ = {**inspect.get_annotations(target), name: annotation}
    setattr(target, name, strawberry.field(**options))


def _is_filled_in(field: Field) -> bool:
    """Whether the default of an input field is an object. The schema then declares none, because
    many tools cannot print it: the field is nullable, and null stands for the default."""
    return isinstance(field.default, dict)


def _default(field: Field) -> dict[str, Any]:
    """The default that an input field declares."""
    if field.is_required:
        return {}
    if field.default is None or _is_filled_in(field):
        return {"default": strawberry.UNSET}
    if isinstance(field.default, list):
        return {"default_factory": lambda: field.default}
    return {"default": field.default}


def _annotation(value: ValueType, project: Callable[[type[Struct]], type]) -> Any:
    """The annotation from which Strawberry makes the field's type."""
    annotation = _not_null(value, project)
    return annotation | None if value.is_nullable else annotation


def _not_null(value: ValueType, project: Callable[[type[Struct]], type]) -> Any:
    match value.kind:
        case Kind.LIST if value.member is not None:
            return list[_annotation(value.member, project)]  # type: ignore[misc]
        case Kind.MAP:
            return StringMap
        case Kind.ANY:
            return JSON
        case Kind.STRUCT:
            return project(value.python)
        case Kind.ENUM:
            return _enum(value.python)
        case _:
            return strawberry.ID if value.python is Id else value.python


@cache
def _enum(cls: type[Enum]) -> type[Enum]:
    enum_type = strawberry.enum(cls, description=description_of(cls))
    for value in enum_type.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = getattr(cls[value.name], "description", None)
    return enum_type
