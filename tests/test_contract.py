"""The catalog's operations are valid for the schema."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

ROOT = Path(__file__).parents[1]
OPERATIONS = sorted((ROOT / "frontend" / "src" / "api" / "operations").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())


def test_there_are_operations() -> None:
    assert OPERATIONS


@pytest.mark.parametrize("file", OPERATIONS, ids=lambda file: file.stem)
def test_an_operation_is_valid(file: Path, schema: GraphQLSchema) -> None:
    # `...XFields` stands for all fields of X that take no arguments; the build expands it.
    text = re.sub(r"\.\.\.(\w+)Fields\b", r"... on \1 { __typename }", file.read_text())

    assert validate(schema, parse(text)) == []
