"""All uses of uvicorn's private API.

The other modules override only the hooks below, and methods without an underscore that are not
documented. All of this may change in any release of uvicorn, so pyproject.toml sets an upper bound,
and a test reports missing names. Checked with uvicorn 0.54.
"""

from asyncio import Transport
from collections import deque
from functools import cached_property
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server
from uvicorn.supervisors import multiprocess

OVERRIDDEN: dict[type, tuple[str, ...]] = {
    FlowControl: ("resume_reading",),
    HttpToolsProtocol: (
        *("_start_asgi_task", "_unsupported_upgrade_warning"),
        *("on_response_complete", "shutdown", "timeout_keep_alive_handler"),
    ),
    Server: ("handle_exit", "shutdown", "startup"),
    multiprocess.Process: ("server",),
    multiprocess.Multiprocess: ("join_all", "run", "terminate_all"),
}
"""Methods and properties of uvicorn's classes that ours replace."""

PROTOCOL_ATTRIBUTES = (
    "cycle",
    "flow",
    "headers",
    "loop",
    "parser",
    "pipeline",
    "scope",
    "transport",
    "url",
)
CYCLE_ATTRIBUTES = (
    *("disconnected", "keep_alive", "message_event", "response_complete", "response_started"),
    "scope",
)
"""Attributes without an underscore that are not documented."""


class PrivateHooks(HttpToolsProtocol):
    """uvicorn's protocol with two hooks."""

    def request_begins(self, cycle: RequestResponseCycle) -> None:
        """Called when a request is passed to the application; pipelined ones wait their turn."""

    def upgrade_offered(self) -> None:
        """Called when the parser has stopped after the headers of a request with an Upgrade header,
        while its HttpParserUpgrade, which has the position, is being handled."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.request_begins(cycle)
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        self.upgrade_offered()  # Instead of the warning.


class PipelineFlow(FlowControl):
    """The flow control of a connection that is not read while pipelined requests wait: they and
    what is read would take memory without bound."""

    def __init__(self, transport: Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        """Called when a request asks for more of its body, and when it has been answered."""
        if not self._pipeline:
            super().resume_reading()


class Worker(multiprocess.Process):
    """A worker process, with a server that a subclass creates."""

    @cached_property
    def server(self) -> Server:
        raise NotImplementedError


class Supervisor(multiprocess.Multiprocess):
    """uvicorn's supervisor with a class of worker processes."""

    worker: type[Worker]

    def run(self) -> None:
        """Runs until a signal arrives, and the workers have ended."""
        original = multiprocess.Process
        multiprocess.Process = self.worker  # type: ignore[misc]
        try:
            super().run()
        finally:
            multiprocess.Process = original  # type: ignore[misc]
