"""The three steps of answering an operation: prepare, execute, encode."""

import json
from typing import Any

import pytest

from app.domain.service import ModelTemplateService
from app.graphql.errors import ReadOnly
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation, Prepared
from app.graphql.outcome import Outcome, encode
from app.graphql.schema import schema
from app.graphql.types import Context
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_viewer

TWO = "query A { viewer { identityId } } query B { __typename } mutation C { __typename }"


def an_executor(**limits: Any) -> Executor:
    return Executor(schema, Limits(**limits))


def test_prepare_chooses_the_operation() -> None:
    prepared = an_executor().prepare(Operation(query=TWO, operation_name="B"), read_only=True)

    assert isinstance(prepared, Prepared)
    assert prepared.operation.name and prepared.operation.name.value == "B"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Operation(query="{"), "GRAPHQL_PARSE_FAILED"),
        (Operation(query="{ nothing }"), "GRAPHQL_VALIDATION_FAILED"),
        (Operation(query=TWO), "BAD_REQUEST"),
        (Operation(query="{ a: __typename b: __typename }"), "QUERY_TOO_COMPLEX"),
    ],
)
def test_prepare_returns_the_error_of_a_rejected_operation(asked: Operation, code: str) -> None:
    executor = an_executor(root_fields=1)

    for _ in range(2):  # The second time, the document is remembered.
        outcome = executor.prepare(asked, read_only=False)

        assert isinstance(outcome, Outcome)
        assert outcome.refused
        assert outcome.body.keys() == {"errors"}
        assert code in {error["extensions"]["code"] for error in outcome.body["errors"]}


def test_prepare_rejects_a_mutation_in_a_read_only_request() -> None:
    with pytest.raises(ReadOnly):
        an_executor().prepare(Operation(query=TWO, operation_name="C"), read_only=True)


async def test_execute_makes_a_body_and_encode_its_json(mongomock: Database) -> None:
    service = ModelTemplateService(MongoModelTemplateRepository(mongomock))
    executor, context = an_executor(), Context(service=service, viewer=a_viewer())
    asked = Operation(query="{ viewer { identityType } }")
    prepared = executor.prepare(asked, read_only=True)
    assert isinstance(prepared, Prepared)

    outcome = await executor.execute(prepared, context)

    assert [*outcome.body] == ["data"]
    assert encode(outcome).content == b'{"data":{"viewer":{"identityType":"USER"}}}'
    assert await executor.answer(asked, context, read_only=True) == encode(outcome)


def test_a_message_with_a_lone_surrogate_is_encoded() -> None:
    outcome = Outcome({"errors": [{"message": "half: \ud800 é"}]}, refused=True)

    answer = encode(outcome)

    assert answer.refused
    assert json.loads(answer.content) == outcome.body
