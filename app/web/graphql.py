"""The endpoint: GraphQL over HTTP."""

import json
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from app.api.schema import Operation, ReadOnly, Schema
from app.api.types import Context
from app.domain.errors import RequestError
from app.domain.service import ModelTemplateService
from app.web.auth import Authenticate, viewer

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_STATUSES = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "SERVICE_UNAVAILABLE": 503}


class BadRequest(RequestError):
    """Not a GraphQL request as HTTP carries it."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Endpoint:
    """Answers operations; a browser that asks for HTML gets the playground, if there is one."""

    def __init__(
        self,
        schema: Schema,
        service: ModelTemplateService,
        authenticate: Authenticate,
        *,
        max_body_bytes: int,
        playground: str | None = None,
    ) -> None:
        self._schema = schema
        self._service = service
        self._authenticate = authenticate
        self._max_body_bytes = max_body_bytes
        self._playground = playground

    async def answer(self, request: Request) -> Response:
        """GET or POST; every refusal is JSON with `errors`."""
        accepted = request.headers.get("accept", "")
        if request.method == "GET" and self._playground and "text/html" in accepted:
            return HTMLResponse(self._playground)
        media_type = GRAPHQL_RESPONSE if GRAPHQL_RESPONSE in accepted else JSON
        try:
            caller = await viewer(request.headers, self._authenticate)
            answer = await self._schema.answer(
                await self._operation(request),
                Context(service=self._service, viewer=caller),
                read_only=request.method != "POST",
            )
        except ReadOnly as error:
            raise HTTPException(405, str(error), {"allow": "POST"}) from None
        except RequestError as error:
            return _refusal(error, media_type)
        status = 400 if answer.refused and media_type == GRAPHQL_RESPONSE else 200
        return _response(answer.body, status, media_type)

    async def _operation(self, request: Request) -> Operation:
        if request.method != "POST":
            asked: Any = dict(request.query_params)
            for name in {"variables", "extensions"} & asked.keys():
                asked[name] = _decoded(asked[name] or "null")
        else:
            content_type = request.headers.get("content-type", "").partition(";")[0].strip()
            if content_type.lower() != JSON:
                raise BadRequest(f"The body must be of the type {JSON}.", 415)
            asked = _decoded(await self._body(request))
        try:
            return msgspec.convert(asked, Operation)
        except msgspec.ValidationError as error:
            raise BadRequest(f"Not a GraphQL request: {error}.") from None

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._max_body_bytes:
                    raise BadRequest(f"The body is over {self._max_body_bytes:,} bytes.", 413)
        except ClientDisconnect:
            raise BadRequest("The body ended early.") from None  # Nobody hears it.
        return bytes(body)


async def http_error(_: Request, error: Exception) -> Response:
    """What the router refuses (an unknown path, a method), in the form of every other refusal."""
    assert isinstance(error, HTTPException)  # noqa: S101
    response = _refusal(BadRequest(error.detail, error.status_code), JSON)
    response.headers.update(error.headers or {})
    return response


def _decoded(text: bytes | str) -> Any:
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise BadRequest("The request is not valid JSON in UTF-8.") from None


def _refusal(error: RequestError, media_type: str) -> Response:
    status = error.status if isinstance(error, BadRequest) else _STATUSES.get(error.code, 400)
    body = {"errors": [{"message": str(error), "extensions": error.extensions}]}
    response = _response(body, status, media_type)
    if status == 401:
        response.headers["www-authenticate"] = 'ApiKey realm="model-templates"'
    return response


def _response(body: dict[str, Any], status: int, media_type: str) -> Response:
    # Escaped to ASCII: a message may repeat a lone surrogate, which UTF-8 cannot hold.
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, {"content-type": f"{media_type}; charset=utf-8"})
