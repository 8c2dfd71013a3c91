"""The measured size of documents equals that with all fragments expanded."""

from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from app.graphql.limits.cost import MAX_COUNT, Size, measure
from app.graphql.limits.page_size import Names, page_sizes, page_variables

NAMES = Names(work=frozenset({"list", "plan"}), pages=frozenset({"list"}))
FRAGMENTS = 4
SIZES = {"a": 3, "b": 100}


@st.composite
def selections(draw: st.DrawFn, level: int, depth: int = 3) -> str:
    """Spreads fragments of higher numbers than its own only, so never itself."""
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        directives = "@x " * draw(st.integers(0, 2))
        kind = draw(st.sampled_from(["field", "inline", "spread", "leaf"]))
        if kind == "spread" and level < FRAGMENTS:
            parts.append(f"...F{draw(st.integers(level + 1, FRAGMENTS))} {directives}")
        elif kind == "inline" and depth:
            parts.append(f"... {directives}{draw(selections(level, depth - 1))}")
        else:
            alias = draw(st.sampled_from(["", "", "z: "]))
            name = draw(st.sampled_from(["leaf", "plan", "list", "list", "__schema"]))
            page = draw(st.sampled_from(["", "(first: 2)", "(last: $a)", "(first: $b)", "(n: 9)"]))
            inner = draw(selections(level, depth - 1)) if kind == "field" and depth else ""
            parts.append(f"{alias}{name}{page} {directives}{inner}")
    return "{ " + " ".join(parts) + " }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    operation = f"query($a: Int @x, $b: Int = 100) @x {draw(selections(0))}"
    fragments = [
        f"fragment F{number} on T @x {draw(selections(number))}"
        for number in range(1, FRAGMENTS + 1)
    ]
    return " ".join([operation, *fragments])


class Naive:
    """Expands every fragment wherever it is spread, and counts fields by the enclosing pages."""

    def __init__(self, text: str) -> None:
        document = parse(text)
        self.fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.depth = self.width = self.aliases = self.cost = 0
        self.schema_depth = self.schema_fields = 0
        self.directives = 1  # Of the variable.
        self.enter(document.definitions[0], depth=0, times=1, page=1, schema=None)

    def enter(self, node: Any, **where: Any) -> None:
        self.directives += len(node.directives or ())
        if node.selection_set is not None:
            for selection in node.selection_set.selections:
                self.visit(selection, **where)

    def visit(self, node: Any, *, depth: int, times: int, page: int, schema: int | None) -> None:
        """`times` is how often the node is answered but for `page`, the page nearest around it;
        `schema` is the depth below the nearest introspection, outside of which it is None."""
        where: dict[str, Any] = {"depth": depth, "times": times, "page": page, "schema": schema}
        if isinstance(node, FragmentSpreadNode):
            self.directives += len(node.directives or ())
            self.enter(self.fragments[node.name.value], **where)
        elif not isinstance(node, FieldNode):
            self.enter(node, **where)
        else:
            self.field(node, **where)

    def field(self, node: FieldNode, *, depth: int, times: int, page: int, schema: Any) -> None:
        name = node.name.value
        self.aliases += node.alias is not None
        self.width += depth == 0 and schema is None
        if name in NAMES.work:
            times, page = times * page, self.page(node) if name in NAMES.pages else 1
        if schema is None:
            self.cost += times
            self.depth = max(self.depth, depth + 1)
        else:
            self.schema_fields += times
            self.schema_depth = max(self.schema_depth, schema + 1)
            schema += 1
        if name == "__schema":
            times, page, schema = 1, 1, 0
        self.enter(node, depth=depth + 1, times=times, page=page, schema=schema)

    def page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value: Any = argument.value
                return SIZES[value.name.value] if hasattr(value, "name") else int(value.value)
        return 20


@pytest.mark.slow
@given(documents())
def test_every_fragment_counts_as_often_as_it_is_spread(text: str) -> None:
    document, naive = parse(text), Naive(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    pages = page_sizes(operation, page_variables(document, NAMES), {"a": 3})

    _, size = measure(document, NAMES, pages)[0]

    assert (size.depth, size.width, size.aliases, size.directives) == (
        naive.depth,
        naive.width,
        naive.aliases,
        naive.directives,
    )
    assert size.cost == naive.cost
    assert (size.schema_depth, size.schema_fields) == (naive.schema_depth, naive.schema_fields)


def sizes(text: str) -> list[Size]:
    return [size for _, size in measure(parse(text), NAMES, {})]


@pytest.mark.slow
def test_a_long_chain_of_fragments_is_measured_without_recursion() -> None:
    chain = [f"fragment F{number} on T {{ x {{ ...F{number + 1} }} }}" for number in range(10_000)]

    size, *_ = sizes(f"{{ ...F0 }} {' '.join(chain)} fragment F10000 on T {{ x }}")

    assert (size.depth, size.cost) == (10_001, 10_001)


def test_counts_are_capped() -> None:
    bomb = [f"fragment F{n} on T {{ z: list {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(500)]

    size, *_ = sizes(f"{{ ...F0 }} {' '.join(bomb)} fragment F500 on T {{ x }}")

    assert (size.aliases, size.each) == (MAX_COUNT, MAX_COUNT)


def test_measuring_a_recursive_fragment_terminates() -> None:
    size, *_ = sizes("{ ...A } fragment A on T { x { ...B } } fragment B on T { y { ...A } }")

    assert size.depth == 2
