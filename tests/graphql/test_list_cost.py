"""The cost of lists, by accounts, conditions and counts."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation, Prepared
from app.graphql.outcome import Outcome
from app.graphql.schema import schema
from tests.builders import NAMED, a_viewer
from tests.conftest import Caller, Login
from tests.graphql.test_limits import TOO_COMPLEX, errors, numbered

ROOT = Path(__file__).parents[2]
FACETS = "modelType: [GENERIC, AGENT], endpointType: [ASYNC], endpointProtocol: [VLLM]"
ALL = "$f: ModelTemplateFilter, $after: String"


def prepared(query: str, accounts: int, **variables: Any) -> Prepared | Outcome:
    executor = Executor(schema, Limits())
    return executor.prepare(
        Operation(query=query, variables=variables), read_only=True, accounts=accounts
    )


def cost(query: str, accounts: int, **variables: Any) -> int:
    """The cost of an operation within the limits."""
    ready = prepared(query, accounts, **variables)
    assert isinstance(ready, Prepared), ready
    return ready.cost


def a_list(filter: str, selection: str = "nodes { id }", arguments: str = "") -> str:
    return f"{{ modelTemplates(filter: {{ {filter} }} {arguments}) {{ {selection} }} }}"


def facets(filter: str) -> str:
    return f"{{ modelTemplateFacets(filter: {{ {filter} }}) {{ fields {{ field }} }} }}"


FEW = "nodes { id }"
CASES: list[tuple[str, str, dict[str, Any], int]] = [
    # What of 400 accounts: 10 units for each condition, and for each page or count.
    ("a page", "{ modelTemplates { nodes { id } } }", {}, 3 + 10),
    ("a page and its count", "{ modelTemplates { totalCount nodes { id } } }", {}, 4 + 20),
    ("counts only", "{ modelTemplates { a: totalCount b: totalCount } }", {}, 3 + 30),
    ("one condition", a_list("modelType: [GENERIC]"), {}, 3 + 20),
    ("its count", a_list("modelType: [GENERIC]", f"totalCount {FEW}"), {}, 4 + 30),
    ("several", a_list(FACETS), {}, 3 + 40),
    ("several and their count", a_list(FACETS, f"totalCount {FEW}"), {}, 4 + 140),
    ("words", a_list('search: "a b-c a"'), {}, 3 + 40),
    ("labels", a_list('labels: {a: "b", c: "d"}'), {}, 3 + 30),
    ("times", a_list('createdAfter: "2026-01-01T00:00:00Z"'), {}, 3 + 20),
    ("many values", a_list(f"modelType: [{'AGENT ' * 40}]"), {}, 3 + 20 + 4),
    ("either state", a_list("archived: null"), {}, 3 + 20),
    ("one state", a_list("archived: true"), {}, 3 + 10),
    ("one account", a_list(f'accountId: "a", {FACETS}', f"totalCount {FEW}"), {}, 4),
    ("null", a_list("accountId: null, search: null, modelType: null, labels: null"), {}, 3 + 10),
    ("the first page", "{ modelTemplates { pageInfo { endCursor } } }", {}, 3 + 10),
    (
        "the next page",
        '{ modelTemplates(after: "x") { pageInfo { hasPreviousPage } } }',
        {},
        3 + 20,
    ),
    (
        "in fragments",
        "{ ...Q ... on Query { ...Q } } fragment Q on Query { modelTemplates { ...C } } "
        "fragment C on ModelTemplateConnection { totalCount ... { totalCount } }",
        {},
        6 + 60,
    ),
    # Facets: 2 x 10 units for 200 accounts each, once more for each facet with a condition.
    ("facets", "{ modelTemplateFacets { fields { field } } }", {}, 3 + 60),
    ("facets of a search", facets('search: "a b"'), {}, 3 + 2 * (20 + 30)),
    ("facets with conditions", facets('modelType: [AGENT], labels: {a: "b"}'), {}, 3 + 4 * 50),
    ("facets of one account", facets('accountId: "a"'), {}, 3 + 2 * 10 + 30),
    ("nested", "{ modelTemplates { nodes { revisions { totalCount } } } }", {}, 2 + 40 + 10),
]
QUERY = (
    f"query({ALL}) {{ modelTemplates(filter: $f, after: $after) {{ pageInfo {{ endCursor }} }} }}"
)
INNER = "query($a: ID, $s: String, $m: [ModelType!] = [AGENT]) { modelTemplates("
INNER += "filter: {accountId: $a, search: $s, modelType: $m}) { nodes { id } } }"
CASES += [
    ("a variable", QUERY, {"f": {"search": "a b", "modelType": "AGENT"}}, 3 + 40),
    ("a null variable", QUERY, {"f": None, "after": None}, 3 + 10),
    ("no variable", QUERY, {}, 3 + 10),
    ("a cursor in a variable", QUERY, {"after": "x"}, 3 + 20),
    ("invalid variables", QUERY, {"f": [1, {"a": 2}], "after": 1}, 3 + 10),
    ("invalid conditions", QUERY, {"f": {"search": 1, "labels": "a", "nothing": [1]}}, 3 + 40),
    ("variables in a filter", INNER, {"s": "a b c", "m": ["AGENT"]}, 3 + 50),
    ("their defaults", INNER, {}, 3 + 20),
    ("an account in a variable", INNER, {"a": "a", "s": "a b c"}, 3),
]


@pytest.mark.parametrize(
    ("query", "variables", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_list_costs_what_it_asks_of_the_database(
    query: str, variables: dict[str, Any], expected: int
) -> None:
    assert cost(query, 400, **variables) == expected
    assert cost(query, 1, **variables) <= cost(query, 400, **variables)


async def test_an_operation_may_reach_the_limit_but_not_exceed_it(login: Login) -> None:
    accounts = {f"a{number}": "read" for number in range(200)}
    many = await login(a_viewer(**accounts))
    one = await login(a_viewer(a1="read"))

    def query(filter: str, times: int) -> str:
        return f"{{ {numbered(times, f'a#: modelTemplates({filter}) {{ totalCount }} ')} }}"

    facets = f"filter: {{ {FACETS} }}"
    assert await errors(many, query(facets, 4)) == []  # 4 x (2 + 70)
    (error,) = await errors(many, query(facets, 5))
    assert error["message"] == (
        "The cost in fields is 360, 350 of it for lists in up to 200 accounts; the limit is 300. "
        "Ask for fewer lists, conditions or counts (totalCount) at once, or for one account "
        "(filter.accountId)."
    )
    assert error["extensions"] == {"code": TOO_COMPLEX, "limit": 300, "value": 360, **NAMED}
    assert await errors(many, query(f'filter: {{ accountId: "a1", {FACETS} }}', 20)) == []
    assert await errors(one, query(facets, 20)) == []
    selected = {"accept": "application/graphql-response+json", "x-selected-account-id": "a1"}
    assert (await many.post(query(facets, 20), headers=selected)).status_code == 200


async def test_an_endless_condition_is_rejected_before_it_is_read(ann: Caller) -> None:
    query = f"query({ALL}) {{ modelTemplates(filter: $f, after: $after) {{ nodes {{ id }} }} }}"

    for filter in (
        {"modelType": ["AGENT"] * 90_000},
        {"labels": {f"k{n}": "" for n in range(60_000)}},
    ):
        (error,) = await errors(ann, query, f=filter)

        assert error["extensions"]["code"] == TOO_COMPLEX


def documents() -> list[str]:
    """The operations of the pages, whose build expands `...XFields`, of the examples, and of the
    clients that the tests run."""
    folders = ("frontend/src", "examples/typescript/src", "tests/clients/operations")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.graphql")]
    fragments = [f.read_text() for f in files if "fragments" in f.parts or "fragment" in f.name]
    texts = [file.read_text() + "\n".join(fragments) for file in files if file.name[0] != "."]
    return [re.sub(r"\.\.\.(\w+)Fields\b", r"... on \1 { __typename }", text) for text in texts]


def test_the_lists_of_pages_and_examples_are_far_from_the_limit() -> None:
    filter = {"search": "llama chat", "modelType": ["GENERIC"], "labels": {"team": "search"}}
    executor, costs = Executor(schema, Limits()), []
    for text in documents():
        for node in parse(text).definitions:
            if not isinstance(node, OperationDefinitionNode):
                continue
            if node.operation is OperationType.QUERY and "modelTemplates(" in text:
                name = node.name.value if node.name else None
                asked = Operation(query=text, operation_name=name, variables={"filter": filter})
                ready = executor.prepare(asked, read_only=True, accounts=300)
                assert isinstance(ready, Prepared), ready
                costs.append(ready.cost)

    assert len(costs) >= 4
    assert max(costs) <= 200
