"""The endpoint: GraphQL over HTTP."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.errors import RequestError
from app.domain.service import ModelTemplateService
from app.graphql.errors import ReadOnly
from app.graphql.execute import Answer, Executor, Operation
from app.graphql.types import Context
from app.web import body
from app.web.auth import Authentication
from app.web.errors import BadRequest, error_response, json_response
from app.web.negotiation import GRAPHQL_RESPONSE, media_type, wants_html
from app.web.pages.document import Page


class Endpoint:
    """Answers operations; a browser that asks for HTML gets the playground, if there is one.
    Inside of `wait_budget`, all of a request's waiting for the database shares one deadline."""

    def __init__(
        self,
        executor: Executor,
        service: ModelTemplateService,
        authentication: Authentication,
        wait_budget: Callable[[], AbstractContextManager[None]],
        *,
        max_body_bytes: int,
        playground: Page | None = None,
    ) -> None:
        self._executor = executor
        self._service = service
        self._authentication = authentication
        self._wait_budget = wait_budget
        self._max_body_bytes = max_body_bytes
        self._playground = playground

    async def answer(self, request: Request) -> Response:
        """GET or POST; every error_response is JSON with `errors`."""
        accepted = ",".join(request.headers.getlist("accept"))
        if request.method == "GET" and self._playground and wants_html(accepted):
            return HTMLResponse(self._playground.html, headers=self._playground.headers)
        kind = media_type(accepted)
        try:
            with self._wait_budget():
                answer = await self._answer(request)
        except ReadOnly as error:
            response = error_response(BadRequest(str(error), 405), kind)
            response.headers["allow"] = "POST"
            return response
        except RequestError as error:
            return error_response(error, kind)
        status = 400 if answer.refused and kind == GRAPHQL_RESPONSE else 200
        return json_response(answer.content, status, kind)

    async def _answer(self, request: Request) -> Answer:
        caller = await self._authentication.viewer(request)
        return await self._executor.answer(
            await self._operation(request),
            Context(service=self._service, viewer=caller),
            read_only=request.method != "POST",
        )

    async def _operation(self, request: Request) -> Operation:
        if request.method == "POST":
            given = await body.posted(request, self._max_body_bytes)
        else:
            given = body.asked(request.scope["query_string"])
        try:
            return msgspec.convert(given, Operation)
        except msgspec.ValidationError as error:
            raise BadRequest(f"Not a GraphQL request: {error}.") from None
