"""Imports between the parts of the app, and fields that are defined once."""

import ast
import re
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import msgspec
import pytest

from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.naming import camel

APP = Path(__file__).parents[1] / "app"
FILES = sorted(APP.rglob("*.py"))

MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "graphql": {"domain"},
    "rest": {"domain"},
    "storage": {"domain"},
    "transfer": {"domain", "storage"},
    "launch": {"domain"},
    "web": {"domain", "graphql", "rest"},
    "environment": set(),
    "settings": {"environment", "graphql"},  # graphql has the numbers of its limits.
    "demo": {"domain", "settings", "storage", "transfer"},
    "opened_database": {"settings", "storage"},
    "main": {
        *("demo", "domain", "graphql", "opened_database", "rest", "settings", "storage"),
        *("transfer", "web"),
    },
    "server": {
        *("demo", "domain", "main", "opened_database", "settings", "storage", "transfer", "web"),
    },
    "cli": {
        *("demo", "domain", "graphql", "launch", "main", "opened_database", "server", "settings"),
        *("storage", "transfer"),
    },
    "__main__": {"cli"},
    "__init__": set(),
}
"""The other parts that each folder of app, and each module at its root, may import. There are no
cycles, so the parts can be read one after the other."""

MAY_SHARE_A_NAME = {"__init__", "__main__", "errors", "types"}
"""File names that have the same meaning in every folder."""

OTHERS_TOO = {
    *("id", "account_id", "name", "request_id"),  # what access, keys and indexes are about
    "endpoint_type",  # the template and its endpointConfig have one each
    *("type", "description", "default", "enum", "required", "pattern"),  # JSON Schema's words
    *("minimum", "maximum", "min_length", "max_length"),
    *("command", "registry", "labels", "parameters", "revision"),
    "tag",  # of a value in YAML
    *("digest", "routes", "title"),  # of a request or key; of the web server; of a page
}
"""Names of fields that name other things as well."""

RULES = {
    "domain/validation/rules.py",
    "domain/validation/launch_rules.py",
    "domain/validation/multiple_nodes.py",
    *(str(file.relative_to(APP)) for file in (APP / "domain" / "launch").iterdir()),
    *("launch/decision.py", "launch/job_bundle.py"),
}
"""The rules reason about fields, so they name them. Launch has the same names."""


@cache
def tree(file: Path) -> ast.AST:
    return ast.parse(file.read_text())


@cache
def imports(file: Path) -> set[str]:
    """Every module that a file imports."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part(file: Path) -> str:
    """The folder of app that a file is in, or its own name at the root."""
    return file.relative_to(APP).parts[0].removesuffix(".py")


def parts_imported(file: Path) -> set[str]:
    """The parts that a file imports. `from app import x` may be a part or a name of the root."""
    ours = {module.split(".")[1] for module in imports(file) if module.startswith("app.")}
    return ours & MAY_IMPORT.keys() - {part(file)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_dependencies_point_inward(file: Path) -> None:
    assert parts_imported(file) <= MAY_IMPORT[part(file)]


def test_there_are_no_import_cycles() -> None:
    graph: dict[str, set[str]] = {}
    for file in FILES:
        graph.setdefault(part(file), set()).update(parts_imported(file))

    assert graph.keys() == MAY_IMPORT.keys()
    assert [*TopologicalSorter(graph).static_order()]  # Raises CycleError.
    assert [*TopologicalSorter(MAY_IMPORT).static_order()]


def test_the_root_has_only_the_modules_that_wire_the_packages() -> None:
    root = {file.stem for file in APP.glob("*.py")}

    assert {"__init__", "__main__", "main", "settings"} <= root
    assert len(root) <= 6


def test_file_names_are_unique() -> None:
    names = Counter(file.stem for file in FILES)

    assert {name for name, count in names.items() if count > 1} <= MAY_SHARE_A_NAME


@pytest.mark.parametrize(
    ("library", "folder"),
    [("motor", "storage/driver.py"), ("strawberry", "graphql/"), ("jsonschema", "domain/")],
)
def test_a_library_is_imported_only_in_its_package(library: str, folder: str) -> None:
    users = {
        str(file.relative_to(APP))
        for file in FILES
        if any(re.match(rf"{library}\b", module) for module in imports(file))
    }

    assert users - {"web/pages/playground.py"} == {
        user for user in users if user.startswith(folder)
    }
    assert users


def entity_fields() -> set[str]:
    """Every field of the entity and of what is nested in it."""
    found = set()
    for cls in (ModelTemplate, CreateModelTemplate):
        (_, definitions) = msgspec.json.schema_components([cls])
        for definition in definitions.values():
            found |= definition.get("properties", {}).keys()
    return found


def names(file: Path) -> set[str]:
    """Every name that a file's code uses: variables, attributes, arguments, texts of one word."""
    found = set()
    for node in ast.walk(tree(file)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                found.add(name)
    return found


@cache
def names_of_files() -> dict[str, set[str]]:
    return {str(file.relative_to(APP)): names(file) for file in FILES}


@pytest.mark.parametrize("field", sorted(entity_fields() - OTHERS_TOO))
def test_a_field_is_defined_once(field: str) -> None:
    files = {file for file, names in names_of_files().items() if {field, camel(field)} & names}

    assert len(files - RULES) == 1, files
