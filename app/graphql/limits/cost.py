"""The size and cost of an operation with its fragments expanded. The limits are in `limits`.

Every selection set is measured once, however often it is spread, and without recursion, so that the
time is linear in the size of any document.
"""

from collections.abc import Iterable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from msgspec import Struct

from app.graphql.limits.page_size import Names, Pages

MAX_COUNT = 1_000_000_000
"""Counts stop here: the exact size of nested fragments may have hundreds of digits."""

DRY_RUN_COST = 50
"""Cost, in fields, of a query that validates a mutation's input. With the default limits, an
operation may have about as many of them as mutations."""

INTROSPECTION = ("__schema", "__type")


class Size(Struct, frozen=True):
    """The size of a selection set with its fragments expanded. Introspection is measured
    separately: it reads no templates, and the query that tools send is deep and wide."""

    depth: int = 0
    width: int = 0
    """Fields of the set itself, without nested ones."""
    aliases: int = 0
    directives: int = 0
    once: int = 0
    """Fields whose cost does not depend on the size of the page that they are on."""
    each: int = 0
    """Fields whose cost is counted for each entry of the page that they are on."""
    schema_depth: int = 0
    schema_fields: int = 0

    @property
    def cost(self) -> int:
        """The cost, in fields."""
        return self.once + self.each

    def beside(self, other: "Size") -> "Size":
        """The size of both in one selection set."""
        return Size(
            max(self.depth, other.depth),
            min(self.width + other.width, MAX_COUNT),
            min(self.aliases + other.aliases, MAX_COUNT),
            min(self.directives + other.directives, MAX_COUNT),
            min(self.once + other.once, MAX_COUNT),
            min(self.each + other.each, MAX_COUNT),
            max(self.schema_depth, other.schema_depth),
            min(self.schema_fields + other.schema_fields, MAX_COUNT),
        )

    def as_introspection(self) -> "Size":
        """The same size, counted as introspection."""
        depth = max(self.depth, self.schema_depth)
        fields = min(self.cost + self.schema_fields, MAX_COUNT)
        return Size(0, 0, self.aliases, self.directives, 0, 0, depth, fields)


NOTHING = Size()


def measure(
    document: DocumentNode, names: Names, pages: Pages
) -> list[tuple[OperationDefinitionNode | FragmentDefinitionNode, Size]]:
    """Every operation and fragment with its size. A page whose size is a variable that `pages`
    lacks counts as one entry, the minimum."""
    definitions = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    sizes = _Sizes(definitions, names, pages)
    return [(definition, sizes.of(definition)) for definition in definitions]


class _Sizes:
    def __init__(self, definitions: Iterable[Any], names: Names, pages: Pages) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._names = names
        self._pages = pages
        self._sizes: dict[int, Size] = {}
        """Sizes by the `id()` of the selection set."""

    def of(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        self._measure(definition.selection_set)
        size = self._sizes[id(definition.selection_set)]
        condition = getattr(definition, "type_condition", None)
        if condition is not None and condition.name.value.startswith("__"):
            size = size.as_introspection()
        return size.beside(Size(directives=_directives(definition)))

    def _measure(self, root: SelectionSetNode) -> None:
        """Measures inner sets first. A fragment inside itself counts as empty there; validation
        rejects such a document."""
        entered: set[int] = set()
        stack = [root]
        while stack:
            selection_set = stack[-1]
            key = id(selection_set)
            if key in self._sizes or key in entered:
                stack.pop()
                if key not in self._sizes:
                    self._sizes[key] = self._expanded(selection_set)
            else:
                entered.add(key)
                stack += [
                    inner
                    for selection in selection_set.selections
                    if (inner := self._inner(selection)) is not None and id(inner) not in entered
                ]

    def _inner(self, selection: SelectionNode) -> SelectionSetNode | None:
        if isinstance(selection, FragmentSpreadNode):
            return getattr(self._fragments.get(selection.name.value), "selection_set", None)
        return getattr(selection, "selection_set", None)

    def _expanded(self, selection_set: SelectionSetNode) -> Size:
        size = NOTHING
        for selection in selection_set.selections:
            inner = self._inner(selection)
            within = NOTHING if inner is None else self._sizes.get(id(inner), NOTHING)
            directives = _directives(selection)
            if isinstance(selection, FieldNode):
                within = self._field(selection, within)
            elif isinstance(selection, FragmentSpreadNode):
                directives += _directives(self._fragments.get(selection.name.value))
            size = size.beside(within)
            if directives:
                size = size.beside(Size(directives=directives))
        return size

    def _field(self, field: FieldNode, within: Size) -> Size:
        name = field.name.value
        alias = int(field.alias is not None)
        if name in INTROSPECTION:
            return Size(depth=1, width=1, aliases=alias, once=1).beside(within.as_introspection())
        aliases = min(within.aliases + alias, MAX_COUNT)
        once, each = min(1 + within.once, MAX_COUNT), within.each
        if name in self._names.work:
            once, each = 0, min(once + each * self._names.page(field, self._pages), MAX_COUNT)
        if name in self._names.dry_runs:
            once = min(once + DRY_RUN_COST, MAX_COUNT)
        schema = within.schema_depth, within.schema_fields
        return Size(1 + within.depth, 1, aliases, within.directives, once, each, *schema)


def _directives(node: Any) -> int:
    own = len(getattr(node, "directives", None) or ())
    variables = getattr(node, "variable_definitions", None) or ()
    return own + sum(len(variable.directives or ()) for variable in variables)
