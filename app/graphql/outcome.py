"""The outcomes of operations, and their encoding."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from msgspec import Struct

from app.domain.answer_budget import AnswerTooLarge
from app.domain.counters import count_limit
from app.domain.json_text import to_json
from app.domain.request_facts import stage
from app.graphql.errors import naming_request, shown
from app.graphql.limits.document import TooComplex

STOPPED = " The operation stopped at this field; its mutations up to here were carried out."
CARRIED_OUT = " The operation was carried out; only its answer is too large."


class Outcome(Struct, frozen=True):
    """An answer before it is encoded. A `refused` operation was not executed: no `data`."""

    body: dict[str, Any]
    refused: bool = False
    limits: tuple[str, ...] = ()
    """Names of the limits that the operation exceeds."""


class Answer(Struct, frozen=True):
    """An encoded answer: `content` is JSON."""

    content: bytes
    refused: bool = False


def encode(outcome: Outcome) -> Answer:
    """The answer as JSON, whose errors name the request."""
    for limit in outcome.limits:
        count_limit(limit)
    with stage("encode"):
        return Answer(to_json(naming_request(outcome.body)), outcome.refused)


def rejected(errors: Sequence[GraphQLError], code: str) -> Outcome:
    limits = {error.what for error in errors if isinstance(error, TooComplex)}
    return Outcome(shown(errors, code), refused=True, limits=(*limits,))


def too_large(error: AnswerTooLarge, *, is_query: bool) -> Outcome:
    # Without a path, the answer was complete.
    done = "" if is_query else CARRIED_OUT if error.path is None else STOPPED
    rendered = GraphQLError(f"{error}{done}", path=error.path, extensions={"limit": error.limit})
    return Outcome({"data": None, **shown([rendered], error.code)}, limits=("answer bytes",))
