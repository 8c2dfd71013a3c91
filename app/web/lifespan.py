"""The server's lifespan: background tasks and cleanup."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from app.web.allocator import give_back_memory

BackgroundTask = Callable[[], Coroutine[Any, Any, None]]

log = logging.getLogger(__name__)


def lifespan(
    background: Mapping[str, BackgroundTask], *close: Callable[[], None]
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Starlette's `lifespan` with background tasks by name.

    The tasks start with the server without delaying it. A failure is logged with the task's name,
    and the server continues. At shutdown, running tasks are cancelled and awaited; then each of
    `close` is called. The allocator is set up first.
    """

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        give_back_memory()
        tasks = [asyncio.create_task(_logging_failure(*named)) for named in background.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for each in close:
                each()

    return running


async def _logging_failure(name: str, task: BackgroundTask) -> None:
    try:
        await task()
    except Exception as error:
        log.error("The background task %s failed", name, exc_info=error)
