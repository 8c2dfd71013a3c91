"""SGP's REST API over HTTP."""

from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.answer_budget import within_budget
from app.domain.cpu_time import off_loop, shared_cpu_time
from app.domain.errors import RequestError
from app.domain.patterns import operation_budget
from app.domain.request_facts import current_facts, stage
from app.domain.service import ModelTemplateService
from app.rest.details import NotFound, Rejected, details_of, error_body
from app.rest.operations import COST, Call, Operations
from app.rest.query_string import query_values
from app.rest.sgp_routes import V4, SgpOperation, is_sgp_path, operations_at
from app.web import body
from app.web.admission import Admission, Admitted, Reply
from app.web.errors import (
    STATUSES,
    BadRequest,
    Renderer,
    json_headers,
    json_response,
    with_status,
)
from app.web.header_values import header_values, raw
from app.web.negotiation import JSON

RETRY_COUNT = b"x-stainless-retry-count"
"""The header in which SGP's client says how often it has sent the same request before."""

_HEADERS = raw(json_headers(JSON))
_STATUSES = {**STATUSES, "BAD_USER_INPUT": 422, "QUERY_TOO_COMPLEX": 422}


class SgpEndpoint:
    """Answers the requests of SGP's clients. An ASGI application."""

    def __init__(
        self, service: ModelTemplateService, admission: Admission, *, max_answer_bytes: int
    ) -> None:
        self._operations = Operations(service)
        self._admission = admission
        self._max_answer_bytes = max_answer_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response. Raises RequestError."""
        method = request.method
        operations, id = operations_at(request.scope["path"])
        if not operations:
            raise NotFound
        operation = operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            heads = {"HEAD"} if "GET" in operations else set()
            return _other_method(method, sorted({*operations, *heads, "OPTIONS"}))
        facts = current_facts()
        facts.type, facts.operation = operation.method, operation.name
        return await self._admission.answer(
            request,
            partial(self._reply, request.scope, operation, id),
            has_body=operation.takes_body,
            writes=lambda _: operation.writes,
        )

    async def _reply(
        self, scope: Scope, operation: SgpOperation, id: str, admitted: Admitted
    ) -> Reply:
        call = await _call(scope, operation, id, admitted)
        run = partial(operation.run, self._operations, call)
        limit, room = self._max_answer_bytes, admitted.share
        with operation_budget(), shared_cpu_time():
            content = await within_budget(run, limit, room, is_write=operation.writes)
        return Reply(content, 200, _HEADERS)


async def _call(scope: Scope, operation: SgpOperation, id: str, admitted: Admitted) -> Call:
    """The call of an operation. Raises RequestError for a body or query string that is not one."""
    values = {}
    try:
        if operation.takes_body:
            with stage("parse"):
                values = await off_loop(admitted.is_long, body.read_body, admitted.content)
        elif admitted.content:
            values = query_values(admitted.content, operation.parameters)
    except (BadRequest, Rejected):
        await admitted.charge(COST)
        raise
    return Call(
        viewer=admitted.caller.viewer,
        charge=admitted.charge,
        id=id,
        values=values,
        is_long=admitted.is_long,
        is_repeated=operation.writes and _is_repeated(scope),
    )


def _is_repeated(scope: Scope) -> bool:
    counts = header_values(scope, RETRY_COUNT)
    return any(count.isdecimal() and count.strip("0") for count in counts)


def _other_method(method: str, allowed: list[str]) -> Response:
    allow = {"allow": ", ".join(allowed)}
    if method == "OPTIONS":
        return Response(None, 204, allow)
    raise BadRequest("The method is not allowed here.", 405, allow)


def sgp_error(request: HTTPConnection, error: RequestError) -> Response:
    """The Renderer for SGP's routes."""
    current_facts().fail(error.code)
    details = details_of(error)
    if isinstance(error, BadRequest) and error.status == 404:
        details = details_of(NotFound())
    content = error_body(details, as_text=not request.scope["path"].startswith(V4))
    response = with_status(error, json_response(content, 400), _STATUSES)
    if isinstance(error, Rejected):
        response.status_code = error.status
        response.headers.update(error.headers)
    return response


def by_path(graphql_error: Renderer) -> Renderer:
    """The Renderer that gives each path the errors of its API: SGP's routes their own, and all
    other paths those of GraphQL."""

    def render(request: HTTPConnection, error: RequestError) -> Response:
        is_sgp = is_sgp_path(request.scope["path"])
        return (sgp_error if is_sgp else graphql_error)(request, error)

    return render
