"""The GraphQL endpoint: GraphQL over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.cpu_time import off_loop
from app.domain.fair_threads import working_for
from app.domain.service import ModelTemplateService
from app.graphql.execute import REJECTED_COST, Answer, Executor, Operation
from app.graphql.types import Context
from app.web import body
from app.web.auth import Authenticated, Authentication
from app.web.errors import BadRequest, json_response
from app.web.negotiation import GRAPHQL_RESPONSE, accepted, media_type, wants_html
from app.web.pages.page import Page
from app.web.rate import BYTES_PER_UNIT, KeyRate
from app.web.turns import Turns

LONG_BYTES = 8_000
"""The size of a body from where on it takes milliseconds to read its values."""


class Endpoint:
    """Executes operations; serves the playground, if enabled, to browsers."""

    def __init__(
        self,
        executor: Executor,
        service: ModelTemplateService,
        authentication: Authentication,
        *,
        turns: Turns,
        max_body_bytes: int,
        rate: KeyRate | None = None,
        playground: Page | None = None,
    ) -> None:
        self._executor = executor
        self._service = service
        self._authentication = authentication
        self._max_body_bytes = max_body_bytes
        self._rate = rate
        self._turns = turns
        self._playground = playground

    async def answer(self, request: Request) -> Response:
        """The response to a GET or POST. Raises RequestError if the whole request is rejected."""
        accept = accepted(request)
        if request.method == "GET" and self._playground and wants_html(accept):
            return HTMLResponse(self._playground.html, headers=self._playground.headers)
        caller = await self._authentication.caller(request)
        if self._rate is not None:
            await self._rate.check(caller.key)
        answer = await self._answer(request, caller)
        kind = media_type(accept)
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        response = json_response(answer.content, status, kind)
        if self._rate is not None:
            response.headers.update(await self._rate.headers(caller.key))
        return response

    async def _answer(self, request: Request, caller: Authenticated) -> Answer:
        has_body = request.method == "POST"
        content = (
            await body.received(request, self._max_body_bytes)
            if has_body
            else request.scope["query_string"]
        )
        read = body.read_body if has_body else body.read_query
        is_long = len(content) > LONG_BYTES
        key, size = caller.key, len(content)
        with working_for(key), self._turns.request(key, size):
            async with self._turns.turn(key, size) as has_waited:
                if has_waited and await request.is_disconnected():
                    raise BadRequest("The client is gone.")
                charge = partial(self._charge, key, size)
                try:
                    operation = await off_loop(is_long, _operation, read, content)
                except BadRequest:
                    await charge(REJECTED_COST)
                    raise
                return await self._executor.answer(
                    operation,
                    Context(service=self._service, viewer=caller.viewer, is_long=is_long),
                    read_only=not has_body,
                    charge=charge,
                )

    async def _charge(self, key: str, size: int, cost: int) -> None:
        if self._rate is not None:
            await self._rate.charge(key, cost + size // BYTES_PER_UNIT)


def _operation(read: Callable[[bytes], dict[str, Any]], content: bytes) -> Operation:
    try:
        return msgspec.convert(read(content), Operation)
    except msgspec.ValidationError as error:
        raise BadRequest(f"Not a GraphQL request: {error}.") from None
