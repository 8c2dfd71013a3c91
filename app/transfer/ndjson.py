"""Export and import of templates as NDJSON: one template per line, in SGP's wire form."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import IO, TypeVar

from msgspec import Struct

from app.domain.audit import Audit
from app.domain.errors import Invalid, Unavailable, UserErrorCode
from app.domain.quotas import Quotas
from app.domain.service import new_id
from app.domain.validation.json_schema import user_error
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES
from app.storage.database_clock import clock_of
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from app.storage.usage import UsageMeter
from app.transfer import record, wire
from app.transfer.conflicts import ConflictResolver, OnConflict
from app.transfer.export_reader import ModelTemplateExportReader
from app.transfer.import_writer import ModelTemplateImportWriter, PreparedRecord, prepare

T = TypeVar("T")
MAX_LINE_BYTES = 16 * 1024 * 1024
BATCH_LINES = 500
SWITCH_SECONDS = 0.000_2
BATCH_BYTES = 4_000_000


class Batch(Struct):
    """Lines that are written together, each with its number: the records of the valid ones, and
    the JSON values and errors of the others."""

    records: list[tuple[int, PreparedRecord]] = []
    rejected: list[tuple[int, object, Invalid]] = []


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
    """The import of one file, into one `account` if it is given. `report` is called with the line
    number and text of each error."""

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

    def run(self, runner: asyncio.Runner, file: IO[bytes], advance: Callable[[int], None]) -> None:
        """Import all lines; `advance` is called with the bytes read. Raises Unavailable or
        KeyboardInterrupt; the tally then counts the lines processed so far.

        A second thread writes a batch while this one reads and checks the next. So an interrupt
        ends a blocking read from a pipe at once, but waits for the batch being written.
        """
        with ThreadPoolExecutor(1) as writer, _tuned_interpreter():
            writing: Future[None] | None = None
            try:
                for batch in self._batches(file, advance):
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

    def _batches(self, file: IO[bytes], advance: Callable[[int], None]) -> Iterator[Batch]:
        batch, size = Batch(), 0
        for number, length, text in _lines(file):
            if text is None or not text.isspace():
                self._read_into(batch, number, text)
                size += length
            advance(length)
            if len(batch.records) + len(batch.rejected) == BATCH_LINES or size > BATCH_BYTES:
                yield batch
                batch, size = Batch(), 0
        yield batch

    def _read_into(self, batch: Batch, number: int, text: bytes | None) -> None:
        values = None
        try:
            if text is None:
                predicate = f"must be a line of at most {MAX_LINE_BYTES:,} bytes"
                raise Invalid([user_error(UserErrorCode.OUT_OF_RANGE, (), predicate)])
            values = record.parse(text)
            made = record.read(
                values,
                id=new_id(),
                at=self._clock(),
                account=self._account,
                max_bytes=self._max_template_bytes,
            )
            batch.records.append((number, prepare(made)))
        except Invalid as invalid:
            batch.rejected.append((number, values, invalid))

    def _reject(self, number: int, values: object, invalid: Invalid) -> None:
        self.tally.refused += 1
        for error in invalid.errors:
            self._report(number, wire.line(values, error))

    async def _write(self, batch: list[tuple[int, PreparedRecord]]) -> None:
        if not batch:
            return
        resolver = ConflictResolver(
            self._writer, self._repository, self._on_conflict, self._audit, self._clock
        )
        try:
            outcomes = await self._writer.write([record for _, record in batch])
            self.tally.written += outcomes.count(None)
            for (number, prepared), outcome in zip(batch, outcomes, strict=True):
                if outcome is None:
                    continue
                try:
                    self.tally.add(await resolver.resolve(prepared.record, outcome))
                except Invalid as invalid:
                    self._reject(number, None, invalid)
        except Unavailable as error:
            lines = f"Some of lines {batch[0][0]:,} to {batch[-1][0]:,} may have been imported"
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


def _lines(file: IO[bytes]) -> Iterator[tuple[int, int, bytes | None]]:
    """The number, length in bytes and text of each line; None for a text over MAX_LINE_BYTES."""
    for number in count(1):
        text = file.readline(MAX_LINE_BYTES + 1)
        if not text:
            return
        length, rest = len(text), text
        is_whole = length <= MAX_LINE_BYTES or text.endswith(b"\n")
        while not is_whole and not rest.endswith(b"\n") and (rest := file.readline(BATCH_BYTES)):
            length += len(rest)
        yield number, length, text if is_whole else None
