"""The two sides of the differential test, and the stored data that both read: as this release, an
older one or a newer one may have left it."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.fragments import forget_fragments
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation, Prepared
from app.graphql.schema import schema
from app.graphql.types import Context
from app.storage.codec import to_document
from app.storage.collections import REVISIONS, TEMPLATES
from app.storage.documents import LARGE
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository, stored
from tests.builders import a_template, a_viewer
from tests.graphql.operations import Choices
from tests.newer_release import ENDPOINT, EVERYWHERE, WHOLE

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FELL_BACK = "Completed without the plan"
ID_OF_ERROR = re.compile(rb'(Unexpected error; its id is |"id":")[0-9a-f]{16}(?=["\.])')
MISSING = object()
ACCOUNTS = ["a1", "a1", "a1", "a2", "a9"]
PARAMETERS = "model_creation_parameters_schema.parameters.0"
BUNDLE = "vendor_configuration.bundle_config"
JOB = "vendor_configuration.fine_tuning_job_bundle_config"

ODD: list[tuple[str, Any]] = [
    *EVERYWHERE.items(),
    (f"{PARAMETERS}.minimum", float("nan")),
    (f"{PARAMETERS}.maximum", float("inf")),
    (f"{PARAMETERS}.minimum", -1.5),
    (f"{PARAMETERS}.min_length", 2**40),
    (f"{PARAMETERS}.default", float("nan")),
    (f"{PARAMETERS}.default", {"a": [1, None, {"b": 2**53}]}),
    (f"{PARAMETERS}.enum", [1, None, "x", []]),
    (f"{PARAMETERS}.secret", True),
    (f"{PARAMETERS}.title", "A title"),
    (f"{PARAMETERS}.advanced", True),
    (f"{ENDPOINT}.cpus", 2**40),
    (f"{ENDPOINT}.max_workers", -(2**40)),
    (f"{ENDPOINT}.endpoint_type", MISSING),
    (f"{ENDPOINT}.gpu_type", None),
    (f"{ENDPOINT}.future", {"a": 1}),
    (f"{ENDPOINT}.task_expires_seconds", 2**40),
    (f"{ENDPOINT}.nodes_per_worker", 2),
    (f"{ENDPOINT}.public_inference", True),
    (f"{BUNDLE}.readiness_initial_delay_seconds", 2**31),
    (f"{BUNDLE}.command", MISSING),
    (f"{BUNDLE}.streaming_command", ["a", "b"]),
    (f"{BUNDLE}.env", MISSING),
    (f"{BUNDLE}.streaming_predict_route", None),
    (f"{BUNDLE}.digest", f"sha256:{'0' * 64}"),
    (f"{BUNDLE}.routes", ["/a", "/b"]),
    (f"{BUNDLE}.forwarder_type", MISSING),
    (f"{BUNDLE}.worker_command", []),
    (f"{BUNDLE}.worker_env", {"A": "1"}),
    (JOB, None),
    (JOB, MISSING),
    (f"{JOB}.resources", MISSING),
    (f"{JOB}.resources.cpus", 2**33),
    ("vendor_configuration.vendor", MISSING),
    (ENDPOINT, MISSING),
    ("model_creation_parameters_schema", None),
    ("model_request_parameters_schema", MISSING),
    ("description", None),
    ("description", "é😀 \u2028\x01"),
    ("labels", MISSING),
    ("labels", {"a.b": "c", "$d": ""}),
    ("endpoint_protocol", None),
    ("archived_at", BEGINNING),
    ("revision", MISSING),
    ("future", {"deeper": [1, 2]}),
]
"""Paths in a document, and values that the release does not write, or not everywhere."""

LONG = {"description": "long " * (LARGE // 5)}
"""A change that makes documents large, which are read in a second command."""


def changed(document: Any, path: str, value: Any) -> None:
    """Puts a value into a document, unless that has nothing at the path."""
    *parents, last = path.split(".")
    for key in parents:
        document = document[int(key)] if isinstance(document, list) else document.get(key)
        if document is None:
            return
    if value is not MISSING:
        document[last] = value
    else:
        document.pop(last, None)


def _states(number: int, account: str, is_long: bool, revisions: int) -> list[Any]:
    """A template and its earlier states."""
    name = "known" if number == 0 else f"name {number}"
    made = a_template(account_id=account, name=name, **WHOLE, **(LONG if is_long else {}))
    at = BEGINNING + timedelta(milliseconds=number)
    made = replace(
        made,
        id=f"t{number}",
        created_at=at,
        updated_at=at,
        revision=revisions + 1,
    )
    earlier = (replace(made, revision=n) for n in range(1, revisions + 1))
    return [made, *map(ModelTemplateRevision.of, earlier)]


class Stored:
    """The documents of up to five templates and of their earlier states."""

    def __init__(self, drawn: bytes) -> None:
        choices = Choices(drawn)
        self.documents: dict[str, list[dict[str, Any]]] = {TEMPLATES: [], REVISIONS: []}
        self._odd = list[tuple[str, str, Any]]()
        for number in range(choices.number(1, 5)):
            account, revisions = choices.one(ACCOUNTS), choices.one([0, 0, 1, 2])
            for made in _states(number, account, choices.chance(10), revisions):
                self._add(made, [choices.one(ODD) for _ in range(choices.one([0, 1, 0, 2]))])

    def _add(self, made: ModelTemplate | ModelTemplateRevision, odd: list[Any]) -> None:
        is_template = isinstance(made, ModelTemplate)
        document = stored(made) if isinstance(made, ModelTemplate) else to_document(made)
        for path, value in odd:
            if path != "revision" or is_template:
                changed(document, path, value)
                self._odd.append((made.id, path, value))
        self.documents[TEMPLATES if is_template else REVISIONS].append(document)

    def __repr__(self) -> str:
        ids = [document["_id"] for each in self.documents.values() for document in each]
        return f"Stored({ids}, {self._odd})"


@st.composite
def stored_data(draw: Callable[..., Any]) -> Stored:
    """The contents of the database at first."""
    return Stored(draw(st.binary(min_size=40, max_size=100)))


class Side:
    """One of two servers on equal data. It counts its operations: by a plan, by graphql-core alone,
    and completed by graphql-core; and those whose errors came in another order."""

    def __init__(self, database: Database, *, compiled: bool) -> None:
        limits = Limits(
            depth=100, aliases=1_000, directives=1_000, root_fields=1_000, mutations=1_000,
            tokens=100_000, cost=10**6,
        )  # fmt: skip
        self._executor = Executor(schema, limits, compiled=compiled)
        self._database = database
        self.counts = {"plan": 0, "core": 0, "completed": 0, "raced": 0}
        self.renew()

    def renew(self, turn: int = 0) -> None:
        """Begins an operation with the ids and the time of its turn: a root field that another one
        ends may or may not have taken some before."""
        ids, times = count(), count()
        begins = BEGINNING + timedelta(days=1, seconds=turn)
        self._service = ModelTemplateService(
            MongoModelTemplateRepository(self._database),
            new_id=lambda: f"new-{turn}-{next(ids)}",
            clock=lambda: begins + timedelta(milliseconds=next(times)),
        )

    async def store(self, data: Stored) -> None:
        """Puts documents in place of all that there are."""
        forget_fragments()  # The same revisions have other data now.
        for name in await self._database.list_collection_names():
            await self._database[name].delete_many({})
        for name, documents in data.documents.items():
            for document in documents:
                copy = deepcopy(document)  # Values may be shared.
                await self._database[name].insert_one(copy, bypass_document_validation=True)

    async def drop(self) -> None:
        """Deletes the database."""
        await self._database.client.drop_database(self._database.name)
        self._database.client.close()

    async def documents(self) -> str:
        """All that is stored, as text. NaN is not equal to itself."""
        found = [
            await self._database[name].find({}).sort("_id", 1).to_list(None)
            for name in (TEMPLATES, REVISIONS)
        ]
        return repr(found)

    async def answer(self, operation: Operation) -> bytes:
        """The JSON of the answer."""
        context = Context(service=self._service, viewer=a_viewer(a1="write", a2="read"))
        with _noted() as records:
            answer = await self._executor.answer(operation, context, read_only=False)
        prepared = self._executor.prepare(operation, read_only=False)
        if isinstance(prepared, Prepared):
            self._count(prepared, answer.content, [record.exc_info for record in records])
        return ID_OF_ERROR.sub(rb"\1an id", answer.content)

    def _count(self, prepared: Prepared, content: bytes, completed: list[Any]) -> None:
        assert self._executor._results._plans is not None or not completed
        if self._executor._results._plans is None:
            return
        request, document = prepared.request, prepared.document.node
        key = request.query, request.operation_name
        plan, _ = self._executor._results._plans.plan(
            key, document, prepared.operation, request.variables or {}
        )
        kind = "core" if plan is None else "completed" if completed else "plan"
        self.counts[kind] += 1
        # A plan gives up only on answers with errors.
        assert not completed or b'"errors":' in content, completed


@contextmanager
def _noted() -> Iterator[list[logging.LogRecord]]:
    """The records of plans that were given up."""
    records = list[logging.LogRecord]()

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == FELL_BACK:
                records.append(record)

    logger, handler = logging.getLogger("app.graphql"), Noting(logging.DEBUG)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
