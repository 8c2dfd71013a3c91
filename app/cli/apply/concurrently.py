"""Several operations at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_A_TIME = 16
"""Operations under way: fewer than a server executes of one key, and enough to keep it busy."""


async def concurrently(do: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
    """Calls `do` with each item. After an error no other is begun, those under way are cancelled,
    and the first one is raised."""
    pending = iter(items)

    async def work() -> None:
        for item in pending:
            await do(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
