"""schema explain: how the server executes an operation."""

from pathlib import Path

import pytest

from tests.program import run

LIST = "query Names { modelTemplates { nodes { name vendorConfiguration { vendor } } } }\n"
NODE = '{ n: node(id: "x") { __typename id ... on ModelTemplateRevision { templateId } } }\n'
FALLBACK = """mutation Made($input: CreateModelTemplateInput!) {
  createModelTemplate(input: $input) { modelTemplate { warnings { message } } }
}
query Types { __schema { types { name } } }
"""


def explained(environment: dict[str, str], document: str) -> str:
    result = run(environment, "schema", "explain", "-", given=document)
    assert (result.returncode, result.stderr) == (0, "")
    return str(result.stdout)


def test_the_plan_of_a_list(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "names.graphql"
    file.write_text(LIST)

    from_file = run(environment, "schema", "explain", str(file)).stdout

    assert from_file == explained(environment, LIST)
    title, field, *functions = from_file.split("\n\n")
    assert title == "# query Names"
    asked, reads = field.splitlines()
    assert asked == "# modelTemplates"
    assert {"name", "vendor_configuration.vendor", "id", "account_id", "revision"} <= {
        *reads.removeprefix("# reads ").split(", ")
    }
    assert "description" not in reads
    assert functions == [
        "def LaunchVendorConfiguration(it):\n    return {\n"
        "        'vendor': ModelVendor_names[it.vendor._value_],\n    }",
        "def ModelTemplate(it):\n    return {\n        'name': it.name,\n"
        "        'vendorConfiguration': LaunchVendorConfiguration(it.vendor_configuration),\n    }",
        "async def ModelTemplateConnection(it):\n    return {\n"
        "        'nodes': await each(ModelTemplate, nodes(it)),\n    }\n",
    ]


def test_the_plan_of_a_node_has_a_function_for_each_type(environment: dict[str, str]) -> None:
    assert explained(environment, NODE) == (
        "# query without a name\n\n# node, as n\n\n"
        "def ModelTemplate(it):\n    return {\n"
        "        '__typename': 'ModelTemplate',\n        'id': it.id,\n    }\n\n"
        "def ModelTemplateRevision(it):\n    return {\n"
        "        '__typename': 'ModelTemplateRevision',\n        'id': it.id,\n"
        "        'templateId': it.template_id,\n    }\n"
    )


def test_what_graphql_core_executes_has_a_reason(environment: dict[str, str]) -> None:
    assert explained(environment, FALLBACK) == (
        "# mutation Made\n\n"
        "# Executed by graphql-core: ModelTemplate.warnings depends on the request."
        "\n\n\n# query Types\n\n# Executed by graphql-core: introspection.\n"
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{\n  nothing }", "line 2: Cannot query field 'nothing' on type 'Query'."),
        ("{ viewer {", "line 1: Syntax Error: Expected Name, found <EOF>."),
        ("", "Syntax Error: Unexpected <EOF>."),
    ],
)
def test_an_invalid_document_is_an_error(
    environment: dict[str, str], document: str, said: str
) -> None:
    result = run(environment, "schema", "explain", "-", given=document)

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_file_of_bytes_is_an_error(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bytes.graphql").write_bytes(b"\xff")

    result = run(environment, "schema", "explain", str(tmp_path / "bytes.graphql"))

    assert (result.returncode, result.stdout) == (2, "")
    assert "bytes.graphql: 'utf-8' codec can't decode" in result.stderr
