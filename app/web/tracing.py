"""Traces for OpenTelemetry: a span for each request, with spans for its stages and the commands of
the database. Imported only if traces are exported, because the extra is not always installed.

Spans have no values of callers but the path and the name of the operation, both bounded: no query
string, no header, no variable, no document, no key, no message of an exception or of the database.
"""

from threading import Thread

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from opentelemetry.propagate import get_global_textmap
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode
from pymongo.monitoring import CommandFailedEvent
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain import trace_spans
from app.domain.request_facts import RequestFacts, current_facts
from app.web.api_paths import route_of
from app.web.operation_names import OTHER, OperationNames
from app.web.request_log import MAX_NAME, MAX_PATH
from app.web.trace_sampler import OfRequests

FLUSH_SECONDS = 3.0
"""How long a process waits at its end for the last spans to be exported."""

HEALTH = r"/(healthz|readyz)$"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

FAULTS = frozenset({"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "UNREADABLE"})
"""Codes of errors that are the server's; others are the caller's and no failure of a span."""

_REQUEST = "model_templates.request"


class Tracing:
    """Records and exports the spans of this process, as the variables of OpenTelemetry say."""

    def __init__(self, version: str) -> None:
        """To be called before the database is connected, and once in a process."""
        defaults = {"service.name": "model-templates", "service.version": version}
        resource = Resource.create().merge(Resource(defaults))
        self.provider = TracerProvider(
            resource=resource.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        self.provider.sampler = OfRequests(self.provider.sampler)
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self.provider.get_tracer("model-templates", version)
        self._names = OperationNames()
        trace_spans.record_spans(self._span)
        PymongoInstrumentor().instrument(
            tracer_provider=self.provider, capture_statement=False, failed_hook=_without_message
        )

    def requests(self, app: ASGIApp) -> ASGIApp:
        """The middleware for requests."""
        return TracedRequests(app, self)

    def close(self) -> None:
        """Exports the last spans, for a few seconds at most."""
        trace_spans.record_spans(None)
        # In a thread, because the SDK waits up to half a minute for a collector.
        closing = Thread(target=self.provider.shutdown, daemon=True)
        closing.start()
        closing.join(FLUSH_SECONDS)

    def _span(self, name: str) -> trace_spans.Span:
        if not trace.get_current_span().is_recording():
            return trace_spans.NO_SPAN
        return self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        )

    def describe(self, span: Span, facts: RequestFacts) -> None:
        """Names the span of a request after its operation, if there is one, and adds its facts."""
        span.set_attribute("model_templates.request_id", facts.id)
        if facts.type is not None:
            name = self._names.label(facts.operation)
            span.update_name(f"{facts.type} {name}" if name not in ("", OTHER) else facts.type)
            if facts.type not in METHODS:
                span.set_attribute("graphql.operation.type", facts.type)
        if facts.operation and facts.type not in METHODS:
            span.set_attribute("graphql.operation.name", facts.operation[:MAX_NAME])
        if facts.code is not None:
            span.set_attribute("error.type", facts.code)
        if facts.code in FAULTS:
            span.set_status(Status(StatusCode.ERROR, facts.code))


class _Request:
    """A request as it came, while the instrumentation sees only a part of it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.error: Exception | None = None


class TracedRequests:
    """The middleware that makes a span of each request. The request's `traceparent` is its parent.

    Inside of `RequestLog`, whose line gets the id of the trace.
    """

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing
        self._propagated = {field.encode() for field in get_global_textmap().fields}
        self._instrumented = OpenTelemetryMiddleware(
            self._inside,
            excluded_urls=HEALTH,
            default_span_details=_span_details,
            tracer_provider=tracing.provider,
            exclude_spans=["receive", "send"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = _Request(scope)
        await self._instrumented(self._visible(scope, request), receive, send)
        if request.error is not None:
            raise request.error

    def _visible(self, scope: Scope, request: _Request) -> Scope:
        """The scope for the instrumentation, which would record the query string and, if it is told
        to, headers."""
        headers = [header for header in scope["headers"] if header[0] in self._propagated]
        seen = {"path": scope["path"][:MAX_PATH], "query_string": b"", "headers": headers}
        return {**scope, **seen, "raw_path": None, _REQUEST: request}

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: _Request = scope[_REQUEST]
        span, facts = trace.get_current_span(), current_facts()
        if (context := span.get_span_context()).is_valid:
            facts.trace_id = trace.format_trace_id(context.trace_id)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and span.is_recording():
                self._tracing.describe(span, facts)
            await send(message)

        try:
            await self._app(request.scope, receive, sending)
        except Exception as error:  # The instrumentation would record its message.
            request.error = error
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))


def _span_details(scope: Scope) -> tuple[str, dict[str, str]]:
    """The first name of the span of a request, and attributes."""
    method = scope["method"] if scope["method"] in METHODS else "HTTP"
    if (route := route_of(scope["path"], method)) is not None:
        return f"{method} {route}", {"http.route": route}
    return method, {}


def _without_message(span: Span, event: CommandFailedEvent) -> None:
    """Replaces the database's message, which may have values, by the name of the error."""
    failure = event.failure
    name = failure.get("codeName") or failure.get("errtype", "unknown")
    span.set_status(Status(StatusCode.ERROR, str(name)))
