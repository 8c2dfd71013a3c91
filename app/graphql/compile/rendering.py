"""Renderings: functions that make the answer's value of an object, generated for a selection.

There is one function for each object of the selection. It returns a dict display with the keys of
the answer, which is the fastest way to fill in values in Python, and reads like the answer:
`schema explain` prints it. All names in it come from the schema but the keys, which are GraphQL
names, and are quoted.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from itertools import count
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from msgspec import Raw, Struct
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from app.domain.answer_budget import charge
from app.domain.cpu_time import pause
from app.domain.json_text import to_json
from app.domain.model_template import ModelTemplate
from app.graphql.compile.selection import TYPENAME, SelectedField, Selections
from app.graphql.scalars import rfc_3339
from app.graphql.unknown_enum_values import names_of

LONGEST_KEY = 100
"""Characters."""

_SMALLEST, _LARGEST = -(2**31), 2**31 - 1


class NotCovered(Exception):
    """A selection that no plan covers. The message says why."""


class OddValue(Exception):
    """A value that GraphQL cannot answer, such as an integer of more than 32 bits."""


ODD_VALUES = (OddValue, LookupError, AttributeError, TypeError)
"""Exceptions of renderings for values that graphql-core answers with an error."""


class Rendering(Struct, frozen=True, kw_only=True):
    """The rendering of a selection: a function and its source. It is a coroutine function if one of
    the fields has to wait. The entries of pages are JSON already."""

    source: str
    function: Callable[[Any], Any]
    waits: bool
    has_pages: bool

    async def rendered(self, value: Any) -> Any:
        """The answer's value for an object, charged to the answer's budget: its JSON, unless it has
        pages, whose JSON would be copied. Raises AnswerAborted and ODD_VALUES."""
        rendered = self.function(value)
        rendered = await rendered if self.waits else rendered
        if self.has_pages:
            return rendered
        content = to_json(rendered)
        charge(len(content))
        return Raw(content)


def rendering(
    selections: Selections,
    type_: GraphQLObjectType,
    fields: list[SelectedField],
    *,
    fragments: bool = False,
) -> Rendering:
    """The rendering of a selection of objects of a type, with `fragments` in place of templates.
    Raises NotCovered."""
    writer = _Writer(selections, fragments)
    name, waits = writer.function(type_, fields)
    source = "\n\n".join(writer.functions)
    exec(compile(source, "<rendering>", "exec"), writer.names)  # noqa: S102
    function = writer.names[name]
    return Rendering(source=source, function=function, waits=waits, has_pages=writer.has_pages)


class _Writer:
    """Writes the functions of a rendering."""

    def __init__(self, selections: Selections, fragments: bool) -> None:
        self.functions: list[str] = []
        self.has_pages = False
        self.names: dict[str, Any] = {
            "finite": _finite,
            "int32": _int32,
            "rfc_3339": rfc_3339,
            "each": _each,
            "each_waiting": _each_waiting,
            "fragment": attrgetter("json"),
            "fragments": _fragments,
        }
        self._fragments = fragments
        self._selections = selections
        self._functions = dict[tuple[str, str], str]()

    def function(self, type_: GraphQLObjectType, fields: list[SelectedField]) -> tuple[str, bool]:
        """Writes the function for objects of a type. Returns its name, and whether it waits."""
        if self._fragments and type_.name == ModelTemplate.__name__:
            return "fragment", False
        lines, seen = list[str](), set[str]()
        for field in fields:
            if field.name in seen:
                # The memory for each copy of the value would be taken before it is charged.
                raise NotCovered(f"{type_.name}.{field.name} is selected several times")
            if len(field.key) > LONGEST_KEY:  # The same goes for each copy of the key.
                raise NotCovered(f"{type_.name}.{field.name} has a long alias")
            seen.add(field.name)
            lines.append(f"        {field.key!r}: {self._field(type_, field)},\n")
        waits = any("await " in line for line in lines)
        body = "".join(lines)
        if (name := self._functions.get((type_.name, body))) is None:
            name = self._named(type_.name, object())  # Until the source is executed.
            self._functions[type_.name, body] = name
            define = "async def" if waits else "def"
            self.functions.append(f"{define} {name}(it):\n    return {{\n{body}    }}")
        return name, waits

    def _named(self, name: str, value: Any) -> str:
        """A name for a value in the source: this one, or with a number if it is taken."""
        names = (f"{name}_{number}" if number else name for number in count())
        free = next(each for each in names if self.names.get(each, value) is value)
        self.names[free] = value
        return free

    def _field(self, type_: GraphQLObjectType, field: SelectedField) -> str:
        """The expression of a field's value."""
        if field.name == TYPENAME:
            return repr(type_.name)
        source = field.strawberry
        if (resolver := source.base_resolver) is None:
            return self._value(field, field.definition.type, f"it.{source.python_name}")
        if source.arguments:
            raise NotCovered(f"{type_.name}.{field.name} takes arguments")
        if resolver.info_parameter:
            raise NotCovered(f"{type_.name}.{field.name} depends on the request")
        function = self._named(source.python_name, resolver.wrapped_func)
        call = f"await {function}(it)" if source.is_async else f"{function}(it)"
        return self._value(field, field.definition.type, call, is_computed=True)

    def _value(
        self,
        field: SelectedField,
        type_: GraphQLOutputType,
        text: str,
        *,
        is_computed: bool = False,
    ) -> str:
        """The expression of a value of this type, which is the value of the expression `text`."""
        if not is_non_null_type(type_):
            inner = self._not_null(field, type_, "value", is_computed)
            if inner == "value":
                return text
            return f"None if (value := {text}) is None else {inner}"
        return self._not_null(field, type_.of_type, text, is_computed)

    def _not_null(self, field: SelectedField, type_: Any, text: str, is_computed: bool) -> str:
        if is_list_type(type_):
            return self._list(field, type_.of_type, text, is_computed)
        if is_leaf_type(type_):
            return self._leaf(type_, text)
        if not is_object_type(type_):
            raise NotCovered(f"{field.name} is an interface")
        function, waits = self.function(type_, self._selections.of(field, type_))
        return f"await {function}({text})" if waits else f"{function}({text})"

    def _list(self, field: SelectedField, member: Any, text: str, is_computed: bool) -> str:
        inner = member.of_type if is_non_null_type(member) else member
        if is_object_type(inner) and is_computed:  # A page, of entries that may be large.
            self.has_pages = True
            function, waits = self.function(inner, self._selections.of(field, inner))
            if function == "fragment":
                return f"fragments({text})"
            return f"await {'each_waiting' if waits else 'each'}({function}, {text})"
        entry = self._value(field, member, "entry")
        return text if entry == "entry" else f"[{entry} for entry in {text}]"

    def _leaf(self, type_: Any, text: str) -> str:
        if is_enum_type(type_):
            return f"{self._named(f'{type_.name}_names', _names(type_))}[{text}._value_]"
        convert = _CONVERT.get(type_.name)
        return text if convert is None else f"{convert}({text})"


