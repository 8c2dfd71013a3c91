"""What patterns cost other callers: time on the event loop, and memory."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.storage.driver import Database
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller

ROOM = 50 << 20
"""Bytes by which a process may grow."""

TEXT = "".join(Random(1).choices("ab", k=100_000))
VALIDATE = """
query($id: ID!, $values: JSON!) {
  modelTemplate(id: $id) { modelCreationParametersSchema { %s } }
}"""
ONE = "validate(bindings: $values) { valid errors { code path } }"
ATTACKS: dict[str, tuple[list[str], int]] = {
    "nested repetition": (["(?:(?:[ab]{9}a){9}[ab]){9}c"], 5_000),
    "counted repetition": (["a[ab]{900}c"], 5_000),
    "counted repetition, stored": (["a" + "[ab]{1000}" * 28 + "c"], 100_000),
    "alternation": (["|".join(f"{n:b}" for n in range(70)).replace("1", "b")], 32_000),
    "Unicode classes": ([r"(?:\p{Lu}|[a-b])*c"], 5_000),
    "Unicode classes, stored": ([r"(?:\pL|\pN){20}c"], 30_000),
    "long text": ([r"^(a+|b+)+$"], 32_000),
    "200 patterns": ([f"[ab]{{80}}{n}" for n in range(200)], 250),
    "200 patterns, stored": ([rf"[ab]{{1,900}}\pL{n}" for n in range(200)], 500),
}


def resident() -> int:
    """Bytes of memory that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Gap:
    """The longest time, in seconds, that the event loop did nothing else."""

    longest = 0.0


@asynccontextmanager
async def heartbeat() -> AsyncIterator[Gap]:
    gap = Gap()

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.002)
            now = time.perf_counter()
            gap.longest, last = max(gap.longest, now - last), now

    beating = asyncio.create_task(beat())
    try:
        yield gap
    finally:
        beating.cancel()


async def stored(ann: Caller, database: Database, patterns: list[str]) -> str:
    """The id of a template with these patterns, which a new one may not have."""
    fields = [a_parameter(name=f"P{n}") for n in range(len(patterns))]
    wire = a_wire_template(**with_parameters(*fields))
    made = await ann.create(an_input(wire))
    path = "model_creation_parameters_schema.parameters"
    changes = {f"{path}.{n}.pattern": pattern for n, pattern in enumerate(patterns)}
    await database["model_templates"].update_one({}, {"$set": changes})
    return str(made["modelTemplate"]["id"])


def codes(answer: Any) -> Iterator[str]:
    """The codes of all errors of an answer."""
    for error in answer.get("errors", []):
        yield error["extensions"]["code"]
    schema = ((answer.get("data") or {}).get("modelTemplate") or {}).get(
        "modelCreationParametersSchema"
    )
    for validation in (schema or {}).values():
        yield from (error["code"] for error in validation["errors"])


@pytest.mark.parametrize("aliases", [1, 20])
@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "200 patterns, stored" else name
        for name in ATTACKS
    ],
)
async def test_others_wait_for_less_than_a_second(
    ann: Caller, mongomock: Database, attack: str, aliases: int
) -> None:
    patterns, length = ATTACKS[attack]
    id = await stored(ann, mongomock, patterns)
    values = {f"P{n}": TEXT[:length] for n in range(len(patterns))}
    query = VALIDATE % " ".join(f"v{n}: {ONE}" for n in range(aliases))
    before, began = resident(), time.perf_counter()

    async with heartbeat() as gap:
        response = await ann.post(query, id=id, values=values)
        took = time.perf_counter() - began

    assert gap.longest < 1
    assert took < 10
    assert resident() - before < ROOM
    assert set(codes(response.json())) <= {"INVALID", "OUT_OF_RANGE", "QUERY_TOO_COMPLEX"}


async def test_an_operation_that_matches_too_much_says_so(ann: Caller, mongomock: Database) -> None:
    id = await stored(ann, mongomock, ["a[ab]{900}c"])
    query = VALIDATE % " ".join(f"v{n}: {ONE}" for n in range(20))

    answer = (await ann.post(query, id=id, values={"P0": TEXT[:5_000]})).json()

    assert set(codes(answer)) == {"QUERY_TOO_COMPLEX"}
    assert answer["errors"][0]["message"] == (
        "The operation matches too much text with patterns; check fewer or shorter values."
    )


async def test_checking_a_new_template_leaves_the_loop_free(ann: Caller) -> None:
    fields = [
        a_parameter(name=f"P{n}", pattern=f"[ab]{{90}}{n}", enum=[TEXT[:400], TEXT[400:800]])
        for n in range(200)
    ]
    async with heartbeat() as gap:
        payload = await ann.create(an_input(a_wire_template(**with_parameters(*fields))))

    assert gap.longest < 1
    assert {error["code"] for error in payload["errors"]} == {"INVALID", "OUT_OF_RANGE"}


async def test_what_patterns_leave_in_memory_is_bounded(ann: Caller) -> None:
    before = resident()
    for number in range(5):
        fields = [
            a_parameter(name=f"P{n}", pattern=f"^[a-z]{{1,30}}{number}-{n}$", enum=["x"])
            for n in range(200)
        ]
        await ann.create(an_input(a_wire_template(**with_parameters(*fields))))

    assert resident() - before < ROOM


async def test_plans_and_updates_leave_the_loop_free(ann: Caller, mongomock: Database) -> None:
    id = await stored(ann, mongomock, ["a[ab]{900}c"])
    plan = """query($id: ID!, $values: JSON!) { modelTemplate(id: $id) {
      launchPlan(name: "a", modelCreationParameters: $values) { errors { code path } } } }"""
    update = """mutation($input: UpdateModelTemplateInput!) {
      updateModelTemplate(input: $input) { errors { code path } } }"""
    field = an_input(a_parameter(pattern="a[ab]{900}c", enum=[TEXT[:5_000], TEXT[:5_001]]))
    changes = {"id": id, "modelCreationParametersSchema": {"parameters": [field]}}
    path = ["modelCreationParametersSchema", "parameters", "0", "enum"]

    async with heartbeat() as gap:
        planned = await ann.ask(plan, id=id, values={"P0": TEXT[:32_000]})
        updated = await ann.ask(update, input=changes)

    assert gap.longest < 1
    assert {"code": "OUT_OF_RANGE", "path": ["modelCreationParameters", "P0"]} in (
        planned["modelTemplate"]["launchPlan"]["errors"]
    )
    assert updated["updateModelTemplate"]["errors"] == [
        {"code": "INVALID", "path": [*path, "0"]},
        {"code": "OUT_OF_RANGE", "path": [*path, "1"]},
    ]
