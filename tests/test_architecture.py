"""What every file may import, and that a field is written once."""

import ast
import re
from pathlib import Path

import msgspec
import pytest

from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.naming import camel

APP = Path(__file__).parents[1] / "app"
FILES = sorted(APP.rglob("*.py"))

MAY_IMPORT = {
    "domain": {"domain"},
    "graphql": {"graphql", "domain"},
    "storage": {"storage", "domain"},
    "transfer": {"transfer", "storage", "domain"},
    "web": {"web", "graphql", "domain"},
}
"""Of app's own folders. What stands beside them puts the parts together, and may see all."""

OTHERS_TOO = {
    *("id", "account_id", "name", "request_id"),  # what access, keys and indexes are about
    "endpoint_type",  # the template and its endpointConfig have one each
    *("type", "description", "default", "enum", "required", "pattern"),  # JSON Schema's words
    *("minimum", "maximum", "min_length", "max_length"),
    *("command", "registry", "labels", "parameters", "revision"),
}
"""Names of fields that name other things as well."""

RULES = {"domain/validation/rules.py", "domain/launch/plan.py", "domain/launch/checks.py"}
"""The rules reason about fields, so they name them."""


def imports(file: Path) -> set[str]:
    """Every module that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_dependencies_point_inward(file: Path) -> None:
    folder = file.relative_to(APP).parts[0]
    ours = {module.split(".")[1] for module in imports(file) if module.startswith("app.")}

    assert ours <= MAY_IMPORT.get(folder, ours)


@pytest.mark.parametrize(
    ("library", "folder"),
    [("motor", "storage/driver.py"), ("strawberry", "graphql/"), ("jsonschema", "domain/")],
)
def test_a_library_stays_in_its_place(library: str, folder: str) -> None:
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
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                found.add(name)
    return found


NAMES = {str(file.relative_to(APP)): names(file) for file in FILES}


@pytest.mark.parametrize("field", sorted(entity_fields() - OTHERS_TOO))
def test_a_field_is_written_once(field: str) -> None:
    files = {file for file, names in NAMES.items() if {field, camel(field)} & names}

    assert len(files - RULES) == 1, files
