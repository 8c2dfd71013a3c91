"""The schema as clients see it, and the messages of its errors."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    InputValueDefinitionNode,
    Visitor,
    build_client_schema,
    get_introspection_query,
    parse,
    print_ast,
    print_schema,
    visit,
)

from app.graphql.schema import sdl
from tests.builders import a_wire_template, an_input
from tests.conftest import Caller


def test_the_schema_file_is_current() -> None:
    """After an intended change, run `python -m app schema print > schema.graphql`."""
    file = Path(__file__).parents[2] / "schema.graphql"

    assert file.read_text() == sdl()


class _Defaults(Visitor):
    """The inputs and arguments whose default has an object in it, by name and type."""

    def __init__(self) -> None:
        super().__init__()
        self.objects = list[str]()
        self.seen = 0

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: Any) -> None:
        self.seen += node.default_value is not None
        if node.default_value is not None and "{" in print_ast(node.default_value):
            self.objects.append(print_ast(node))


async def test_no_default_is_an_object(ann: Caller) -> None:
    """graphql-js 15 and 16, and all that is made with them, cannot print objects as defaults of
    custom scalars."""
    asked = build_client_schema(await ann.ask(get_introspection_query()))

    for text in (sdl(), print_schema(asked)):
        found = _Defaults()
        visit(parse(text), found)
        assert found.objects == []
        assert found.seen > 20


FILLED_IN: list[tuple[tuple[str, ...], Any]] = [
    (("labels",), {}),
    (("vendorConfiguration", "bundleConfig", "env"), {}),
    (("vendorConfiguration", "endpointConfig"), {"cpus": 3, "memory": "8Gi"}),
    (("vendorConfiguration", "fineTuningJobBundleConfig", "env"), {}),
    (("vendorConfiguration", "fineTuningJobBundleConfig", "resources"), {"cpus": 3}),
]
"""Fields of an input whose default is an object, and what they are filled in with."""

ALL_OF_THEM = """{ labels vendorConfiguration { bundleConfig { env }
  endpointConfig { cpus memory } fineTuningJobBundleConfig { env resources { cpus } } } }"""


@pytest.mark.parametrize("given", ["absent", "null"])
@pytest.mark.parametrize(("path", "expected"), FILLED_IN)
async def test_a_field_without_an_object_is_filled_in(
    ann: Caller, path: tuple[str, ...], expected: Any, given: str
) -> None:
    parent = template = an_input(a_wire_template())
    parent["labels"] = {"team": "ml"}
    parent["vendorConfiguration"]["fineTuningJobBundleConfig"] = {
        "registry": "docker.io", "image": "acme/ft", "tag": "1",
        "env": {"A": "1"}, "resources": {"cpus": 1},
    }  # fmt: skip
    for name in path[:-1]:
        parent = parent[name]
    if given == "null":
        parent[path[-1]] = None
    else:
        parent.pop(path[-1], None)

    payload = await ann.create(template, ALL_OF_THEM)

    value = payload["modelTemplate"]
    for name in path:
        value = value[name]
    assert payload["errors"] == []
    assert value == expected


@pytest.mark.parametrize(
    "query",
    [
        "{ modelTemplates { totalCount } }",
        "{ modelTemplates(filter: null, orderBy: null) { totalCount } }",
        "{ modelTemplates(filter: {}, orderBy: {}) { totalCount } }",
        "query($f: ModelTemplateFilter) { modelTemplates(filter: $f) { totalCount } }",
    ],
)
async def test_an_absent_filter_is_the_default_one(ann: Caller, query: str) -> None:
    created = (await ann.create(an_input(a_wire_template(name="kept"))))["modelTemplate"]
    archived = (await ann.create(an_input(a_wire_template(name="old"))))["modelTemplate"]
    update = "mutation($input: UpdateModelTemplateInput!) { updateModelTemplate(input: $input) "
    await ann.ask(update + "{ errors { path } } }", input={"id": archived["id"], "archived": True})

    assert created["id"] != archived["id"]
    assert await ann.ask(query) == {"modelTemplates": {"totalCount": 1}}


CREATE = "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) "
CREATE += "{ errors { path } } }"
INPUT = an_input(a_wire_template())

# A near miss for every message in which graphql-core would name what was meant.
NEAR_MISSES: list[tuple[str, Any, str]] = [
    ("{ viewr { identityId } }", {}, "Cannot query field 'viewr' on type 'Query'."),
    ("{ node(id: 1) { revision } }", {}, "Cannot query field 'revision' on type 'Node'."),
    ("{ node(di: 1) { id } }", {}, "Unknown argument 'di' on field 'Query.node'."),
    (
        "{ viewer @skip(fi: true) { identityId } }",
        {},
        "Unknown argument 'fi' on directive '@skip'.",
    ),
    ("query($a: IDD) { node(id: $a) { id } }", {}, "Unknown type 'IDD'."),
    ("{ ... on Quer { viewer { identityId } } }", {}, "Unknown type 'Quer'."),
    ("{ viewer }", {}, "must have a selection of subfields."),
    ("{ node(id: .5) { id } }", {}, "expected digit before '.'."),
    ("{ node(id: 1) { .. on Node { id } } }", {}, "Unexpected '..'."),
    ("{ node(id: 'a') { id } }", {}, "Unexpected single quote character (')."),
    (
        "{ modelTemplates(orderBy: {feild: NAME}) { totalCount } }",
        {},
        "Expected value of type 'ModelTemplateOrder' not to include unknown field 'feild'",
    ),
    (
        "{ modelTemplates(orderBy: {field: NAM}) { totalCount } }",
        {},
        "Value 'NAM' does not exist in 'ModelTemplateOrderField' enum.",
    ),
    (
        '{ modelTemplates(orderBy: {field: "NAME"}) { totalCount } }',
        {},
        'cannot represent non-enum value: "NAME".',
    ),
    (CREATE, {"input": {**INPUT, "modelTyp": 1}}, "not to include unknown field 'modelTyp'"),
    (
        CREATE,
        {"input": {**INPUT, "modelType": "GENERI"}},
        "Value 'GENERI' does not exist in 'ModelType' enum.",
    ),
]


@pytest.mark.parametrize(("query", "variables", "message"), NEAR_MISSES)
async def test_messages_suggest_no_names(
    ann: Caller, query: str, variables: Any, message: str
) -> None:
    answer = (await ann.post(query, **variables)).json()

    assert message in answer["errors"][0]["message"]
    assert "did you mean" not in json.dumps(answer).lower()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($a: ID!) { node(id: $a) { id } }", {"a": ["s3cret" * 10_000]}),
        (CREATE, {"input": {**INPUT, "x" * 90_000: 1}}),
        (f"{{ {'x' * 90_000} }}", {}),
        (f"{{ node(id: [{'9' * 90_000}]) {{ id }} }}", {}),
    ],
)
async def test_a_message_is_short_and_nothing_of_it_is_logged(
    ann: Caller, caplog: pytest.LogCaptureFixture, query: str, variables: Any
) -> None:
    with caplog.at_level(logging.DEBUG, logger="app"):
        answer = (await ann.post(query, **variables)).json()

    (message,) = (error["message"] for error in answer["errors"])
    assert 20 < len(message) <= 500
    assert caplog.records == []


async def test_a_response_has_at_most_twenty_validation_errors(ann: Caller) -> None:
    by_document = await ann.post(f"{{ viewer {{ {' '.join(f'x{n}' for n in range(50))} }} }}")
    unknown = {f"x{n}": 1 for n in range(50)}
    by_variables = await ann.post(CREATE, input={**INPUT, **unknown})

    assert len(by_document.json()["errors"]) == 20
    assert len(by_variables.json()["errors"]) == 20
