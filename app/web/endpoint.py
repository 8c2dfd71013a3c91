"""The GraphQL endpoint: GraphQL over HTTP."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.audit import request_of
from app.domain.cpu_time import off_loop
from app.domain.errors import RequestError
from app.domain.fair_threads import working_for
from app.domain.request_facts import current_facts, stage
from app.domain.service import ModelTemplateService
from app.graphql.execute import REJECTED_COST, Executor
from app.graphql.operation import Operation
from app.graphql.outcome import Answer
from app.graphql.types import Context
from app.web import body
from app.web.answer_memory import AnswerMemory, Share
from app.web.answer_response import AnswerResponse
from app.web.auth import Authenticated, Authentication
from app.web.compression import compressed
from app.web.errors import BadRequest, json_headers
from app.web.header_values import raw
from app.web.negotiation import GRAPHQL_RESPONSE, JSON, accepted, media_type, wants_html
from app.web.pages.page import Page
from app.web.persisted_queries import check_query
from app.web.rate import BYTES_PER_UNIT, KeyRate
from app.web.turns import Turn, Turns

LONG_BYTES = 8_000
"""The size of a body from where on it takes milliseconds to read its values."""


_HEADERS = {kind: raw(json_headers(kind)) for kind in (JSON, GRAPHQL_RESPONSE)}
"""The headers of answers, by media type."""


class Endpoint:
    """Executes operations; serves the playground, if enabled, to browsers. An ASGI application.
    `require_ready` raises Unavailable while no operation can be executed."""

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response to a GET or POST. Raises RequestError if the whole request is rejected."""
        if request.method == "GET" and self._playground and wants_html(accepted(request.scope)):
            return await self._playground.answer(request)
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
            return await self._in_turn(request, caller, counted.add)

    async def _in_turn(
        self, request: Request, caller: Authenticated, counted: body.Counted
    ) -> AnswerResponse:
        key, has_body, scope = caller.key, request.method == "POST", request.scope
        content = (
            await body.received(scope, request.receive, self._max_body_bytes, counted=counted)
            if has_body
            else scope["query_string"]
        )
        begun = time.perf_counter()
        # A query with this word takes the turn of a mutation, which does it no harm.
        is_mutation = has_body and b"mutation" in content
        try:
            async with self._turns.turn(key, len(content), is_mutation=is_mutation) as turn:
                if turn.has_waited:
                    await _check_connection(request)
                return await self._within_memory(request, content, caller, turn)
        finally:
            current_facts().seconds = time.perf_counter() - begun

    async def _within_memory(
        self, request: Request, content: bytes, caller: Authenticated, turn: Turn
    ) -> AnswerResponse:
        share = await self._memory.admit(caller.key, partial(_closed, request))
        try:
            answer = await self._answer(request, content, caller, turn, share)
            share.keep(len(answer.content))
            sent, encoding = await compressed(answer.content, request.scope, share)
            share.keep(len(sent))
            limited = [] if self._rate is None else self._rate.headers(caller.key)
        except BaseException:
            share.release()
            raise
        kind = media_type(accepted(request.scope))
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        return AnswerResponse(sent, status, [*_HEADERS[kind], *encoding, *limited], share)

    async def _answer(
        self,
        request: Request,
        content: bytes,
        caller: Authenticated,
        turn: Turn,
        share: Share,
    ) -> Answer:
        has_body = request.method == "POST"
        read = body.read_body if has_body else body.read_query
        is_long = len(content) > LONG_BYTES
        charge = partial(self._charge, request, caller.key, len(content), turn)
        try:
            with stage("parse"):
                operation = await off_loop(is_long, _operation, read, content)
        except RequestError:
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

    async def _charge(self, request: Request, key: str, size: int, turn: Turn, cost: int) -> None:
        if self._rate is not None:
            self._rate.charge(key, cost + size // BYTES_PER_UNIT)
        if await turn.costs(cost):
            await _check_connection(request)


def _operation(read: Callable[[bytes], dict[str, Any]], content: bytes) -> Operation:
    values = read(content)
    check_query(values)
    try:
        return msgspec.convert(values, Operation)
    except msgspec.ValidationError as error:
        raise BadRequest(f"Not a GraphQL request: {error}.") from None


async def _check_connection(request: Request) -> None:
    """Raises BadRequest if the client has closed the connection."""
    if await request.is_disconnected():
        raise BadRequest("The client is gone.")


async def _closed(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
