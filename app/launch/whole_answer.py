"""Answers of Launch, bounded in bytes and in time."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A list of endpoints has some kilobytes for each."""


class AnswerTooLarge(Exception):
    """The answer has more than MAX_ANSWER_BYTES."""


async def whole_answer(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    query: Mapping[str, str] | None,
    body: Mapping[str, Any] | None,
    seconds: float,
) -> httpx.Response:
    """The answer with its content. Raises TimeoutError, because httpx limits the time between two
    pieces of an answer only, httpx.HTTPError, httpx.InvalidURL and AnswerTooLarge."""
    content = bytearray()
    async with (
        asyncio.timeout(seconds),
        http.stream(method, url, params=query, json=body) as response,
    ):
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                raise AnswerTooLarge
    return httpx.Response(response.status_code, content=bytes(content), request=response.request)
