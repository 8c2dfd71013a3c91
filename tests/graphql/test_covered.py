"""Ordinary operations are answered by plans, without graphql-core's executor."""

import pytest

from app.domain.counters import counts
from tests.builders import a_wire_template, an_input
from tests.conftest import Caller

STORED = """{
  __typename id key: name labels createdAt archivedAt
  vendorConfiguration { bundleConfig { image tag imageReference } endpointConfig { gpuType } }
  modelCreationParametersSchema { parameters { name type default } jsonSchema }
}"""
QUERIES = [
    f"query($id: ID!) {{ modelTemplate(id: $id) {STORED} }}",
    "query($id: ID!) { node(id: $id) { id ... on ModelTemplate { name } } }",
    f"query($id: ID!) {{ a: modelTemplate(id: $id) {STORED} b: modelTemplate(id: $id) {{ id }} }}",
    f"{{ modelTemplates(first: 5) {{ totalCount nodes {STORED} pageInfo {{ hasNextPage }} }} }}",
    f"{{ modelTemplates {{ edges {{ cursor node {STORED} }} pageInfo {{ endCursor }} }} }}",
    "query($all: Boolean = true) { modelTemplates { nodes { id name @include(if: $all) } } }",
    "{ viewer { identityId accounts { accountId canWrite } } __typename }",
    "{ modelTemplateFacets { fields { field values { value count } } labels { isComplete } } }",
]


def by_plan() -> tuple[float, float]:
    found = counts()
    return found.get(("cache_lookups", "plans", "hit"), 0), found.get(
        ("cache_lookups", "plans", "miss"), 0
    )


@pytest.mark.parametrize("query", QUERIES)
async def test_queries_have_plans(writer: Caller, query: str) -> None:
    made = await writer.create(an_input(a_wire_template()))
    variables = {"id": made["modelTemplate"]["id"]} if "$id" in query else {}
    hits, misses = by_plan()

    await writer.ask(query, **variables)

    assert by_plan() == (hits + 1, misses)


async def test_mutations_have_plans(writer: Caller) -> None:
    hits, misses = by_plan()

    made = await writer.create(an_input(a_wire_template()), STORED)
    for mutation, change in (("update", {"description": "new"}), ("delete", {})):
        kind = f"{mutation.title()}ModelTemplateInput"
        query = f"""mutation($input: {kind}!) {{
            {mutation}ModelTemplate(input: $input) {{ errors {{ code }} }} }}"""
        await writer.ask(query, input={"id": made["modelTemplate"]["id"], **change})

    assert by_plan() == (hits + 3, misses)
