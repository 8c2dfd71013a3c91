"""The admission of API requests: whose they are, when their turn comes, and what their answers may
take. It is the same for all APIs."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from msgspec import Struct
from starlette.requests import Request

from app.domain.audit import request_of
from app.domain.fair_threads import working_for
from app.domain.request_facts import current_facts
from app.web import body
from app.web.answer_memory import AnswerMemory, Share
from app.web.answer_response import AnswerResponse
from app.web.auth import Authenticated, Authentication
from app.web.compression import compressed
from app.web.errors import BadRequest
from app.web.header_values import Raw
from app.web.rate import BYTES_PER_UNIT, KeyRate
from app.web.turns import Turn, Turns

LONG_BYTES = 8_000
"""The size of a body from where on it takes milliseconds to read its values."""


class Reply(Struct, frozen=True):
    """An encoded answer, with its HTTP status and headers."""

    content: bytes
    status: int
    headers: Raw


class Admitted:
    """A request whose turn has come: its caller, its body or query string, and the memory that its
    answer may take."""

    __slots__ = ("_rate", "_request", "_turn", "caller", "content", "share")

    def __init__(
        self,
        request: Request,
        caller: Authenticated,
        content: bytes,
        turn: Turn,
        share: Share,
        rate: KeyRate | None,
    ) -> None:
        self._request = request
        self.caller = caller
        self.content = content
        self._turn = turn
        self.share = share
        self._rate = rate

    @property
    def is_long(self) -> bool:
        """Whether it may take milliseconds to read the values of the body."""
        return len(self.content) > LONG_BYTES

    async def charge(self, cost: int) -> None:
        """Charges the key with the cost of an operation, and waits for its turn if it is not small.
        Raises RateLimited or Unavailable."""
        if self._rate is not None:
            cost_of_body = len(self.content) // BYTES_PER_UNIT
            self._rate.charge(self.caller.key, cost + cost_of_body)
        if await self._turn.costs(cost):
            await _check_connection(self._request)


Work = Callable[[Admitted], Awaitable[Reply]]
"""Answers a request whose turn has come."""


class Admission:
    """Admits requests of callers with a valid key. `require_ready` raises Unavailable while no
    operation can be executed."""

    def __init__(
        self,
        authentication: Authentication,
        *,
        turns: Turns,
        max_body_bytes: int,
        max_answer_bytes: int,
        rate: KeyRate | None = None,
        require_ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._authentication = authentication
        self._max_body_bytes = max_body_bytes
        self._memory = AnswerMemory(max_answer_bytes)
        self._rate = rate
        self._turns = turns
        self._require_ready = require_ready

    async def answer(
        self, request: Request, work: Work, *, has_body: bool, writes: Callable[[bytes], bool]
    ) -> AnswerResponse:
        """The response that `work` makes once the request has its turn; `writes` says whether that
        is the turn of a write. Raises RequestError if the whole request is rejected."""
        caller = await self._authentication.caller(request.scope)
        facts = current_facts()
        facts.key, facts.account = caller.prefix, caller.viewer.only_account()
        key, client = caller.key, request.scope.get("client")
        if self._rate is not None:
            self._rate.check(key)
        if self._require_ready is not None:
            await self._require_ready()
        origin = request_of(caller.prefix, client[0] if client else None)
        with origin, working_for(key), self._turns.request(key) as counted:
            scope, most = request.scope, self._max_body_bytes
            content: bytes = scope["query_string"]
            if has_body:
                content = await body.received(scope, request.receive, most, counted=counted.add)
            return await self._in_turn(request, caller, content, work, writes(content))

    async def _in_turn(
        self, request: Request, caller: Authenticated, content: bytes, work: Work, is_write: bool
    ) -> AnswerResponse:
        begun = time.perf_counter()
        try:
            async with self._turns.turn(caller.key, len(content), is_mutation=is_write) as turn:
                if turn.has_waited:
                    await _check_connection(request)
                return await self._within_memory(request, caller, content, turn, work)
        finally:
            current_facts().seconds = time.perf_counter() - begun

    async def _within_memory(
        self, request: Request, caller: Authenticated, content: bytes, turn: Turn, work: Work
    ) -> AnswerResponse:
        share = await self._memory.admit(caller.key, partial(_closed, request))
        try:
            reply = await work(Admitted(request, caller, content, turn, share, self._rate))
            share.keep(len(reply.content))
            sent, encoding = await compressed(reply.content, request.scope, share)
            share.keep(len(sent))
            limited = [] if self._rate is None else self._rate.headers(caller.key)
        except BaseException:
            share.release()
            raise
        return AnswerResponse(sent, reply.status, [*reply.headers, *encoding, *limited], share)

    def memory_bytes(self) -> int:
        """The bytes of answers that are made or sent."""
        return self._memory.bytes()


async def _check_connection(request: Request) -> None:
    """Raises BadRequest if the client has closed the connection."""
    if await request.is_disconnected():
        raise BadRequest("The client is gone.")


async def _closed(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
