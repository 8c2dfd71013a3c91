"""Logging: readable lines on a terminal, JSON elsewhere.

Logs contain no input of callers and no values of settings. Exception messages may repeat such
values, so exceptions are logged as types and code locations only; libraries that log their traffic
are limited to warnings.
"""

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from app.domain.characters import escaped
from app.domain.json_text import to_json
from app.domain.request_facts import current_facts
from app.settings import LogFormat, Settings
from app.web.request_log import ACCESS, FIELDS

QUIET = ("pymongo", "motor", "strawberry", "httpx", "httpcore", "opentelemetry", "urllib3")
"""Libraries that would log values at level info or debug; they log warnings and errors only."""

UVICORN = "uvicorn.error"
"""uvicorn's logger of everything but requests, errors or not."""

PRETTY = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


# No line shows these, and to find them out takes a third of the time to make a record.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class WithRequest(logging.Filter):
    """Adds the ids of the request that is being answered, and of its trace, to what is logged about
    it."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = current_facts()
        if facts.id and not hasattr(record, FIELDS):
            ids = {"request_id": facts.id, "trace_id": facts.trace_id}
            setattr(record, FIELDS, {name: id for name, id in ids.items() if id is not None})
        return True


class FirstLine(logging.Filter):
    """Reduces asyncio's messages about failed tasks to their first line, without exception text."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        return True


class OfServer(logging.Filter):
    """Gives uvicorn's lines the name of what they are about, without the address, which the banner
    has."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == UVICORN:
            record.name = "server"
        return not str(record.msg).startswith("Uvicorn running on")


def where(error: BaseException) -> str:
    """Types and code locations of an exception and its causes, without messages or source code."""
    return "\n".join(_places(error, set()))


def _places(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _places(earlier, seen)
        yield "which led to"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    for member in getattr(error, "exceptions", ()):
        if id(member) not in seen:
            yield from _places(member, seen)


def _exception(exc_info: Any) -> str:
    return "" if exc_info[1] is None else where(exc_info[1])


class Pretty(logging.Formatter):
    """A readable line with the fields of the record, followed by the locations of an exception.

    Control and invisible characters are escaped: a request's path or address cannot forge a second
    line, nor change the terminal.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = getattr(record, FIELDS, {})
        shown = [record.message, *(f"{name}={value}" for name, value in fields.items())]
        record.message = escaped(" ".join(shown))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return _exception(ei)

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # Another formatter may have cached one.
        return super().format(record)


class Json(JsonFormatter):
    """One JSON object per line: time (RFC 3339), level, logger, message and, if present,
    `exception`, the `id` of an unexpected error and the fields of the record."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
            timestamp="time",
        )

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data |= log_data.pop(FIELDS, {})

    def formatException(self, ei: Any) -> str:
        return _exception(ei)

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None
        if record.name == ACCESS:
            return _request_line(record)
        return super().format(record)


def _request_line(record: logging.LogRecord) -> str:
    """The same line, in a fifth of the time: there is one for each request."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat()
    entry = {"level": record.levelname, "logger": record.name, "message": record.msg, "time": time}
    entry |= getattr(record, FIELDS)
    line = msgspec.json.format(to_json(entry), indent=0).decode()
    is_plain = line.isascii() and line.isprintable()
    return line if is_plain else json.dumps(entry)  # Which escapes all other characters.


class Lines(logging.StreamHandler[TextIO]):
    """Writes lines in their order. Those about requests that end in the same turn of the event loop
    are written together, at its next turn: a line alone takes as long as ten at once."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._waiting: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != ACCESS or record.levelno > logging.INFO:
            self.flush()
            return super().emit(record)
        self._waiting.append(record)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.flush, context=Context())

    def flush(self) -> None:
        """Writes what waits."""
        self.acquire()
        waiting, self._waiting = self._waiting, []
        try:
            if waiting:
                self.stream.write(self.terminator.join([*map(self.format, waiting), ""]))
            super().flush()
        except Exception:
            self.handleError(waiting[-1] if waiting else _NO_RECORD)
        finally:
            self.release()


_NO_RECORD = logging.makeLogRecord({})


FORMATTERS = {LogFormat.PRETTY: {"()": Pretty, "format": PRETTY}, LogFormat.JSON: {"()": Json}}


def configuration(settings: Settings) -> dict[str, Any]:
    """The configuration for `logging.config`, which uvicorn applies in every process."""
    chosen = settings.log_format
    if chosen is None:
        chosen = LogFormat.PRETTY if sys.stderr.isatty() else LogFormat.JSON
    level = settings.log_level.value.upper()
    quiet = level if level == "ERROR" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": FORMATTERS[chosen]},
        "filters": {
            "with_request": {"()": WithRequest},
            "of_server": {"()": OfServer},
            "first_line": {"()": FirstLine},
        },
        "handlers": {
            "stderr": {
                "()": Lines,
                "formatter": "chosen",
                "filters": ["with_request", "of_server"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": quiet} for name in QUIET},
            "opentelemetry.exporter": {"level": "ERROR"},  # A warning is one try of several.
            "asyncio": {"level": quiet, "filters": ["first_line"]},
        },
    }
