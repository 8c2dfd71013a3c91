"""Ids and accounts without access, for every operation that takes one."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from app.graphql.schema import schema
from tests.builders import NAMED, a_wire_template, an_input
from tests.web.conftest import Listening
from tests.web.hostile.rejection import CREATE

FOREIGN = {
    "modelTemplate": ("query($id: ID!) { modelTemplate(id: $id) { id } }", {"modelTemplate": None}),
    "node": ("query($id: ID!) { node(id: $id) { id } }", {"node": None}),
    "revisions": (
        "query($id: ID!) { modelTemplate(id: $id) { revisions { totalCount } } }",
        {"modelTemplate": None},
    ),
    "modelTemplates": (
        'query { modelTemplates(filter: {accountId: "a1"}) { totalCount nodes { id } } }',
        {"modelTemplates": {"totalCount": 0, "nodes": []}},
    ),
    "modelTemplateFacets": (
        'query { modelTemplateFacets(filter: {accountId: "a1"}) { labels { values { name } } } }',
        {"modelTemplateFacets": {"labels": {"values": []}}},
    ),
    "updateModelTemplate": (
        'mutation($id: ID!) { updateModelTemplate(input: {id: $id, name: "x"}) '
        "{ modelTemplate { id } errors { code } } }",
        {"updateModelTemplate": {"modelTemplate": None, "errors": [{"code": "NOT_FOUND"}]}},
    ),
    "deleteModelTemplate": (
        "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) "
        "{ deletedId errors { code } } }",
        {"deleteModelTemplate": {"deletedId": None, "errors": [{"code": "NOT_FOUND"}]}},
    ),
}


@pytest.mark.parametrize("operation", FOREIGN)
def test_an_id_of_another_account_is_treated_as_unknown(server: Listening, operation: str) -> None:
    query, expected = FOREIGN[operation]
    wire = a_wire_template(name=operation, labels={"team": "search"})
    made = server.post({"query": CREATE, "variables": {"input": an_input(wire)}}).json()["data"][
        "createModelTemplate"
    ]["modelTemplate"]

    for id in (
        made["id"],
        f"{made['id']}:1",
        "01a20a4b-d737-7591-a374-e9672ece7c9d",
        "$ne",
        "",
        "\0",
    ):
        asked = {"query": query, "variables": {"id": id}}
        assert server.post(asked, server.bob).json() == {"data": expected}
    found = {"query": FOREIGN["modelTemplate"][0], "variables": {"id": made["id"]}}
    assert server.post(found).json()["data"]["modelTemplate"] == {"id": made["id"]}


WRITTEN = {
    "createModelTemplate": CREATE,
    "validateModelTemplate": "query($input: CreateModelTemplateInput!) "
    "{ validateModelTemplate(input: $input) { valid } }",
}


@pytest.mark.parametrize("operation", WRITTEN)
@pytest.mark.parametrize("account", ["a1", "nowhere", "", "$ne", "\0"])
def test_an_inaccessible_account_is_treated_like_an_unknown_one(
    server: Listening, operation: str, account: str
) -> None:
    given = an_input(a_wire_template(account_id=account))

    (error,) = server.post(
        {"query": WRITTEN[operation], "variables": {"input": given}}, server.bob
    ).json()["errors"]

    assert error["extensions"] == {"code": "FORBIDDEN", **NAMED}
    assert error["message"] == "The API key does not permit this on that account."


def takes_an_id(type_: Any) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return any(takes_an_id(field.type) for field in named.fields.values())
    return bool(named.name == "ID")


def test_every_operation_with_an_id_is_covered() -> None:
    roots = (schema._schema.query_type, schema._schema.mutation_type)
    found = {
        name
        for root in roots
        if root is not None
        for name, field in root.fields.items()
        if any(takes_an_id(argument.type) for argument in field.args.values())
    }

    assert found <= FOREIGN.keys() | WRITTEN.keys()
