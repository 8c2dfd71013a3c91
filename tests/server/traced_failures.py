"""A program that traces requests whose commands and code fail with a value in the message, and a
command that is part of no request. Its argument is the URI of a database."""

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from app.web.trace_settings import new_tracing


def main(uri: str) -> None:
    tracing = new_tracing(os.environ, "1.2.3")
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
    asyncio.run(request())
    client.close()
    tracing.close()


if __name__ == "__main__":
    main(sys.argv[1])