_CONVERT = {"DateTime": "rfc_3339", "Int": "int32", "Float": "finite"}
"""The functions for values of scalars that are not answered as they are."""


@cache
def _names(type_: CustomGraphQLEnumType) -> dict[str, str]:
    return {member.value: name for member, name in names_of(type_).items()}


def _int32(value: int) -> int:
    if _SMALLEST <= value <= _LARGEST:
        return value
    raise OddValue


def _finite(value: float) -> float:
    if value - value == 0:  # NaN and the infinities are not equal to anything here.
        return value
    raise OddValue


def _fragments(values: Iterable[Any]) -> list[Raw]:
    """The JSON of fragments, charged."""
    fragments = [value.json for value in values]
    charge(sum(map(len, fragments)))
    return fragments


async def _each(function: Callable[[Any], Any], values: Iterable[Any]) -> list[Raw]:
    """The JSON of each value, with pauses, charged as it grows."""
    rendered = []
    for value in values:
        await pause()
        content = to_json(function(value))
        charge(len(content))
        rendered.append(Raw(content))
    return rendered


async def _each_waiting(
    function: Callable[[Any], Awaitable[Any]], values: Iterable[Any]
) -> list[Raw]:
    rendered = []
    for value in values:
        await pause()
        content = to_json(await function(value))
        charge(len(content))
        rendered.append(Raw(content))
    return rendered
