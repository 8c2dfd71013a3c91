"""The GraphQL endpoint: GraphQL over HTTP."""

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.audit import request_of
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor, Operation
from app.graphql.types import Context
from app.web import body
from app.web.auth import Authentication, key_prefix
from app.web.errors import BadRequest, json_response
from app.web.negotiation import GRAPHQL_RESPONSE, accepted, media_type, wants_html
from app.web.pages.page import Page


class Endpoint:
    """Executes operations; serves the playground, if enabled, to browsers."""

    def __init__(
        self,
        executor: Executor,
        service: ModelTemplateService,
        authentication: Authentication,
        *,
        max_body_bytes: int,
        playground: Page | None = None,
    ) -> None:
        self._executor = executor
        self._service = service
        self._authentication = authentication
        self._max_body_bytes = max_body_bytes
        self._playground = playground

    async def answer(self, request: Request) -> Response:
        """The response to a GET or POST. Raises RequestError if the whole request is rejected."""
        accept = accepted(request)
        if request.method == "GET" and self._playground and wants_html(accept):
            return HTMLResponse(self._playground.html, headers=self._playground.headers)
        caller = await self._authentication.viewer(request)
        operation = await self._operation(request)
        context = Context(service=self._service, viewer=caller)
        read_only = request.method != "POST"
        with request_of(key_prefix(request), request.client.host if request.client else None):
            answer = await self._executor.answer(operation, context, read_only=read_only)
        kind = media_type(accept)
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        return json_response(answer.content, status, kind)

    async def _operation(self, request: Request) -> Operation:
        if request.method == "POST":
            given = await body.read_body(request, self._max_body_bytes)
        else:
            given = body.read_query(request.scope["query_string"])
        try:
            return msgspec.convert(given, Operation)
        except msgspec.ValidationError as error:
            raise BadRequest(f"Not a GraphQL request: {error}.") from None
