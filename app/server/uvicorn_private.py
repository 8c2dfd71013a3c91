"""Everything of uvicorn that is private and that we override: nothing else in this project does.

`Connection` uses the two hooks below, which are ours. What they hang on may change in any release
of uvicorn, so pyproject.toml has an upper bound, and a test says which name is gone. Checked with
uvicorn 0.54.
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
"""Without an underscore, but nowhere documented either."""


class PrivateHooks(HttpToolsProtocol):
    """uvicorn's protocol with hooks."""

    def request_begins(self, cycle: RequestResponseCycle) -> None:
        """A request is handed to the application now. Those of one connection wait in line."""

    def upgrade_offered(self) -> None:
        """The parser has stopped behind the head of a request that offers another protocol. The
        exception that says where is being handled."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.request_begins(cycle)
        super()._start_asgi_task(cycle, app)

    def _unsupported_upgrade_warning(self) -> None:
        self.upgrade_offered()  # In place of the warning.
