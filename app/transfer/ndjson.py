"""Templates moved between databases and files: one a line, in SGP's wire form."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import IO, TypeVar

from msgspec import Struct

from app.domain.errors import Invalid, Unavailable, UserErrorCode
from app.domain.service import new_id, now
from app.domain.validation.json_schema import user_error
from app.storage.driver import Database
from app.storage.templates import MongoModelTemplateRepository
from app.transfer import record, wire
from app.transfer.conflicts import ConflictResolver, OnConflict
from app.transfer.export_reader import MongoModelTemplateArchive
from app.transfer.import_writer import MongoModelTemplateRestoration
from app.transfer.record import ModelTemplateRecord

T = TypeVar("T")
MAX_LINE_BYTES = 16 * 1024 * 1024
BATCH_LINES = 500
BATCH_BYTES = 4_000_000

Batch = list[tuple[int, ModelTemplateRecord]]
"""Records, each with the number of its line."""


class Tally(Struct):
    """How many lines came to what."""

    written: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0

    def add(self, outcome: str) -> None:
        """Count one line."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, name):,} {name}" for name in self.__struct_fields__)


def exported(
    runner: asyncio.Runner, archive: MongoModelTemplateArchive, account: str | None
) -> Iterator[bytes]:
    """A line for each template, account by account. Raises Unavailable."""
    accounts = [account] if account is not None else _each(runner, archive.accounts())
    for name in accounts:
        for page in _each(runner, archive.pages(name)):
            yield from map(record.write, page)


def _each(runner: asyncio.Runner, made: AsyncIterator[T]) -> Iterator[T]:
    """What is made in the loop, for use outside of it: there an interrupt ends the wait for a pipe
    at once."""

    async def following() -> tuple[T, ...]:
        async for one in made:
            return (one,)
        return ()

    while found := runner.run(following()):
        yield from found


class Import:
    """One file on its way in. `tell` hears of each problem: the line's number, and a text."""

    def __init__(
        self, database: Database, on_conflict: OnConflict, tell: Callable[[int, str], None]
    ) -> None:
        self._restoration = MongoModelTemplateRestoration(database)
        self._repository = MongoModelTemplateRepository(database)
        self._on_conflict = on_conflict
        self._tell = tell
        self.tally = Tally()

    def run(self, runner: asyncio.Runner, file: IO[bytes], advance: Callable[[int], None]) -> None:
        """Write what the lines say; `advance` is told the bytes read. Raises Unavailable or
        KeyboardInterrupt, and then the tally is of what was done until then.

        A batch is written by a thread of its own while this one reads and checks the next. So an
        interrupt ends the wait for a pipe at once, and waits for the batch that is being written.
        """
        with ThreadPoolExecutor(1) as writer, _rare_collection():
            writing: Future[None] | None = None
            try:
                for batch in self._batches(file, advance):
                    if writing is not None:
                        writing.result()
                    writing = writer.submit(runner.run, self._write(batch))
            finally:
                if writing is not None:
                    writing.result()

    def _batches(self, file: IO[bytes], advance: Callable[[int], None]) -> Iterator[Batch]:
        batch, size = Batch(), 0
        for number, length, text in _lines(file):
            if (found := self._read(number, text)) is not None:
                batch.append((number, found))
                size += length
            advance(length)
            if len(batch) == BATCH_LINES or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _read(self, number: int, text: bytes | None) -> ModelTemplateRecord | None:
        values = None
        try:
            if text is None:
                predicate = f"must be a line of at most {MAX_LINE_BYTES:,} bytes"
                raise Invalid([user_error(UserErrorCode.OUT_OF_RANGE, (), predicate)])
            if text.isspace():
                return None
            values = record.parse(text)
            return record.read(values, id=new_id(), at=now())
        except Invalid as invalid:
            self._refuse(number, values, invalid)
            return None

    def _refuse(self, number: int, values: object, invalid: Invalid) -> None:
        self.tally.refused += 1
        for error in invalid.errors:
            self._tell(number, wire.line(values, error))

    async def _write(self, batch: Batch) -> None:
        resolver = ConflictResolver(self._restoration, self._repository, self._on_conflict)
        try:
            outcomes = await self._restoration.add([record for _, record in batch])
            self.tally.written += outcomes.count(None)
            for (number, given), outcome in zip(batch, outcomes, strict=True):
                if outcome is None:
                    continue
                try:
                    self.tally.add(await resolver.resolve(given, outcome))
                except Invalid as invalid:
                    self._refuse(number, None, invalid)
        except Unavailable as error:
            lines = f"Lines {batch[0][0]:,} to {batch[-1][0]:,} may be there in part"
            raise Unavailable(f"{error} {lines}; --on-conflict skip passes over them.") from error


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Inside, the garbage collector runs a hundredth as often. A batch makes a million objects and
    no cycles among them; looking for some took a third of the time of an import."""
    often = gc.get_threshold()
    gc.set_threshold(100 * often[0], *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, int, bytes | None]]:
    """Number, length and text of each line; no text when it is too long to be held."""
    for number in count(1):
        text = file.readline(MAX_LINE_BYTES + 1)
        if not text:
            return
        length, rest = len(text), text
        is_whole = length <= MAX_LINE_BYTES or text.endswith(b"\n")
        while not is_whole and not rest.endswith(b"\n") and (rest := file.readline(BATCH_BYTES)):
            length += len(rest)
        yield number, length, text if is_whole else None
