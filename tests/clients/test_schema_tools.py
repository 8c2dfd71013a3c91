"""Tools print the schema and compare it: from schema.graphql, and from what the server answers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import build_client_schema, build_schema, lexicographic_sort_schema, print_schema

from tests.clients.project import ROOT, run
from tests.web.conftest import Listening

SCHEMA = (ROOT / "schema.graphql").read_text()
CHANGE = re.compile(r"^\[log\] +[✖⚠✔] +(.*)$", re.M)
SPECIFIED = re.findall(r"^scalar (\w+) @specifiedBy", SCHEMA, re.M)
OBJECT_DEFAULT = (ROOT / "tests/reports/cases/04-object-default.graphql").read_text()


def normal(sdl: str) -> str:
    """SDL in the form that graphql-core prints it in, whatever the order. Without @specifiedBy,
    for which tools of graphql-js 15 ask by another name."""
    sorted_sdl = print_schema(lexicographic_sort_schema(build_schema(sdl)))
    return re.sub(r" @specifiedBy\(.*?\)", "", sorted_sdl)


def test_graphql_js_15_to_17_print_the_schema(node: Path, server: Listening) -> None:
    printed = run(node, "node", "print-schema.mjs", "schema.graphql", server.url, server.ann)

    results: dict[str, Any] = json.loads(printed)
    assert results.keys() == {"15", "16", "17"}
    for result in results.values():
        assert normal(result["file"]) == normal(result["server"]) == normal(SCHEMA)
        assert result["again"] == result["server"]
        assert (result["breaking"], result["dangerous"]) == ([], [])


def test_the_case_is_what_they_cannot_print(node: Path, server: Listening) -> None:
    (node / "case.graphql").write_text(OBJECT_DEFAULT)

    with pytest.raises(AssertionError, match=r"Cannot convert value to AST: \{\}"):
        run(node, "node", "print-schema.mjs", "case.graphql", server.url, server.ann)


@pytest.mark.parametrize("source", ["file", "server"])
def test_graphql_codegen_writes_introspection_and_sdl(
    node: Path, server: Listening, source: str
) -> None:
    asked = {server.url: {"headers": {"x-api-key": server.ann}}}
    config = {
        "schema": ["schema.graphql" if source == "file" else asked],
        "generates": {
            f"{source}/schema.json": {
                "plugins": ["introspection"],
                "config": {"minify": True, "specifiedByUrl": True},
            },
            f"{source}/schema.graphql": {"plugins": ["schema-ast"]},
        },
    }
    (node / "tools.json").write_text(json.dumps(config))

    run(node, "npx", "graphql-codegen", "--config", "tools.json")

    introspection = json.loads((node / source / "schema.json").read_text())
    assert normal(print_schema(build_client_schema(introspection))) == normal(SCHEMA)
    assert normal((node / source / "schema.graphql").read_text()) == normal(SCHEMA)


def test_graphql_inspector_writes_and_compares_the_schema(node: Path, server: Listening) -> None:
    asked = [server.url, "--header", f"x-api-key: {server.ann}"]
    without = build_schema(SCHEMA)
    del without.type_map["Viewer"].fields["identityType"]  # type: ignore[attr-defined]
    (node / "less.graphql").write_text(print_schema(without))

    run(node, "npx", "graphql-inspector", "introspect", *asked, "--write", "asked.graphql")
    run(node, "npx", "graphql-inspector", "introspect", "schema.graphql", "--write", "known.json")
    same = run(node, "npx", "graphql-inspector", "diff", "schema.graphql", *asked)

    assert normal((node / "asked.graphql").read_text()) == normal(SCHEMA)
    known = build_client_schema(json.loads((node / "known.json").read_text()))
    assert known.type_map.keys() == build_schema(SCHEMA).type_map.keys()
    # It asks for no specifiedBy, by any name.
    known_changes = {f"Directive specifiedBy was removed from scalar {n}" for n in SPECIFIED}
    assert {*CHANGE.findall(same)} == known_changes
    with pytest.raises(AssertionError, match="identityType was removed"):
        run(node, "npx", "graphql-inspector", "diff", "schema.graphql", "less.graphql")
