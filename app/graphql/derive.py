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

import msgspec
import strawberry
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields
from strawberry.scalars import JSON
from strawberry.types.arguments import InputContext

from app.domain.access import Id
from app.domain.markers import Changes, Mergeable
from app.domain.naming import camel
from app.graphql.scalars import StringMap

_outputs: dict[type, type] = {}


def extends(cls: type[Struct], *, interface: str | None = None) -> Callable[[type], type]:
    """The decorated class becomes the output type of `cls`, or an interface of that name, with the
    fields of both."""

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
        if interface is not None:
            return strawberry.interface(written, name=interface, description=_doc(cls))
        written.is_type_of = staticmethod(lambda value, _: isinstance(value, cls))  # type: ignore[attr-defined]
        _outputs[cls] = strawberry.type(written, name=cls.__name__, description=_doc(cls))
        return _outputs[cls]

    return decorate


def output(cls: type[Struct]) -> Any:
    """The output type of a domain class."""
    return _outputs.get(cls) or extends(cls)(new_class(cls.__name__))


@cache
def input(cls: type[Struct], name: str | None = None) -> Any:
    """The input type of a domain class; what it gives a resolver is an object of that class."""
    made = new_class(name or f"{cls.__name__}Input")
    hints = get_type_hints(cls, include_extras=True)
    changes, changed = None, set[str]()
    for field in fields(cls):
        if section := _extra(hints[field.name]).get("changes_of"):
            changes, changed = field.name, _add_changes(made, section)
            continue
        annotation = _annotation(hints[field.name], input)
        description = _description_of(hints[field.name])
        _add(made, field.name, annotation, description=description, **_default(field))

    def build(given: dict[str, Any]) -> Struct:
        own = {name: value for name, value in given.items() if name not in changed}
        if changes is not None:
            own[changes] = Changes({name: given[name] for name in given.keys() & changed})
        return cls(**own)

    return _input(made, _doc(cls), build)


@cache
def patch(cls: type[Struct]) -> Any:
    """The input type of the changes of a section; it gives a resolver Changes."""
    if not issubclass(cls, Mergeable):
        return input(cls)  # A value: it is replaced as a whole.
    made = new_class(f"{cls.__name__}Patch")
    _add_changes(made, cls)
    return _input(made, _doc(cls), Changes)


def _add_changes(made: type, section: type[Struct]) -> set[str]:
    """Every field of a section that can change, optional; their names."""
    hints = get_type_hints(section, include_extras=True)
    names = [name for name in hints if not _extra(hints[name]).get("never_changes")]
    for name in names:
        annotation = _annotation(hints[name], patch)
        _add(
            made,
            name,
            annotation | None,
            description=_description_of(hints[name]),
            default=strawberry.UNSET,
        )
    return set(names)


def _input(made: type, description: str, build: Callable[[dict[str, Any]], Any]) -> Any:
    """A Strawberry input whose values `build` makes out of the fields that were given."""
    made = strawberry.input(made, description=description)
    definition = made.__strawberry_definition__  # type: ignore[attr-defined]
    given = [(field.name, camel(field.name), field.resolve_type()) for field in definition.fields]

    def from_input(_: type, value: Mapping[str, Any], context: InputContext) -> Any:
        return build(
            {
                name: context.convert(value[shown], kind, shown)
                for name, shown, kind in given
                if shown in value
            }
        )

    definition.from_input = from_input
    return made


def _add(made: type, name: str, annotation: Any, **options: Any) -> None:
    made.__annotations__ = {**inspect.get_annotations(made), name: annotation}
    setattr(made, name, strawberry.field(**options))


def _default(field: FieldInfo) -> dict[str, Any]:
    """How an input shows a default: nothing for null, `{}` for a whole object of defaults."""
    if field.required:
        return {}
    if field.default in (None, msgspec.UNSET):
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
    nothing = (NoneType, msgspec.UnsetType)
    (there,) = (argument for argument in get_args(hint) if argument not in nothing)
    return there


def _metadata(hint: Any) -> list[Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Meta)]


def _description_of(hint: Any) -> str | None:
    return next((meta.description for meta in reversed(_metadata(hint)) if meta.description), None)


def _extra(hint: Any) -> Mapping[str, Any]:
    return next((meta.extra for meta in _metadata(hint) if meta.extra), {})


def _doc(cls: type) -> str:
    return " ".join((inspect.getdoc(cls) or "").split())
