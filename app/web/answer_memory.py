"""The memory of a process for answers: those being made, and those being sent.

A caller that reads slowly or not at all keeps its answers in memory, until the connection drops it.
So a key may take only a part of the memory, and requests of a key that has taken its part wait.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from msgspec import Struct

from app.domain.counters import count_limit
from app.domain.request_facts import stage
from app.web.errors import BadRequest

ANSWERS, ANSWERS_PER_KEY = 512, 128
"""Answers at a time, made or sent; further requests wait for their turn."""

SHARES, SHARES_PER_KEY = 4, 2
"""How many answers of the largest size fit at a time."""


Gone = Callable[[], Awaitable[None]]
"""Returns when the caller has closed the connection."""


class _Taken(Struct):
    answers: int = 0
    bytes: int = 0

    @property
    def kind(self) -> str:
        return "bytes" if self.bytes else "answers"

    def fits(self, more: "_Taken", most: "_Taken") -> bool:
        return self.answers + more.answers <= most.answers and self.bytes + more.bytes <= most.bytes

    def add(self, more: "_Taken", sign: int = 1) -> None:
        self.answers += sign * more.answers
        self.bytes += sign * more.bytes


_NOTHING, _ONE = _Taken(), _Taken(answers=1)


class _Waiting(Struct, frozen=True, eq=False):
    key: str
    wanted: _Taken
    turn: asyncio.Future[None]


class AnswerMemory:
    """Counts the answers and their bytes, for the process and for each key."""

    def __init__(self, max_answer_bytes: int) -> None:
        self._most = _Taken(ANSWERS, SHARES * max_answer_bytes)
        self._most_per_key = _Taken(ANSWERS_PER_KEY, SHARES_PER_KEY * max_answer_bytes)
        self._taken = _Taken()
        self._by_key: dict[str, _Taken] = {}
        self._waiting: deque[_Waiting] = deque()
        self._awaited: set[str] = set()
        """The kinds, answers or bytes, for which somebody waits because of the process's limit, not
        only of its key's. Nobody overtakes it: otherwise small takes would leave no room for a
        large one for ever. Who waits for bytes does not keep small answers from beginning."""

    async def admit(self, key: str, gone: Gone) -> "Share":
        """The share of one more answer of a key. Waits while there are too many. Raises BadRequest
        if the caller is gone before its turn comes."""
        if not self.take(key, _ONE):
            await self.wait(key, _ONE, gone)
        return Share(self, key, gone)

    def bytes(self) -> int:
        """The bytes that are taken."""
        return self._taken.bytes

    def take(self, key: str, wanted: _Taken) -> bool:
        """Takes what is wanted for a key, unless it is too much, or others wait for the same
        because of the process's limit."""
        if wanted.kind in self._awaited or not self._key_fits(key, wanted):
            return False
        if not self._taken.fits(wanted, self._most):
            return False
        self._by_key.setdefault(key, _Taken()).add(wanted)
        self._taken.add(wanted)
        return True

    async def wait(self, key: str, wanted: _Taken, gone: Gone) -> None:
        """Takes what is wanted as soon as possible, in order of arrival. Raises BadRequest if the
        caller is gone before."""
        if self.take(key, wanted):
            return
        count_limit("memory for answers")
        waiting = _Waiting(key, wanted, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._key_fits(key, wanted):
            self._awaited.add(wanted.kind)
        leaving = asyncio.ensure_future(gone())
        try:
            with stage("wait"):
                await asyncio.wait({waiting.turn, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.turn.done():
                self._give_up(waiting)
                raise BadRequest("The connection was closed.")
        except asyncio.CancelledError:
            self._give_up(waiting)
            raise
        finally:
            leaving.cancel()

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting.turn.cancel():
            self._pass_on()
        else:  # It had its turn already.
            self.give_back(waiting.key, waiting.wanted)

    def give_back(self, key: str, taken: _Taken) -> None:
        """Gives back what was taken, to those who wait."""
        self._taken.add(taken, -1)
        of_key = self._by_key[key]
        of_key.add(taken, -1)
        if of_key == _NOTHING:
            del self._by_key[key]
        self._pass_on()

    def _pass_on(self) -> None:
        """Gives memory to those who wait, in order of arrival. Who waits for memory of its own key
        does not keep others waiting."""
        if self._waiting:
            self._awaited.clear()
            self._waiting = deque(self._still_waiting())

    def _still_waiting(self) -> Iterator[_Waiting]:
        for waiting in self._waiting:
            if waiting.turn.cancelled():
                continue
            if self.take(waiting.key, waiting.wanted):
                waiting.turn.set_result(None)
                continue
            if self._key_fits(waiting.key, waiting.wanted):
                self._awaited.add(waiting.wanted.kind)
            yield waiting

    def _key_fits(self, key: str, wanted: _Taken) -> bool:
        return self._by_key.get(key, _NOTHING).fits(wanted, self._most_per_key)


class Share:
    """The memory that one answer has taken, a Room of `answer_budget`."""

    def __init__(self, answers: AnswerMemory, key: str, gone: Gone) -> None:
        self._answers = answers
        self._key = key
        self._gone = gone
        self._bytes = 0

    def take(self, size: int) -> bool:
        """Takes bytes; False if there are too few."""
        if not self._answers.take(self._key, _Taken(bytes=size)):
            return False
        self._bytes += size
        return True

    async def reserve(self, size: int) -> None:
        """Gives back what was taken, and waits until `size` bytes can be taken at once. Raises
        BadRequest if the caller is gone before."""
        self.keep(0)
        await self._answers.wait(self._key, _Taken(bytes=size), self._gone)
        self._bytes = size

    def keep(self, size: int) -> None:
        """Gives back all but `size` bytes."""
        if size < self._bytes:
            freed, self._bytes = self._bytes - size, size
            self._answers.give_back(self._key, _Taken(bytes=freed))

    def release(self) -> None:
        """Gives everything back; the answer is sent or dropped."""
        self._answers.give_back(self._key, _Taken(1, self._bytes))
        self._bytes = 0
