"""How large an operation is once its fragments are laid in. What is too large is said in limits.

Every selection set is measured once, however often it is spread, and without recursion: the time
is linear in the document, whatever the document.
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

ENOUGH = 1_000_000_000
"""Counts go no further: a bomb's true size has hundreds of digits."""

DRY_RUN_COST = 50
"""Fields that the trial of a mutation costs: so many mutations as one operation may have."""

INTROSPECTION = ("__schema", "__type")


class Size(Struct, frozen=True):
    """Of a selection set with its fragments laid in. Introspection is measured apart: it reads no
    templates, and the query that every tool sends is deep and wide."""

    depth: int = 0
    width: int = 0
    """Fields of the set itself."""
    aliases: int = 0
    directives: int = 0
    once: int = 0
    """Fields that cost the same on a page of one and on a page of a hundred."""
    each: int = 0
    """Fields that cost anew for each entry of the page around them."""
    schema_depth: int = 0
    schema_fields: int = 0

    @property
    def cost(self) -> int:
        """Fields, each as often as it costs."""
        return self.once + self.each

    def beside(self, other: "Size") -> "Size":
        """Both, in one set."""
        return Size(
            max(self.depth, other.depth),
            min(self.width + other.width, ENOUGH),
            min(self.aliases + other.aliases, ENOUGH),
            min(self.directives + other.directives, ENOUGH),
            min(self.once + other.once, ENOUGH),
            min(self.each + other.each, ENOUGH),
            max(self.schema_depth, other.schema_depth),
            min(self.schema_fields + other.schema_fields, ENOUGH),
        )

    def of_schema(self) -> "Size":
        """The same set, known to be about the schema."""
        depth = max(self.depth, self.schema_depth)
        fields = min(self.cost + self.schema_fields, ENOUGH)
        return Size(0, 0, self.aliases, self.directives, 0, 0, depth, fields)


NOTHING = Size()


def measure(
    document: DocumentNode, names: Names, pages: Pages
) -> list[tuple[OperationDefinitionNode | FragmentDefinitionNode, Size]]:
    """Every operation and fragment with its size. A page of a variable that `pages` lacks counts
    as one entry, the least that it can be."""
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
        """By the identity of the selection set."""

    def of(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        self._measure(definition.selection_set)
        size = self._sizes[id(definition.selection_set)]
        condition = getattr(definition, "type_condition", None)
        if condition is not None and condition.name.value.startswith("__"):
            size = size.of_schema()
        return size.beside(Size(directives=_directives(definition)))

    def _measure(self, root: SelectionSetNode) -> None:
        """Inner sets first. A fragment that is inside itself counts as empty there; that such a
        document is refused is a matter of validation."""
        entered: set[int] = set()
        stack = [root]
        while stack:
            selection_set = stack[-1]
            key = id(selection_set)
            if key in self._sizes or key in entered:
                stack.pop()
                if key not in self._sizes:
                    self._sizes[key] = self._laid_out(selection_set)
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

    def _laid_out(self, selection_set: SelectionSetNode) -> Size:
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
            return Size(depth=1, width=1, aliases=alias, once=1).beside(within.of_schema())
        aliases = min(within.aliases + alias, ENOUGH)
        once, each = min(1 + within.once, ENOUGH), within.each
        if name in self._names.work:
            once, each = 0, min(once + each * self._names.page(field, self._pages), ENOUGH)
        if name in self._names.trials:
            once = min(once + DRY_RUN_COST, ENOUGH)
        schema = within.schema_depth, within.schema_fields
        return Size(1 + within.depth, 1, aliases, within.directives, once, each, *schema)


def _directives(node: Any) -> int:
    own = len(getattr(node, "directives", None) or ())
    variables = getattr(node, "variable_definitions", None) or ()
    return own + sum(len(variable.directives or ()) for variable in variables)
