"""Operations over the schema, as hypothesis makes them: valid documents for the most part, with
variables of the right and of the wrong type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_input_field,
)
from hypothesis import strategies as st
from msgspec import Struct

from app.domain.pagination import Cursor
from app.graphql.operation import Operation
from app.graphql.schema import schema
from tests.builders import a_wire_template, an_input

ABSENT = object()
SCHEMA = schema._schema
INTERFACES = ("Node", "ModelTemplateSpec")
DEEPEST = 7
WRONG: tuple[Any, ...] = (None, 5, 1.5, True, "x", [], {}, ["a"], {"a": 1}, 2**40, "\x00")
"""Values that most types reject."""

FLAGS = {"yes": "Boolean!", "no": "Boolean! = false", "may": "Boolean = true"}
"""The variables of directives."""


class Word(str):
    """The name of an enum's member, which a literal does not quote."""


class Known(Struct, frozen=True):
    """The ids of stored templates, of which the operations ask."""

    ids: Sequence[str]

    @property
    def some_ids(self) -> list[Any]:
        revisions = [f"{id}:{number}" for id in self.ids[:2] for number in (1, 2, 9)]
        return [*self.ids, *revisions, "unknown", "", "a:0", 7]

    @property
    def cursors(self) -> list[Any]:
        at = "2026-01-02T03:04:05+00:00"
        created = [Cursor("CREATED_AT DESC", at, id).encode() for id in self.ids[:2]]
        named = [Cursor("NAME ASC", "m", id).encode() for id in self.ids[:1]]
        return [*created, *named, "", "bad", "é", None]


class Choices:
    """Choices that bytes stand for, one each: to draw each one on its own takes ten times as long.
    Where the bytes end, and so in the simplest example, all are the first one, or no."""

    def __init__(self, drawn: bytes) -> None:
        self._bytes = iter(drawn)

    def one(self, values: Sequence[Any]) -> Any:
        return values[next(self._bytes, 0) % len(values)]

    def chance(self, percent: int) -> bool:
        return next(self._bytes, 0) * 100 >= 256 * (100 - percent)

    def number(self, least: int, most: int) -> int:
        return least + next(self._bytes, 0) % (most - least + 1)


