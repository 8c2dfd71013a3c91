"""Domain class -> GraphQL output and input types. The only code that knows how the two differ.

Names, types, defaults and descriptions come from the domain class. An output type reads its fields
off the domain object; a public property of the class is a field too. An input builds the domain
object at once.
"""

import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType, new_class
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import strawberry
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields
from strawberry.scalars import JSON
from strawberry.types.arguments import InputContext

from app.api.scalar import StringMap
from app.domain.access import Id
from app.domain.text import camel

_outputs: dict[type, type] = {}


def extends(cls: type[Struct]) -> Callable[[type], type]:
    """The decorated class becomes the output type of `cls`, with the fields of both."""

    def decorate(written: type) -> type:
        hints = get_type_hints(cls, include_extras=True)
        for field in fields(cls):
            hint = hints[field.name]
            # What an input may leave out can be there in every answer.
            answered = _extra(hint).get("always_answered", False)
            annotation = _annotation(_without_none(hint) if answered else hint, output)
            _add(written, field.name, annotation, description=_description_of(hint))
        for name, computed in inspect.getmembers(cls, lambda member: isinstance(member, property)):
            annotation = _annotation(get_type_hints(computed.fget)["return"], output)
            _add(written, name, annotation, description=inspect.getdoc(computed))
        written.is_type_of = staticmethod(lambda value, _: isinstance(value, cls))  # type: ignore[attr-defined]
        _outputs[cls] = strawberry.type(written, name=cls.__name__, description=_doc(cls))
        return _outputs[cls]

    return decorate


def output(cls: type[Struct]) -> Any:
    """The output type of a domain class."""
    return _outputs.get(cls) or extends(cls)(new_class(cls.__name__))


@cache
def input(cls: type[Struct]) -> Any:
    """The input type of a domain class; what it gives a resolver is an object of that class."""
    made = new_class(f"{cls.__name__}Input")
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        annotation = _annotation(hints[field.name], input)
        description = _description_of(hints[field.name])
        _add(made, field.name, annotation, description=description, **_default(field))
    made = strawberry.input(made, description=_doc(cls))
    definition = made.__strawberry_definition__  # type: ignore[attr-defined]
    given = [(field.name, camel(field.name), field.resolve_type()) for field in definition.fields]

    def build(_: type, value: Mapping[str, Any], context: InputContext) -> Struct:
        return cls(
            **{
                name: context.convert(value[shown], kind, shown)
                for name, shown, kind in given
                if shown in value
            }
        )

    definition.from_input = build
    return made


def _add(made: type, name: str, annotation: Any, **options: Any) -> None:
    made.__annotations__ = {**inspect.get_annotations(made), name: annotation}
    setattr(made, name, strawberry.field(**options))


def _default(field: FieldInfo) -> dict[str, Any]:
    """How an input shows a default: nothing for null, `{}` for a whole object of defaults."""
    if field.required:
        return {}
    if field.default is None:
        return {"default": strawberry.UNSET}
    if field.default is not NODEFAULT:
        return {"default": field.default}
    nested = isinstance(field.default_factory, type) and issubclass(field.default_factory, Struct)
    return {"default_factory": dict if nested else field.default_factory}


def _annotation(hint: Any, project: Callable[[type[Struct]], type]) -> Any:
    """A domain annotation as Strawberry reads it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotation(arguments[0], project)
    if origin in (Union, UnionType):
        return _annotation(_without_none(hint), project) | None
    if origin in (list, tuple):
        return list[_annotation(arguments[0], project)]  # type: ignore[misc]
    if origin is dict:
        return StringMap
    if hint is Id:
        return strawberry.ID
    if hint is Any:
        return JSON
    if issubclass(hint, Struct):
        return project(hint)
    return _enum(hint) if issubclass(hint, Enum) else hint


@cache
def _enum(cls: type[Enum]) -> type[Enum]:
    made = strawberry.enum(cls, description=_doc(cls))
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = getattr(cls[value.name], "description", None)
    return made


def _without_none(hint: Any) -> Any:
    if get_origin(hint) is Annotated:
        return _without_none(get_args(hint)[0])
    (there,) = (argument for argument in get_args(hint) if argument is not NoneType)
    return there


def _metadata(hint: Any) -> list[Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Meta)]


def _description_of(hint: Any) -> str | None:
    return next((meta.description for meta in reversed(_metadata(hint)) if meta.description), None)


def _extra(hint: Any) -> Mapping[str, Any]:
    return next((meta.extra for meta in _metadata(hint) if meta.extra), {})


def _doc(cls: type) -> str:
    return " ".join((inspect.getdoc(cls) or "").split())
