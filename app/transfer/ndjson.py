"""Export and import of templates as NDJSON: one template per line, in SGP's wire form."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, TypeVar

from msgspec import Struct

from app.domain.audit import Audit
from app.domain.errors import Invalid, Unavailable, UserError
from app.domain.quotas import Quotas
from app.domain.service import new_id
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES
from app.storage.database_clock import clock_of
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from app.transfer import record
from app.transfer.conflicts import ConflictResolver, OnConflict
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.file_documents import Document, Place
from app.transfer.file_forms import templates_in
from app.transfer.import_writer import ModelTemplateImportWriter, PreparedRecord, prepare

T = TypeVar("T")
BATCH_LINES = 500
SWITCH_SECONDS = 0.000_2
BATCH_BYTES = 4_000_000


class Batch(Struct):
    """Documents that are written together: the records of the valid ones, each with its place, and
    the others with their errors."""

    records: list[tuple[Place, PreparedRecord]] = []
    rejected: list[tuple[Document, Sequence[UserError]]] = []


class Tally(Struct):
    """The number of imported lines by outcome."""

    written: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0

    def add(self, outcome: str) -> None:
        """Count one line with this outcome."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, name):,} {name}" for name in self.__struct_fields__)


def exported(
    runner: asyncio.Runner, reader: ModelTemplateExportReader, account: str | None
) -> Iterator[bytes]:
    """The lines of an export: all templates of one account, or of all. Raises Unavailable."""
    accounts = [account] if account is not None else _iterate(runner, reader.accounts())
    for name in accounts:
        for page in _iterate(runner, reader.pages(name)):
            yield from map(record.write, page)


def _iterate(runner: asyncio.Runner, items: AsyncIterator[T]) -> Iterator[T]:
    """The items of an asynchronous iterator, for use outside of the event loop, where an interrupt
    ends a blocking write to a pipe at once."""

    async def following() -> tuple[T, ...]:
        async for item in items:
            return (item,)
        return ()

    while item := runner.run(following()):
        yield from item


class Import:
    """The import of one file in any form (see `file_forms`), into one `account` if it is given.
    `report` is called with the line number and text of each error."""

    def __init__(
        self,
        database: Database,
        on_conflict: OnConflict,
        report: Callable[[int, str], None],
        account: str | None = None,
        max_template_bytes: int = MAX_TEMPLATE_BYTES,
        *,
        quotas: Quotas | None = None,
        audit: Audit | None = None,
    ) -> None:
        self._usage = UsageMeter(database, quotas)
        self._audit = audit or Audit()
        self._writer = ModelTemplateImportWriter(database, self._usage, self._audit)
        self._repository = MongoModelTemplateRepository(database, self._usage)
        self._clock = clock_of(database.client.options)
        self._on_conflict = on_conflict
        self._report = report
        self._account = account
        self._max_template_bytes = max_template_bytes
        self.tally = Tally()

    def run(
        self, runner: asyncio.Runner, file: IO[bytes], name: str, advance: Callable[[int], None]
    ) -> None:
        """Import all templates of the file with this name; `advance` is called with the bytes read.
        Raises Unavailable, UnreadableFile or KeyboardInterrupt; the tally then counts the lines
        processed so far.

        A second thread writes a batch while this one reads and checks the next. So an interrupt
        ends a blocking read from a pipe at once, but waits for the batch being written.
        """
        with ThreadPoolExecutor(1) as writer, _tuned_interpreter():
            writing: Future[None] | None = None
            try:
                for batch in self._batches(templates_in(file, name, advance)):
                    if writing is not None:
                        writing.result()
                    # Only now, so that errors come in the order of the batches.
                    for rejected in batch.rejected:
                        self._reject(*rejected)
                    writing = writer.submit(runner.run, self._write(batch.records))
            finally:
                try:
                    if writing is not None:
                        writing.result()
                finally:
                    runner.run(self._usage.flush())

    def _batches(self, documents: Iterator[Document]) -> Iterator[Batch]:
        batch, size = Batch(), 0
        for document in documents:
            self._read_into(batch, document)
            size += document.size
            if len(batch.records) + len(batch.rejected) == BATCH_LINES or size > BATCH_BYTES:
                yield batch
                batch, size = Batch(), 0
        yield batch

    def _read_into(self, batch: Batch, document: Document) -> None:
        errors = document.errors()
        if document.unreadable is None:
            try:
                made = record.read(
                    document.value,
                    id=new_id(),
                    at=self._clock(),
                    account=self._account,
                    max_bytes=self._max_template_bytes,
                )
                if not errors:
                    batch.records.append((document.place, prepare(made)))
                    return
            except Invalid as invalid:
                errors += invalid.errors
        batch.rejected.append((document, errors))

    def _reject(self, document: Document, errors: Sequence[UserError]) -> None:
        self.tally.refused += 1
        for line, text in document.reports(errors):
            self._report(line, text)

    async def _write(self, batch: list[tuple[Place, PreparedRecord]]) -> None:
        if not batch:
            return
        resolver = ConflictResolver(
            self._writer, self._repository, self._on_conflict, self._audit, self._clock
        )
        try:
            outcomes = await self._writer.write([record for _, record in batch])
            self.tally.written += outcomes.count(None)
            for (place, prepared), outcome in zip(batch, outcomes, strict=True):
                if outcome is None:
                    continue
                try:
                    self.tally.add(await resolver.resolve(prepared.record, outcome))
                except Invalid as invalid:
                    self._reject(Document(value=None, place=place, size=0), invalid.errors)
        except Unavailable as error:
            first, last = batch[0][0].line(), batch[-1][0].line()
            lines = f"Some of lines {first:,} to {last:,} may have been imported"
            raise Unavailable(f"{error} {lines}; use --on-conflict skip to skip them.") from error


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    """Runs the garbage collector rarely, and lets the writing thread take over at once.

    A batch makes a million objects without cycles; looking for cycles took a third of the time. The
    writing thread waits for the database most of the time, but each of its steps waited for up to
    5 ms until the reading thread, which always has work, passed on the interpreter lock.
    """
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(100 * threshold[0], *threshold[1:])
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        sys.setswitchinterval(interval)