class Writer(Choices):
    """Writes one operation."""

    def __init__(self, drawn: bytes, known: Known) -> None:
        super().__init__(drawn)
        self._known = known
        self._fragments: dict[str, tuple[str, str]] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        # Few operations with fields that no plan covers, or else hardly any would have a plan.
        self._is_simple = not self.chance(25)
        self._is_sound = not self.chance(25)

    def operation(self) -> Operation:
        kind = "mutation" if self.chance(25) else "query"
        root = SCHEMA.mutation_type if kind == "mutation" else SCHEMA.query_type
        assert root is not None
        selection = self._selection(root, 0)
        name = self.one(["", "", "Asked"])
        declared = ", ".join(f"${each}: {type_}" for each, type_ in self._declared.items())
        head = f"{kind} {name}{f'({declared})' if declared else ''}"
        fragments = [f"fragment {each} {text}" for each, (_, text) in self._fragments.items()]
        others = ["query Other { viewer { identityId } }"] if name and self.chance(20) else []
        asked = (name or None) if self._is_sound else self.one([name, "Missing", None])
        return Operation(
            query="\n".join([f"{head} {selection}", *others, *fragments]),
            variables=self.variables if self.variables or self.chance(50) else None,
            operation_name=asked,
        )

    def _selection(self, type_: Any, depth: int) -> str:
        parts = [self._part(type_, depth) for _ in range(self.number(1, 4))]
        if self.chance(10):
            parts.append(parts[0])  # Selected twice, which merges.
        return f"{{ {' '.join(parts)} }}"

    def _part(self, type_: Any, depth: int) -> str:
        if depth < DEEPEST and self.chance(15):
            return self._fragment(type_, depth)
        if self.chance(6):
            return f"{self.one(['', 'kind: '])}__typename{self._directive()}"
        fields = type_.fields
        if depth >= DEEPEST:
            fields = {n: f for n, f in fields.items() if is_leaf_type(get_named_type(f.type))}
        if self._is_simple and depth:
            fields = {n: f for n, f in fields.items() if not f.args and n != "warnings"}
        if not fields:
            return "__typename"
        name = self.one([*fields])
        return self._field(name, fields[name], depth)

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        arguments = self._arguments(field)
        inner = get_named_type(field.type)
        below = "" if is_leaf_type(inner) else self._selection(inner, depth + 1)
        return f"{self._key(name, arguments)}{name}{arguments}{self._directive()} {below}"

    def _key(self, name: str, arguments: str) -> str:
        """An alias or none: one key for a field with the same arguments, so that selections can be
        merged; without arguments, another one at times."""
        if arguments:
            known = self._keys.setdefault((name, arguments), f"{name}_{len(self._keys)}")
            return f"{known}: "
        if self._is_simple:
            return self._keys.setdefault((name, ""), self.one(["", f"x_{name}: "]))
        return str(self.one(["", "", f"x_{name}: ", f"None_{name}: "]))

    def _fragment(self, type_: Any, depth: int) -> str:
        possible = [SCHEMA.type_map[name] for name in INTERFACES]
        on = self.one([type_, *self._related(type_, possible)])
        fitting = [name for name, (of, _) in self._fragments.items() if of == on.name]
        if fitting and self.chance(50):
            return f"...{self.one(fitting)}{self._directive()}"
        selection = self._selection(on, depth + 1)
        if self.chance(50):
            name = f"F{len(self._fragments)}"
            self._fragments[name] = on.name, f"on {on.name} {selection}"
            return f"...{name}{self._directive()}"
        condition = f"on {on.name}" if on is not type_ or self.chance(50) else ""
        return f"... {condition}{self._directive()} {selection}"

    def _related(self, type_: Any, interfaces: Sequence[Any]) -> list[Any]:
        if is_interface_type(type_):
            templates = [SCHEMA.type_map[n] for n in ("ModelTemplate", "ModelTemplateRevision")]
            return [*templates, *interfaces]
        if is_object_type(type_):
            return [each for each in interfaces if each in type_.interfaces]
        return []

    def _directive(self) -> str:
        if not self.chance(12):
            return ""
        value = self.one(["true", "true", "false", *FLAGS])
        if value in FLAGS:
            if value not in self._declared:
                self._declared[value] = FLAGS[value]
                odd = () if self._is_sound else (None, ABSENT, "yes")
                self._give(value, self.one([True, False, *odd]))
            value = f"${value}"
        return f" @{self.one(['include', 'skip'])}(if: {value})"

    def _give(self, name: str, value: Any) -> None:
        if value is not ABSENT:
            self.variables[name] = value

    def _arguments(self, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            if is_non_null_type(argument.type) or self.chance(40):
                given.append(f"{name}: {self._argument(name, argument.type)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, type_: Any) -> str:
        value = self._value(name, type_)
        if self.chance(55):
            return literal(value)
        return self._variable(type_, value)

    def _variable(self, type_: Any, value: Any) -> str:
        """A new variable, of the type or with a default, and its value in the request."""
        name, declared = f"v{len(self._declared)}", str(type_)
        is_sure = is_non_null_type(type_)  # That it has to be given.
        if self.chance(25) and value is not None:
            nullable = type_.of_type if is_sure and self.chance(70) else type_
            declared, is_sure = f"{nullable} = {literal(value)}", False
        self._declared[name] = declared
        if not self._is_sound and self.chance(30):
            self._give(name, self.one([ABSENT, *WRONG]))
        elif is_sure or not self.chance(30):
            self._give(name, plain(value))
        return f"${name}"

    def _value(self, name: str, type_: Any) -> Any:
        """A value of an argument or an input field."""
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif self.chance(8):
            return None
        if (chosen := self._chosen(name)) is not ABSENT:
            return chosen
        if is_list_type(type_):
            return [self._value(name, type_.of_type) for _ in range(self.number(0, 2))]
        if is_enum_type(type_):
            return Word(self.one([*type_.values]))
        if is_input_object_type(type_):
            return self._input(type_)
        return self.one(SCALARS[type_.name])

    def _chosen(self, name: str) -> Any:
        """A value that makes sense for the name; ABSENT without one."""
        match name:
            case "id":
                return self.one(self._known.some_ids)
            case "after" | "before":
                return self.one(self._known.cursors)
            case "first" | "last":
                return self.one([1, 2, 5, 20, 0, 101])
            case "accountId":
                return self.one(["a1", "a1", "a1", "a2", "a9"])
            case "labels" | "env":
                return self.one([{}, {"team": "t", "product": "p"}, {"k": "ü"}])
            case "parameters":
                return self.one([[], PARAMETERS, PARAMETERS * 2])
        return ABSENT

    def _input(self, type_: GraphQLInputObjectType) -> Any:
        if type_.name == "CreateModelTemplateInput" and self.chance(75):
            changes = self.one([{}, {"name": "other"}, {"name": "known"}, {"description": "d"}])
            account = self.one(["a1", "a1", "a2"])
            return worded(an_input(a_wire_template(account_id=account, **changes)), type_)
        return {
            name: self._value(name, field.type)
            for name, field in type_.fields.items()
            if (is_required_input_field(field) and (self._is_sound or self.chance(90)))
            or self.chance(25)
        }


PARAMETERS = [
    {"name": "P", "type": Word("INT"), "description": "", "required": True, "minimum": 1.5},
    {"name": "Q", "type": Word("STR"), "description": "d", "required": False, "default": "q"},
]
SCALARS: Mapping[str, Sequence[Any]] = {
    "String": ["", "known", "other", "é😀", "8Gi", "/p", "docker.io", "a\nb"],
    "ID": ["a1", "ann", "r1", "", 5],
    "Int": [0, 1, 2, 3, -1, 2**31 - 1],
    "Float": [0, 1.5, -2, 1e300],
    "Boolean": [True, False],
    "JSON": [{}, {"P": 5, "Q": "x"}, {"P": None}, [], "text", 5, {"P": {"a": [1, None, 2.5]}}],
    "StringMap": [{}, {"team": "t"}],
    "DateTime": ["2026-01-02T03:04:05Z", "2030-01-01T00:00:00+02:00"],
}


def worded(value: Any, type_: GraphQLNamedType) -> Any:
    """An input whose names of enum members are Words."""
    if is_list_type(type_) or is_non_null_type(type_):
        inner = type_.of_type
        return (
            [worded(v, inner) for v in value] if isinstance(value, list) else worded(value, inner)
        )
    if is_enum_type(type_) and isinstance(value, str):
        return Word(value)
    if is_input_object_type(type_) and isinstance(value, dict):
        return {name: worded(each, type_.fields[name].type) for name, each in value.items()}
    return value


def plain(value: Any) -> Any:
    """A value as the JSON of a request has it."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Word) else value


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    match value:
        case Word():
            return str(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return '"' + escaped.replace("\x00", "\\u0000") + '"'
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case dict():
            return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
    return str(value)


@st.composite
def operations(draw: Callable[..., Any], known: Known) -> Operation:
    """Operations that ask for some of the known templates."""
    return Writer(draw(st.binary(min_size=200, max_size=400)), known).operation()
