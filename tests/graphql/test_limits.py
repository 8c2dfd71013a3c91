"""Limits of documents: at each limit, and one above it."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query, print_type

import app.graphql.limits.document
from app.graphql.limits.limits import Limits
from app.graphql.limits.page_size import Names
from app.graphql.schema import schema
from app.main import create_app, limits
from app.settings import Settings
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from tests.builders import NAMED, a_fragment, a_wire_template, an_input
from tests.conftest import Caller, logging_in

GRAPHQL = "application/graphql-response+json"
VIEWER = "viewer { identityId } "
TOO_COMPLEX = "QUERY_TOO_COMPLEX"
PARSE = "GRAPHQL_PARSE_FAILED"
VALIDATION = "GRAPHQL_VALIDATION_FAILED"


async def errors(caller: Caller, query: str, **variables: Any) -> list[Any]:
    """The errors of a rejected operation; none if it was executed."""
    answer = await caller.post(query, headers={"accept": GRAPHQL}, **variables)
    rejected = "data" not in answer.json()
    assert answer.status_code == (400 if rejected else 200)
    return list(answer.json()["errors"]) if rejected else []


def nested(depth: int) -> str:
    """A selection whose fields are this deep. The middle is not of the schema."""
    return "{ x " * depth + "}" * depth


def numbered(count: int, text: str) -> str:
    """Each with a number of its own in place of #."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


def test_the_defaults_of_the_settings_are_those_of_the_limits() -> None:
    assert limits(Settings()) == Limits()


# What, the limit, the next larger size, and a document of a size.
CASES: list[tuple[str, int, int, Callable[[int], str]]] = [
    ("depth", 12, 13, nested),
    ("depth", 12, 13, lambda n: f"{{ ...F }} fragment F on Query {nested(n)}"),
    ("depth", 12, 13, lambda n: f"{{ ... on Query {{ x {nested(n - 1)} }} }}"),
    ("depth", 12, 13, lambda n: f"{{ x {{ ...F }} }} fragment F on Node {nested(n - 1)}"),
    ("number of aliases", 30, 31, lambda n: f"{{ viewer {{ {numbered(n, 'a#: identityId')} }} }}"),
    (
        "number of aliases",
        30,
        32,
        lambda n: (
            f"{{ viewer {{ ...F }} viewer {{ ... {{ ...F }} }} }} fragment F on Viewer "
            f"{{ {numbered(n // 2, 'a#: identityId')} }}"
        ),
    ),
    (
        "number of directives",
        8,
        9,
        lambda n: f"{{ viewer {{ {'identityId @skip(if: false) ' * n} }} }}",
    ),
    (
        "number of directives",
        8,
        9,
        lambda n: (
            "query($a: ID @x) @x { ... @x { ...F @x } } fragment F on Query @x "
            f"{{ viewer {{ {'identityId @x ' * (n - 5)} }} }}"
        ),
    ),
    ("number of root fields", 20, 21, lambda n: f"{{ {VIEWER * n} }}"),
    (
        "number of root fields",
        20,
        22,
        lambda n: (
            f"{{ ...F ... on Query {{ ...F }} }} fragment F on Query {{ {VIEWER * (n // 2)} }}"
        ),
    ),
    ("number of mutations", 5, 6, lambda n: f"mutation {{ {'__typename ' * n} }}"),
    (
        "number of mutations",
        5,
        6,
        lambda n: f"mutation {{ ...F }} fragment F on Mutation {{ {'__typename ' * n} }}",
    ),
    ("cost in fields", 300, 301, lambda n: f"{{ viewer {{ {'identityId ' * (n - 1)} }} }}"),
    (
        "cost in fields",
        300,
        302,
        lambda n: (
            "{ viewer { ...F ...F identityId } } fragment F on Viewer "
            f"{{ {'identityId ' * ((n - 2) // 2)} }}"
        ),
    ),
    (
        "number of introspected fields",
        500,
        501,
        lambda n: f"{{ __schema {{ queryType {{ {'name ' * (n - 1)} }} }} }}",
    ),
    (
        "depth of introspection",
        25,
        26,
        lambda n: f"{{ __schema {{ queryType {{ {'ofType { ' * (n - 2)} name {'} ' * (n + 1)}",
    ),
]


@pytest.mark.parametrize(("what", "limit", "over", "document"), CASES)
async def test_an_operation_may_reach_a_limit_but_not_exceed_it(
    ann: Caller, what: str, limit: int, over: int, document: Callable[[int], str]
) -> None:
    within = await errors(ann, document(limit))
    (error,) = await errors(ann, document(over))

    assert TOO_COMPLEX not in [error["extensions"]["code"] for error in within]
    assert error["message"] == f"The {what} is {over}; the limit is {limit}."
    assert error["extensions"] == {"code": TOO_COMPLEX, "limit": limit, "value": over, **NAMED}


@pytest.mark.parametrize(
    ("within", "over", "limit"),
    [
        ("{ a" + " a" * 1_997 + " }", "{ a" + " a" * 1_998 + " }", "2000 tokens"),
        ("#\n" * 2_000 + "{ __typename }", "#\n" * 2_001 + "{ __typename }", "2000 comments"),
        ("{ __typename }".ljust(100_000), "{ __typename }".ljust(100_001), "100000 code points"),
    ],
)
async def test_a_document_that_is_too_long_is_not_parsed(
    ann: Caller, within: str, over: str, limit: str
) -> None:
    rejected = [error["extensions"]["code"] for error in await errors(ann, within)]
    (error,) = await errors(ann, over)

    assert PARSE not in rejected
    assert error["extensions"]["code"] == PARSE
    assert f"more than {limit}" in error["message"]


