"""The field map: the fields of a domain class as plain data, read from its annotations once.

GraphQL's types are derived from it. Whatever walks through an object or needs the API's names, such
as the rules and the codec, uses the same map.
"""

import inspect
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo, fields, replace

from app.domain.naming import camel


class Kind(Enum):
    """The kinds of value that a field can have."""

    SCALAR = "scalar"
    ENUM = "enum"
    STRUCT = "struct"
    LIST = "list"
    MAP = "map"
    ANY = "any"


class ValueType(Struct, frozen=True, kw_only=True):
    """The type of a value: `python` is its class (or `Id`), `member` the type of a list's
    entries. The keys and values of a map are strings."""

    kind: Kind
    python: Any
    is_nullable: bool = False
    member: "ValueType | None" = None


class Field(Struct, frozen=True, kw_only=True):
    """One field of a domain class. `default` is the value of an optional field that is absent: None
    also if absent differs from null, `{}` for an object with the defaults of its own fields."""

    name: str
    api_name: str
    value_type: ValueType
    description: str | None = None
    is_required: bool = False
    default: Any = None
    is_computed: bool = False
    """The field is a property, which no input has."""
    always_answered: bool = False
    """Inputs may omit the field, but every answer has it."""
    never_changes: bool = False
    omitted_by_default: bool = False
    """Stored documents and exports omit the field while it has its default."""
    former_default: Any = None
    """The default of earlier releases, which digests of inputs still count as absent."""
    internal: bool = False
    """Only stored documents and exports have the field."""
    changes_of: type[Struct] | None = None
    """The class whose fields replace this field in an input."""
    filterable: bool = False
    search_rank: int | None = None
    """The place of the field's words in the search index, or None if `search` ignores it."""

    @property
    def answer_type(self) -> ValueType:
        """The type of the field in an answer."""
        if not self.always_answered:
            return self.value_type
        return replace(self.value_type, is_nullable=False)


class FieldMap(Struct, frozen=True, kw_only=True):
    """A domain class: its description, its fields, and its public properties, which are fields of
    answers too. `stored` has internal fields as well."""

    cls: type[Struct]
    description: str
    stored: tuple[Field, ...]
    computed: tuple[Field, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields of an object, as its clients know it."""
        return tuple(field for field in self.stored if not field.internal)

    @property
    def answered(self) -> tuple[Field, ...]:
        """All fields of an answer."""
        return self.fields + self.computed

    @property
    def objects(self) -> tuple[Field, ...]:
        """The fields that hold an object or a list of objects."""
        return tuple(
            field
            for field in self.fields
            if (field.value_type.member or field.value_type).kind is Kind.STRUCT
        )

    @property
    def changeable(self) -> tuple[Field, ...]:
        """The fields that a patch can change."""
        return tuple(field for field in self.fields if not field.never_changes)


@cache
def field_map(cls: type[Struct]) -> FieldMap:
    """The field map of a domain class."""
    hints = get_type_hints(cls, include_extras=True)
    return FieldMap(
        cls=cls,
        description=description_of(cls),
        stored=tuple(_field(info, hints[info.name]) for info in fields(cls)),
        computed=tuple(_computed(cls)),
    )


def compact(value: Any) -> Any:
    """The value as its JSON is written: objects with fields that are omitted by default, at any
    depth, as dicts without those fields. Everything else is returned as it is."""
    if isinstance(value, list | tuple):
        return [compact(member) for member in value]
    if not isinstance(value, Struct) or not _omits(type(value)):
        return value
    return {
        field.name: compact(member)
        for field in field_map(type(value)).stored
        if (member := getattr(value, field.name)) != field.default or not field.omitted_by_default
    }


@cache
def _omits(cls: type[Struct]) -> bool:
    """Whether the class, or one inside it, has a field that is omitted by default."""
    known = field_map(cls)
    inner = ((field.value_type.member or field.value_type).python for field in known.objects)
    return any(field.omitted_by_default for field in known.stored) or any(map(_omits, inner))


def description_of(cls: type) -> str:
    """A class's docstring, on one line."""
    return " ".join((inspect.getdoc(cls) or "").split())


def _field(info: FieldInfo, hint: Any) -> Field:
    return Field(
        name=info.name,
        api_name=camel(info.name),
        value_type=value_type(hint),
        description=_description(hint),
        is_required=info.required,
        default=_default(info),
        **_extra(hint),
    )


def _computed(cls: type[Struct]) -> Iterator[Field]:
    for name, computed in inspect.getmembers(cls, lambda member: isinstance(member, property)):
        if not name.startswith("_"):
            yield Field(
                name=name,
                api_name=camel(name),
                value_type=value_type(get_type_hints(computed.fget)["return"]),
                description=inspect.getdoc(computed),
                is_computed=True,
            )


def value_type(hint: Any) -> ValueType:
    """The value type of an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return value_type(arguments[0])
    if origin in (Union, UnionType):
        nothing = (NoneType, msgspec.UnsetType)
        (inner,) = (argument for argument in arguments if argument not in nothing)
        return replace(value_type(inner), is_nullable=True)
    if origin in (list, tuple):
        return ValueType(kind=Kind.LIST, python=origin, member=value_type(arguments[0]))
    return ValueType(kind=_kind(hint, origin), python=origin or hint)


def _kind(hint: Any, origin: Any) -> Kind:
    if origin is dict or (isinstance(hint, type) and issubclass(hint, dict)):
        return Kind.MAP
    if hint is Any:
        return Kind.ANY
    if not isinstance(hint, type):
        return Kind.SCALAR  # A NewType, such as Id.
    if issubclass(hint, Struct):
        return Kind.STRUCT
    return Kind.ENUM if issubclass(hint, Enum) else Kind.SCALAR


def _default(info: FieldInfo) -> Any:
    if info.default is not NODEFAULT:
        return None if info.default is msgspec.UNSET else info.default
    if info.default_factory is NODEFAULT:
        return None
    default = info.default_factory()
    return {} if isinstance(default, Struct) else default


def _metadata(hint: Any) -> list[Meta]:
    return [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Meta)]


def _description(hint: Any) -> str | None:
    return next((meta.description for meta in reversed(_metadata(hint)) if meta.description), None)


def _extra(hint: Any) -> dict[str, Any]:
    return dict(pair for meta in _metadata(hint) for pair in (meta.extra or {}).items())
