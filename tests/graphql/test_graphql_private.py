"""graphql-core, Strawberry and Motor still have the private names that the server depends on."""

import inspect
import tomllib
from importlib.metadata import version
from types import CodeType

import pytest
from graphql.type import GraphQLEnumType
from motor.frameworks import asyncio as motor_framework
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from app.graphql.schema import schema
from app.graphql.unknown_enum_values import Execution
from tests.program import ROOT

OURS = [cls for cls in Execution.__mro__ if cls.__module__.startswith("app.")]
THEIRS = [cls for cls in Execution.__mro__ if cls not in OURS and cls is not object]
OVERRIDDEN = sorted(
    {
        name
        for cls in OURS
        for name, method in vars(cls).items()
        if inspect.isfunction(method) and any(hasattr(base, name) for base in THEIRS)
    }
    - {"__init__"}
)


def names_used(code: CodeType) -> set[str]:
    """The names that code uses, with those of the functions in it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return {*code.co_names}.union(*map(names_used, inner))


def users(name: str, *classes: type) -> set[str]:
    """The methods of the classes that use a name, other than the method of that name."""
    return {
        method.__name__
        for cls in classes
        for method in vars(cls).values()
        if inspect.isfunction(method) and name in names_used(method.__code__)
    } - {name}


def test_these_methods_are_overridden() -> None:
    """A method that a new release renames is missing here."""
    assert OVERRIDDEN == [
        "collect_and_execute_subfields",
        "complete_leaf_value",
        "complete_list_value",
        "handle_field_error",
    ]


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_an_overridden_method_takes_as_much_and_is_called(name: str) -> None:
    own, theirs = (
        len({*inspect.signature(getattr(cls, name)).parameters} - {"self"})
        for cls in (Execution, THEIRS[0])
    )

    assert own == theirs
    assert users(name, *THEIRS)


@pytest.mark.parametrize(
    "name", ["build", "collect_subfields", "complete_iterable_value", "execute_fields"]
)
def test_a_method_that_is_called_exists(name: str) -> None:
    assert callable(getattr(THEIRS[0], name))


def test_private_attributes_exist() -> None:
    assert "coerce_output_value" in vars(GraphQLEnumType) | vars(CustomGraphQLEnumType)
    assert schema._schema.type_map
    assert "_EXECUTOR" in names_used(motor_framework.run_on_executor.__code__)


@pytest.mark.parametrize(
    ("package", "is_patch_needed"),
    [("graphql-core", True), ("strawberry-graphql", False), ("motor", False)],
)
def test_the_next_minor_release_is_excluded(package: str, is_patch_needed: bool) -> None:
    """Raise the bound once these tests pass with the next release."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (bound,) = (line for line in project["dependencies"] if line.startswith(package))
    major, minor, patch = version(package).split(".")[:3]
    least = f"{major}.{minor}.{patch}" if is_patch_needed else f"{major}.{minor}"

    assert bound == f"{package}>={least},<{major}.{int(minor) + 1}"