PAGES: list[tuple[str, dict[str, Any], int | None]] = [
    # Fields of a list cost once, whatever the page: this is the largest list that one can ask for.
    ("{ modelTemplates(first: 100) { nodes { ...Everything } } } " + a_fragment(), {}, None),
    # 100 x 3, and the list itself.
    ("{ modelTemplates(first: 100) { nodes { revisions { nodes { id } } } } }", {}, 302),
    ("{ modelTemplates(last: 100) { edges { node { revisions { nodes { id } } } } } }", {}, 303),
    ("{ modelTemplates(first: 99) { nodes { revisions { nodes { id } } } } }", {}, None),
    # Twenty when nothing is said.
    ('{ modelTemplates { nodes { launchPlan(name: "a") { ' + "env " * 14 + "} } } }", {}, 302),
    ('{ modelTemplates { nodes { launchPlan(name: "a") { ' + "env " * 13 + "} } } }", {}, None),
    # 1 x (2 + 20 x (2 + 5 x 3)): each page counts that is around.
    (
        "{ modelTemplates { nodes { revisions(first: 5) { nodes "
        '{ launchPlan(name: "a") { env } } } } } }',
        {},
        None,
    ),
    (
        "{ modelTemplates { nodes { revisions(first: 7) { nodes "
        '{ launchPlan(name: "a") { env } } } } } }',
        {},
        322,
    ),
]
LIST = "modelTemplates(first: $n) { nodes { ...F } } } fragment F on ModelTemplate "
LIST += "{ revisions { nodes { id } } }"
PAGES += [
    (f"query($n: Int) {{ {LIST}", {"n": 100}, 302),
    (f"query($n: Int) {{ {LIST}", {"n": 100.0}, 302),
    (f"query($n: Int) {{ {LIST}", {"n": 99}, None),
    (f"query($n: Int) {{ {LIST}", {"n": None}, None),
    (f"query($n: Int) {{ {LIST}", {}, None),
    (f"query($n: Int) {{ {LIST}", {"n": 10**30}, 302),
    (f"query($n: Int) {{ {LIST}", {"n": True}, 302),
    (f"query($n: Int = 100) {{ {LIST}", {}, 302),
    (f"query($n: Int = 100) {{ {LIST}", {"n": 5}, None),
]


@pytest.mark.parametrize(("query", "variables", "cost"), PAGES)
async def test_expensive_fields_cost_once_per_entry_of_the_enclosing_pages(
    ann: Caller, query: str, variables: dict[str, Any], cost: int | None
) -> None:
    for _ in range(2):  # The second time, the document is remembered.
        found = await errors(ann, query, **variables)

        assert [error["extensions"].get("value") for error in found] == ([cost] if cost else [])


def test_pages_and_expensive_fields_are_found_by_their_arguments() -> None:
    names = Names.of(schema._schema)

    assert names.pages == {"modelTemplates", "revisions"}
    assert names.work == names.pages | {"revisionAt", "launchPlan", "validate"}


async def test_a_cached_document_is_not_measured_again(
    ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"query Again($n: Int) {{ {LIST}"
    await errors(ann, query, n=7)
    monkeypatch.delattr(app.graphql.limits.document, "measure")

    assert await errors(ann, query, n=7) == []
    (error,) = (await ann.post(query, n=8)).json()["errors"]  # This would be measured.
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_introspection_queries_of_common_tools_succeed(ann: Caller) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    known = build_client_schema(await ann.ask(query))

    assert known.type_map.keys() == schema._schema.type_map.keys()
    for name, type_ in schema._schema.type_map.items():
        assert print_type(known.type_map[name]) == print_type(type_)


async def test_limits_are_settings_of_each_server(ann: Caller, mongomock: Database) -> None:
    strict = create_app(Settings(max_depth=1, introspection=False), mongomock)
    bob = await logging_in(strict, ApiKeyStore(mongomock))()
    deep, introspection = f"{{ {VIEWER}}}", "{ __schema { queryType { name } } }"

    codes = [
        [error["extensions"]["code"] for error in await errors(caller, query)]
        for caller in (bob, ann)
        for query in (deep, introspection, '{ __type(name: "Node") { name } }', "{ __typename }")
    ]

    assert codes == [[TOO_COMPLEX], [VALIDATION] * 2, [VALIDATION], [], [], [], [], []]


async def test_a_response_has_at_most_twenty_execution_errors(mongomock: Database) -> None:
    app = create_app(Settings(max_root_fields=25), mongomock)
    ann = await logging_in(app, ApiKeyStore(mongomock))()
    id = (await ann.create(an_input(a_wire_template())))["modelTemplate"]["id"]
    one = "modelTemplate(id: $id) { revisions(first: 0) { nodes { revision } } }"

    fields = " ".join(f"a{i}: {one}" for i in range(25))
    answer = (await ann.post(f"query($id: ID!) {{ {fields} }}", id=id)).json()

    assert answer["data"] == {f"a{i}": None for i in range(25)}
    codes = [error["extensions"]["code"] for error in answer["errors"]]
    assert codes == ["BAD_USER_INPUT"] * 20


async def test_validation_costs_as_much_as_a_mutation(ann: Caller) -> None:
    def query(times: int) -> str:
        tried = numbered(times, "a#: validateModelTemplate(input: $i) { valid errors { path } } ")
        return f"query($i: CreateModelTemplateInput!) {{ {tried} }}"

    assert await errors(ann, query(5), i=an_input(a_wire_template())) == []
    (error,) = await errors(ann, query(6), i=an_input(a_wire_template()))
    assert error["extensions"] == {"code": TOO_COMPLEX, "limit": 300, "value": 6 * 54, **NAMED}
