"""The GraphQL endpoint: GraphQL over HTTP."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.audit import request_of
from app.domain.cpu_time import off_loop
from app.domain.fair_threads import working_for
from app.domain.request_facts import current_facts, stage
from app.domain.service import ModelTemplateService
from app.graphql.execute import REJECTED_COST, Answer, Executor, Operation
from app.graphql.types import Context
from app.web import body
from app.web.answer_memory import AnswerMemory, Share
from app.web.answer_response import AnswerResponse
from app.web.auth import Authenticated, Authentication, key_prefix
from app.web.errors import BadRequest, json_headers
from app.web.negotiation import GRAPHQL_RESPONSE, accepted, media_type, wants_html
from app.web.pages.page import Page
from app.web.rate import BYTES_PER_UNIT, KeyRate
from app.web.turns import Turns

LONG_BYTES = 8_000
"""The size of a body from where on it takes milliseconds to read its values."""


class Endpoint:
    """Executes operations; serves the playground, if enabled, to browsers. `require_ready` raises
    Unavailable while no operation can be executed."""

    def __init__(
        self,
        executor: Executor,
        service: ModelTemplateService,
        authentication: Authentication,
        *,
        turns: Turns,
        max_body_bytes: int,
        max_answer_bytes: int,
        rate: KeyRate | None = None,
        playground: Page | None = None,
        require_ready: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._executor = executor
        self._service = service
        self._authentication = authentication
        self._max_body_bytes = max_body_bytes
        self._memory = AnswerMemory(max_answer_bytes)
        self._rate = rate
        self._turns = turns
        self._playground = playground
        self._require_ready = require_ready

    async def answer(self, request: Request) -> Response:
        """The response to a GET or POST. Raises RequestError if the whole request is rejected."""
        accept = accepted(request)
        if request.method == "GET" and self._playground and wants_html(accept):
            return HTMLResponse(self._playground.html, headers=self._playground.headers)
        caller = await self._authentication.caller(request)
        facts = current_facts()
        facts.key, facts.account = key_prefix(request), caller.viewer.only_account()
        if self._rate is not None:
            await self._rate.check(caller.key)
        if self._require_ready is not None:
            await self._require_ready()
        key, prefix = caller.key, facts.key or ""
        origin = request_of(prefix, request.client.host if request.client else None)
        with origin, working_for(key), self._turns.request(key) as counted:
            answer, headers, share = await self._in_turn(request, caller, counted.add)
        kind = media_type(accept)
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        return AnswerResponse(answer.content, status, {**json_headers(kind), **headers}, share)

    async def _in_turn(
        self, request: Request, caller: Authenticated, counted: body.Counted
    ) -> tuple[Answer, dict[str, str], Share]:
        """The answer with the headers of the rate limit, and its share of the memory."""
        key, has_body = caller.key, request.method == "POST"
        content = (
            await body.received(request, self._max_body_bytes, counted=counted)
            if has_body
            else request.scope["query_string"]
        )
        begun = time.perf_counter()
        # A query with this word takes the turn of a mutation, which does it no harm.
        is_mutation = has_body and b"mutation" in content
        try:
            async with self._turns.turn(key, len(content), is_mutation=is_mutation) as has_waited:
                if has_waited and await request.is_disconnected():
                    raise BadRequest("The client is gone.")
                return await self._within_memory(request, content, caller, has_body=has_body)
        finally:
            current_facts().seconds = time.perf_counter() - begun

    async def _within_memory(
        self, request: Request, content: bytes, caller: Authenticated, *, has_body: bool
    ) -> tuple[Answer, dict[str, str], Share]:
        share = await self._memory.admit(caller.key, partial(_closed, request))
        try:
            answer = await self._answer(content, caller, share, has_body=has_body)
            headers = {} if self._rate is None else await self._rate.headers(caller.key)
            share.keep(len(answer.content))
        except BaseException:
            share.release()
            raise
        return answer, headers, share

    async def _answer(
        self, content: bytes, caller: Authenticated, share: Share, *, has_body: bool
    ) -> Answer:
        read = body.read_body if has_body else body.read_query
        is_long = len(content) > LONG_BYTES
        charge = partial(self._charge, caller.key, len(content))
        try:
            with stage("parse"):
                operation = await off_loop(is_long, _operation, read, content)
        except BadRequest:
            await charge(REJECTED_COST)
            raise
        return await self._executor.answer(
            operation,
            Context(service=self._service, viewer=caller.viewer, is_long=is_long),
            read_only=not has_body,
            charge=charge,
            room=share,
        )

    def memory_bytes(self) -> int:
        """The bytes of answers that are made or sent."""
        return self._memory.bytes()

    async def _charge(self, key: str, size: int, cost: int) -> None:
        if self._rate is not None:
            await self._rate.charge(key, cost + size // BYTES_PER_UNIT)


def _operation(read: Callable[[bytes], dict[str, Any]], content: bytes) -> Operation:
    try:
        return msgspec.convert(read(content), Operation)
    except msgspec.ValidationError as error:
        raise BadRequest(f"Not a GraphQL request: {error}.") from None


async def _closed(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
