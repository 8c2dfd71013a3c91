"""The middleware that names each request, and reports it in one line of the log.

A line has no variables, no headers and no query string. The name of the operation, the path and the
request's id come from the caller, and are bounded.
"""

import logging
import re
import time
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from app.domain.request_facts import RequestFacts, answering
from app.web.hosts import PROBES

REQUEST_ID = "x-request-id"
MAX_NAME, MAX_PATH = 80, 200
"""Characters of the operation's name and of the path that are logged."""

_ID = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")
_HEADER = REQUEST_ID.encode()

ACCESS = "access"
"""The name of the logger of requests."""

log = logging.getLogger(ACCESS)


class Observer(Protocol):
    """Measures requests."""

    def begun(self) -> None:
        """A request has arrived."""

    def ended(self, facts: RequestFacts, path: str, size: int, seconds: float) -> None:
        """A request has been answered with `size` bytes, or could not be, after so long."""


def new_facts(given: bytes | None = None) -> RequestFacts:
    """Facts of a request with an id that the caller has given, if it is short and plain, or else a
    new one."""
    if given is not None and _ID.fullmatch(given):
        return RequestFacts(id=given.decode())
    return RequestFacts(id=str(uuid7()))


class RequestLog:
    """Outermost, so that all that the other middleware answers is reported, too.

    An operation that took at least `slow_seconds`, if that is not 0, is a warning with the time of
    each stage.
    """

    def __init__(self, app: ASGIApp, slow_seconds: float, observer: Observer | None = None) -> None:
        self._app = app
        self._slow_seconds = slow_seconds
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        facts = new_facts(next((v for name, v in scope["headers"] if name == _HEADER), None))
        begun, status, size = time.perf_counter(), 0, 0

        async def sending(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, facts.id.encode())]
            else:
                size += len(message.get("body", b""))
            await send(message)

        if self._observer is not None:
            self._observer.begun()
        try:
            with answering(facts):
                await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - begun
            self._report(scope, facts, status, size, seconds)
            if self._observer is not None:
                self._observer.ended(facts, scope["path"], size, seconds)

    def _report(
        self, scope: Scope, facts: RequestFacts, status: int, size: int, seconds: float
    ) -> None:
        is_slow = 0 < self._slow_seconds <= (facts.seconds or 0)
        # Every few seconds; the server also probes itself before it prints its address.
        is_probe = scope["path"] in PROBES and status == 200
        level = logging.WARNING if is_slow else logging.DEBUG if is_probe else logging.INFO
        if not log.isEnabledFor(level):
            return
        path, client = scope["path"][:MAX_PATH], scope.get("client")
        fields: dict[str, Any] = {
            "method": scope["method"],
            "path": path,
            "status": status or None,  # None: the caller was gone.
            "ms": _ms(seconds),
            "operation": facts.operation and facts.operation[:MAX_NAME],
            "type": facts.type,
            "code": facts.code,
            "key": facts.key,
            "account": facts.account,
            "bytes": size,
            "client": client[0] if client else None,
            "request_id": facts.id,
            "trace_id": facts.trace_id,
        }
        if is_slow:
            fields |= {f"{stage}_ms": _ms(spent) for stage, spent in facts.stages.items()}
        shown = {name: value for name, value in fields.items() if value is not None}
        log.handle(_record(level, "Slow operation" if is_slow else "Request", shown))


FIELDS = "fields"
"""The attribute of a log record with what formatters show beside the message."""

_LIKE_ALL = vars(log.makeRecord(log.name, logging.INFO, "", 0, "", (), None))


def _record(level: int, message: str, fields: dict[str, Any]) -> logging.LogRecord:
    """A record as `log.log` makes it, in a tenth of the time: it neither searches the stack for the
    place of the line, nor takes the same names apart again."""
    record = logging.LogRecord.__new__(logging.LogRecord)
    created = time.time()
    record.__dict__ = {
        **_LIKE_ALL,
        "levelno": level,
        "levelname": logging.getLevelName(level),
        "msg": message,
        "created": created,
        "msecs": created % 1 * 1_000,
        FIELDS: fields,
    }
    return record


def _ms(seconds: float) -> float:
    return round(seconds * 1_000, 1)
