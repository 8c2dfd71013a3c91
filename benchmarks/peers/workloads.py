"""The workloads: their operations in both schemas, and what the right answers are."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct

from benchmarks.peers.data import (
    ACCOUNTS,
    INTERVAL,
    NEW_ACCOUNTS,
    TEMPLATES,
    Document,
    Schema,
    account,
    answer,
    created_at,
    new_account,
    new_input,
    template_id,
)

SERIAL = "#SERIAL#"
"""Stands in a body for a text that no other request has."""

IDS, STEP = 2_000, 47
"""The number of templates that W1 reads, and the distance between their numbers, a prime: they are
of all accounts."""
WHOLE_LIST, SHORT_LIST = 100, 50
WINDOWS = TEMPLATES // ACCOUNTS // WHOLE_LIST
"""Lists of WHOLE_LIST templates in an account, none of which shares a template with another."""

_PARAMETERS = "{ parameters { name type description required } }"
_BUNDLE = (
    "registry image tag command ENV readinessInitialDelaySeconds healthcheckRoute predictRoute "
    "streamingCommand streamingPredictRoute"
)
_ENDPOINT = (
    "cpus memory storage gpus gpuType minWorkers maxWorkers perWorker highPriority endpointType"
)
_EVERY_FIELD = (
    "id accountId name createdAt createdByUserId endpointType modelType endpointProtocol "
    f"vendorConfiguration {{ vendor bundleConfig {{ {_BUNDLE} }} "
    f"endpointConfig {{ {_ENDPOINT} }} }} "
    f"modelCreationParametersSchema {_PARAMETERS} modelRequestParametersSchema {_PARAMETERS}"
)
EVERY_FIELD = {
    Schema.OURS: _EVERY_FIELD.replace("ENV", "env"),
    Schema.PEERS: _EVERY_FIELD.replace("ENV", "env { name value }"),
}
_SMALL = (
    "id name modelType endpointType createdAt vendorConfiguration { bundleConfig { image tag } }"
)
SMALL = dict.fromkeys(Schema, _SMALL)
CREATED = "id name createdAt modelType endpointType"


class Sent(Struct, frozen=True):
    """The variables of a request, the account that it is about, and the value of the root field in
    the right answer, apart from Relay's wrapping; None if it differs from request to request."""

    account: str
    variables: Document
    expected: Callable[[], Any] = lambda: None


class Workload(Struct, frozen=True):
    """Requests with the same operation. `is_extra` says that few servers are compared by it."""

    name: str
    short: str
    """A few words for the chart."""
    title: str
    connections: int
    queries: dict[Schema, str]
    requests: Callable[[Schema], list[Sent]]
    is_extra: bool = False

    def body(self, sent: Sent, schema: Schema) -> Document:
        """The body of a request."""
        return {"query": self.queries[schema], "variables": sent.variables}


def short_answer(number: int, schema: Schema) -> Document:
    """The fields of SMALL."""
    whole = answer(number, schema)
    bundle = whole["vendorConfiguration"]["bundleConfig"]
    return {
        **{name: whole[name] for name in ("id", "name", "modelType", "endpointType", "createdAt")},
        "vendorConfiguration": {"bundleConfig": {name: bundle[name] for name in ("image", "tag")}},
    }


def newest(account_number: int, size: int, before: datetime | None = None) -> list[int]:
    """The numbers of the newest templates of an account, the newest first."""
    numbers = range(TEMPLATES - ACCOUNTS + account_number, -1, -ACCOUNTS)
    return [n for n in numbers if before is None or created_at(n) < before][:size]


def _reads(schema: Schema) -> list[Sent]:
    return [
        Sent(account(n), {"id": template_id(n)}, partial(answer, n, schema))
        for n in range(0, IDS * STEP, STEP)
    ]


def _short_lists(schema: Schema) -> list[Sent]:
    def expected(number: int) -> list[Document]:
        return [short_answer(found, schema) for found in newest(number, SHORT_LIST)]

    return [
        Sent(account(n), {"account": account(n)}, partial(expected, n)) for n in range(ACCOUNTS)
    ]


def _whole_list(number: int, before: datetime | None, schema: Schema) -> Sent:
    def expected() -> list[Document]:
        return [answer(found, schema) for found in newest(number, WHOLE_LIST, before)]

    window = {} if before is None else {"before": before.isoformat()}
    return Sent(account(number), {"account": account(number), **window}, expected)


def _whole_lists(schema: Schema) -> list[Sent]:
    return [_whole_list(number, None, schema) for number in range(ACCOUNTS)]


def _windows(schema: Schema) -> list[Sent]:
    length = INTERVAL * ACCOUNTS * WHOLE_LIST
    ends = [created_at(0) + length * window for window in range(1, WINDOWS + 1)]
    return [_whole_list(number, end, schema) for number in range(ACCOUNTS) for end in ends]


def _creates(schema: Schema) -> list[Sent]:
    return [
        Sent(new_account(n), {"input": new_input(n, f"new-{SERIAL}", schema)})
        for n in range(12 * NEW_ACCOUNTS)
    ]


def _list_query(
    size: int, fields: dict[Schema, str], *, windows: bool = False
) -> dict[Schema, str]:
    time = ", $before: DateTime!" if windows else ""
    ours = ", createdBefore: $before" if windows else ""
    peers = ", before: $before" if windows else ""
    return {
        Schema.OURS: f"query List($account: ID!{time}) {{ modelTemplates(first: {size}, "
        f"filter: {{accountId: $account{ours}}}) {{ nodes {{ {fields[Schema.OURS]} }} }} }}",
        Schema.PEERS: f"query List($account: String!{time}) {{ modelTemplates(first: {size}, "
        f"accountId: $account{peers}) {{ {fields[Schema.PEERS]} }} }}",
    }


_GET = {
    schema: f"query Get($id: ID!) {{ modelTemplate(id: $id) {{ {EVERY_FIELD[schema]} }} }}"
    for schema in Schema
}
_CREATE = "mutation Create($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) "
_CREATES = {
    Schema.OURS: f"{_CREATE} {{ modelTemplate {{ {CREATED} }} errors {{ code message path }} }} }}",
    Schema.PEERS: f"{_CREATE} {{ {CREATED} }} }}",
}

READS = Workload("W1", "by id", "a template by id, every field", 64, _GET, _reads)
CREATES = Workload("W4", "create", "create a template", 64, _CREATES, _creates)
WORKLOADS = [
    READS,
    Workload(
        "W2",
        "short list",
        "the 50 newest of an account, 7 small fields",
        64,
        _list_query(SHORT_LIST, SMALL),
        _short_lists,
    ),
    Workload(
        "W3",
        "whole list",
        "the 100 newest of an account, every field",
        16,
        _list_query(WHOLE_LIST, EVERY_FIELD),
        _whole_lists,
    ),
    Workload(
        "W3-cold",
        "cold cache",
        "100 of an account from anywhere in the data set, every field",
        16,
        _list_query(WHOLE_LIST, EVERY_FIELD, windows=True),
        _windows,
        is_extra=True,
    ),
    CREATES,
]
