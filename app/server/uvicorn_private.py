"""All uses of uvicorn's private API.

`Connection` only uses the two hooks below. The private API may change in any release of uvicorn, so
pyproject.toml sets an upper bound, and a test reports missing names. Checked with uvicorn 0.54.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

OVERRIDDEN = ("_start_asgi_task", "_unsupported_upgrade_warning")

PROTOCOL_ATTRIBUTES = (
    "cycle",
    "headers",
    "loop",
    "parser",
    "pipeline",
    "scope",
    "transport",
    "url",
)
CYCLE_ATTRIBUTES = (
    *("disconnected", "message_event", "response_complete", "response_started", "scope"),
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
