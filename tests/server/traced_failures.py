"""A program that traces a request whose command and code fail with a value in the message, requests
with many names, and a command that is part of no request. Its argument is the URI of a database."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

from opentelemetry.trace import SpanKind
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from app.domain.request_facts import RequestFacts
from app.web.trace_settings import tracing_for


def main(uri: str) -> None:
    tracing = tracing_for(os.environ, "1.2.3")
    assert tracing is not None
    client = MongoClient[dict[str, Any]](uri)

    async def failing(*_: Any) -> Any:
        with suppress(OperationFailure):
            client.get_database("traced").command("find", "c", filter={"$s3cret": 1})
        raise ValueError("s3cret")

    async def request() -> None:
        scope = {"type": "http", "method": "S3CRET", "scheme": "http", "path": "/" + 1_000 * "a"}
        with suppress(ValueError):
            await tracing.requests(failing)({**scope, "headers": []}, failing, failing)

    client.get_database("traced").command("ping")
    tracer = tracing.provider.get_tracer("test")
    for number in range(100):
        facts = RequestFacts(id="x", type="query", operation=f"Q{number}")
        with tracer.start_as_current_span("POST", kind=SpanKind.SERVER) as span:
            tracing.describe(span, facts)
    asyncio.run(request())
    client.close()
    tracing.close()


if __name__ == "__main__":
    main(sys.argv[1])
