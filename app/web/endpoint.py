"""The GraphQL endpoint: GraphQL over HTTP."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.cpu_time import off_loop
from app.domain.errors import RequestError
from app.domain.request_facts import stage
from app.domain.service import ModelTemplateService
from app.graphql.execute import REJECTED_COST, Executor
from app.graphql.operation import Operation
from app.graphql.types import Context
from app.web import body
from app.web.admission import Admission, Admitted, Reply
from app.web.errors import BadRequest, json_headers
from app.web.header_values import raw
from app.web.negotiation import GRAPHQL_RESPONSE, JSON, accepted, media_type, wants_html
from app.web.pages.page import Page
from app.web.persisted_queries import check_query

_HEADERS = {kind: raw(json_headers(kind)) for kind in (JSON, GRAPHQL_RESPONSE)}
"""The headers of answers, by media type."""


class Endpoint:
    """Executes operations; serves the playground, if enabled, to browsers. An ASGI application."""

    def __init__(
        self,
        executor: Executor,
        service: ModelTemplateService,
        admission: Admission,
        *,
        playground: Page | None = None,
    ) -> None:
        self._executor = executor
        self._service = service
        self._admission = admission
        self._playground = playground

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response to a GET or POST. Raises RequestError if the whole request is rejected."""
        if request.method == "GET" and self._playground and wants_html(accepted(request.scope)):
            return await self._playground.answer(request)
        has_body = request.method == "POST"

        def is_mutation(content: bytes) -> bool:
            # A query with this word takes the turn of a mutation, which does it no harm.
            return has_body and b"mutation" in content

        work = partial(self._reply, request)
        return await self._admission.answer(request, work, has_body=has_body, writes=is_mutation)

    async def _reply(self, request: Request, admitted: Admitted) -> Reply:
        has_body = request.method == "POST"
        read = body.read_body if has_body else body.read_query
        try:
            with stage("parse"):
                operation = await off_loop(admitted.is_long, _operation, read, admitted.content)
        except RequestError:
            await admitted.charge(REJECTED_COST)
            raise
        viewer = admitted.caller.viewer
        answer = await self._executor.answer(
            operation,
            Context(service=self._service, viewer=viewer, is_long=admitted.is_long),
            read_only=not has_body,
            charge=admitted.charge,
            room=admitted.share,
        )
        kind = media_type(accepted(request.scope))
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        return Reply(answer.content, status, _HEADERS[kind])


def _operation(read: Callable[[bytes], dict[str, Any]], content: bytes) -> Operation:
    values = read(content)
    check_query(values)
    try:
        return msgspec.convert(values, Operation)
    except msgspec.ValidationError as error:
        raise BadRequest(f"Not a GraphQL request: {error}.") from None
