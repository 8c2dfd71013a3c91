"""Code generators accept the schema, and clients can use the server's responses."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXTransport
from graphql import build_schema, parse, print_ast, separate_operations, validate

from tests.clients.expected import check
from tests.clients.project import ROOT, run
from tests.web.conftest import Listening

HERE = ROOT / "tests/clients"
SCHEMA = ROOT / "schema.graphql"
OPERATIONS = HERE / "operations/templates.graphql"

INPUT = {
    "accountId": "a1",
    "name": "embedder",
    "endpointType": "ASYNC",
    "modelType": "EMBEDDING",
    "labels": {"team": "search"},
    "vendorConfiguration": {
        "bundleConfig": {
            "registry": "docker.io",
            "image": "acme/embedder",
            "tag": "1.0.0",
            "command": ["python", "-m", "serve"],
            "env": {"RUST_LOG": "info"},
        },
        "endpointConfig": {"gpus": 1, "gpuType": "NVIDIA_AMPERE_A10"},
    },
    "modelCreationParametersSchema": {
        "parameters": [
            {"name": "MODEL_PATH", "type": "STR", "description": "Weights.", "required": True}
        ]
    },
}


@pytest.mark.parametrize("client", ["urql", "apollo"])
def test_a_client_typed_by_graphql_codegen_works(
    client: str, typed: Path, server: Listening
) -> None:
    check(json.loads(run(typed, "node", f"built/{client}.js", server.url, server.ann)))


def test_graphql_codegen_gets_the_same_schema_from_the_server(
    typed: Path, server: Listening
) -> None:
    config = json.loads((typed / "codegen.json").read_text())
    config["schema"] = [{server.url: {"headers": {"x-api-key": server.ann}}}]
    config["generates"] = {"asked/": config["generates"]["generated/"]}
    (typed / "asked.json").write_text(json.dumps(config))

    run(typed, "npx", "graphql-codegen", "--config", "asked.json")

    made = {file.name: file.read_text() for file in (typed / "asked").iterdir()}
    assert made == {file.name: file.read_text() for file in (typed / "generated").iterdir()}
    assert "graphql.ts" in made


def test_relay_compiler_takes_connections_and_refetches_by_id(node: Path) -> None:
    run(node, "npx", "relay-compiler", "relay.config.json")
    run(node, "npx", "tsc", "--project", "relay")

    made = node / "relay/__generated__"
    entry = (made / "templatesEntry.graphql.ts").read_text()
    assert "readonly labels: Record<string, string>;" in entry
    assert "node(id: $id)" in (made / "templatesEntryQuery.graphql.ts").read_text()


def test_a_client_of_ariadne_codegen_works(tmp_path: Path, server: Listening) -> None:
    run(tmp_path, sys.executable, "-m", "venv", "--without-pip", "venv")
    lock = str(HERE / "ariadne/requirements.lock")
    pip = [sys.executable, "-m", "pip", "--python", "venv/bin/python"]
    run(tmp_path, *pip, "install", "--require-hashes", "-r", lock, seconds=180)
    for name in ("ariadne/pyproject.toml", "ariadne/scenario.py", "operations/templates.graphql"):
        (tmp_path / Path(name).name).write_text((HERE / name).read_text())
    (tmp_path / "schema.graphql").write_text(SCHEMA.read_text())

    run(tmp_path, "venv/bin/ariadne-codegen")
    run(tmp_path, "venv/bin/mypy", "--strict", "scenario.py", "templates_client")
    printed = run(tmp_path, "venv/bin/python", "scenario.py", server.url, server.ann)

    check(json.loads(printed))


def test_gql_works_and_checks_operations_against_the_server(server: Listening) -> None:
    documents = separate_operations(parse(OPERATIONS.read_text()))
    operations = {name: print_ast(document) for name, document in documents.items()}
    transport = HTTPXTransport(server.url, headers={"x-api-key": server.ann})
    answers: dict[str, Any] = {}
    # It asks the server for its schema first, and holds every operation against that.
    with Client(transport=transport, fetch_schema_from_transport=True) as session:

        def ask(operation: str, /, **variables: object) -> Any:
            request = GraphQLRequest(operations[operation], variable_values=variables)
            (answer,) = session.execute(request).values()
            return answer

        answers["created"] = ask("CreateTemplate", input=INPUT)
        template = answers["created"]["modelTemplate"]
        change = {
            "id": template["id"],
            "expectedRevision": template["revision"],
            "labels": {"team": "ranking"},
        }
        answers["listed"] = ask("ListTemplates", first=1, filter={"labels": {"team": "search"}})
        answers["planned"] = ask(
            "PlanLaunch",
            id=template["id"],
            name="search-embedder",
            parameters={"MODEL_PATH": "s3://models/embedder"},
            labels={"team": "search", "product": "semantic-search"},
        )
        answers["changed"] = ask("UpdateTemplate", input=change)
        answers["stale"] = ask("UpdateTemplate", input=change)

    check(answers)


@pytest.mark.parametrize(
    "file", sorted([*HERE.glob("operations/*.graphql"), *ROOT.glob("examples/**/*.graphql")])
)
def test_a_document_is_valid(file: Path) -> None:
    assert validate(build_schema(SCHEMA.read_text()), parse(file.read_text())) == []
