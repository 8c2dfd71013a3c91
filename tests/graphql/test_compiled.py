"""Compiled operations answer as graphql-core does: the same data, errors and order of keys, and the
same effects."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graphql.operation import Operation
from app.storage import embedded
from app.storage.collections import TEMPLATES
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from tests.graphql.differential import (
    BUNDLE,
    JOB,
    MISSING,
    Side,
    Stored,
    changed,
    stored_data,
)
from tests.graphql.operations import Known, operations
from tests.newer_release import ENDPOINT

AT_ONCE = 4
"""Operations on the same data, one after the other."""

ASKED = int(os.environ.get("DIFFERENTIAL_EXAMPLES", 0))
"""A number of operations for a long run, in which `--hypothesis-seed` makes others."""

EXAMPLES = (settings.default or settings()).max_examples
"""300, or 30 in the fast tier."""

KNOWN = Known(ids=[f"t{number}" for number in range(5)])


def raced(one: bytes, other: bytes) -> bool:
    """Whether two answers differ only in the order of errors: root fields and subfields that wait
    are resolved at the same time. After the first error in a root field that is not nullable, there
    are few others or none, by chance. Two runs by graphql-core differ in the same way."""
    answers = json.loads(one), json.loads(other)
    found = [
        {json.dumps(error["path"]): error for error in answer["errors"] if "path" in error}
        for answer in answers
    ]
    if any(
        len(errors) != len(answer["errors"]) for errors, answer in zip(found, answers, strict=True)
    ):
        return False
    first, second = found
    is_lost = all(answer["data"] is None for answer in answers)
    common = first.keys() & second.keys() if is_lost else first.keys() | second.keys()
    return json.dumps(answers[0]["data"]) == json.dumps(answers[1]["data"]) and all(
        first.get(path) == second.get(path) for path in common
    )


async def compared(sides: tuple[Side, Side], data: Stored, asked: list[Operation]) -> None:
    compiled, interpreted = sides
    for side in sides:
        await side.store(data)
    for turn, operation in enumerate(asked):
        for side in sides:
            side.renew(turn)
        answer, expected = await compiled.answer(operation), await interpreted.answer(operation)
        if answer != expected:
            assert operation.query.startswith("query")
            assert raced(answer, expected), (answer, expected)
            compiled.counts["raced"] += 1
    assert await compiled.documents() == await interpreted.documents()


def compare_all(make: Callable[[str], Database], examples: int) -> dict[str, int]:
    """Compares both sides, each on a database of its own. Returns the counts of the compiled
    one."""
    runner = asyncio.Runner()

    async def a_side(name: str, *, compiled: bool) -> Side:
        database = make(name)
        await initialise(database)
        return Side(database, compiled=compiled)

    sides = (
        runner.run(a_side("compiled", compiled=True)),
        runner.run(a_side("interpreted", compiled=False)),
    )

    @settings(settings(), max_examples=examples, derandomize=not ASKED)
    @given(stored_data(), st.lists(operations(KNOWN), min_size=AT_ONCE, max_size=AT_ONCE))
    def compare(data: Stored, asked: list[Operation]) -> None:
        runner.run(compared(sides, data, asked))

    with runner:
        compare()
        for side in sides:
            runner.run(side.drop())
    return sides[0].counts


# graphql-core does not await the fields before one that raises at once.
NOT_AWAITED = pytest.mark.filterwarnings(
    "ignore:.*was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.slow
@NOT_AWAITED
def test_compiled_operations_answer_as_graphql_core_does(
    record_property: Callable[[str, object], None],
) -> None:
    examples = ASKED // AT_ONCE or EXAMPLES * 5 // 12

    counts = compare_all(embedded.in_memory, examples)

    record_property("counts", counts)
    print(counts)
    total = counts["plan"] + counts["core"] + counts["completed"]
    assert counts["plan"] > 0.4 * total
    assert min(counts["completed"], counts["core"]) > 0.01 * total
    assert counts["raced"] < 0.02 * total


@pytest.mark.slow
@NOT_AWAITED
def test_they_do_on_a_real_database(mongod_uri: str) -> None:
    counts = compare_all(lambda name: connect(mongod_uri, f"differential_{name}"), EXAMPLES // 12)

    assert counts["plan"] > counts["raced"]


SCHEMA = "model_creation_parameters_schema"
DAMAGES: list[tuple[str, Any]] = [
    (path, value)
    for path in ("vendor_configuration", ENDPOINT, BUNDLE, JOB, SCHEMA)
    for value in (None, {}, [], [{}], "text", 5, MISSING)
    if (path, value) != (BUNDLE, {})  # It lacks fields that are not asked for.
]
"""Objects of a template that are no longer what they were."""

PARAMETERS = "modelCreationParametersSchema { parameters { name } }"
LEAVES = "cpus memory gpuType endpointType highPriority"
INSIDE = f"""vendorConfiguration {{ endpointConfig {{ {LEAVES} }} bundleConfig {{ env command }}
  fineTuningJobBundleConfig {{ env }} }} {PARAMETERS}"""
READS = [
    f"{{ modelTemplates {{ nodes {{ id {INSIDE} }} }} }}",
    f'{{ modelTemplate(id: "t0") {{ {INSIDE} }} }}',
]


@pytest.mark.parametrize("query", READS, ids=["list", "one"])
async def test_damaged_objects_are_not_filled_with_defaults(store: Database, query: str) -> None:
    sides = Side(store, compiled=True), Side(store, compiled=False)
    for path, value in DAMAGES:
        data = Stored(b"")
        (document,) = data.documents[TEMPLATES]
        changed(document, path, value)
        await sides[0].store(data)

        compiled, interpreted = [await side.answer(Operation(query=query)) for side in sides]

        assert compiled == interpreted, (path, value)
    assert sides[0].counts["core"] == 0


@pytest.mark.parametrize("default", ["", ' = "t0"'])
async def test_null_for_an_argument_is_the_error_of_graphql_core(
    mongomock: Database, default: str
) -> None:
    declared = f"$id: ID{default or '!'}"
    query = f"query({declared}) {{ modelTemplate(id: $id) {{ id }} }}"
    sides = Side(mongomock, compiled=True), Side(mongomock, compiled=False)
    asked = [Operation(query=query, variables=given) for given in ({"id": None}, {}, None)]

    compiled, interpreted = [[await side.answer(each) for each in asked] for side in sides]

    assert compiled == interpreted
    assert b"not to be None" in compiled[0]
