"""The sampler that keeps what is not about a request out of the traces."""

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class OfRequests(Sampler):
    """Samples requests as another sampler does, and drops what has no parent: the commands of
    background tasks, of health checks and of the start."""

    def __init__(self, of_requests: Sampler) -> None:
        self._of_requests = of_requests

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        has_parent = trace.get_current_span(parent_context).get_span_context().is_valid
        if kind is not SpanKind.SERVER and not has_parent:
            return SamplingResult(Decision.DROP)
        return self._of_requests.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"OfRequests({self._of_requests.get_description()})"
