"""Compressed answers and pages."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.web.answer_memory import AnswerMemory, Share
from app.web.compression import LONG_BYTES, MIN_BYTES, compressed
from app.web.pages import assets
from tests.conftest import Caller

LONG = "{" + " ".join(letter * 5_000 + ":__typename" for letter in "abcdefghijklmnop") + "}"
LARGE = 300_000
GZIP = [(b"accept-encoding", b"gzip")]


async def asked(app: Starlette, path: str, key: str = "", **headers: str) -> httpx.Response:
    """The response to a client that does not decompress what it gets."""
    transport = httpx.ASGITransport(app)
    given = {"accept-encoding": "", "x-api-key": key, **headers}
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=given) as http,
        http.stream("GET", path) as response,
    ):
        content = b"".join([part async for part in response.aiter_raw()])
    return httpx.Response(
        response.status_code,
        headers=[
            (name, value) for name, value in response.headers.items() if name[-8:] != "encoding"
        ],
        content=content,
        extensions={"encoding": response.headers.get("content-encoding")},
    )


def encoding(response: httpx.Response) -> Any:
    return response.extensions["encoding"]


def a_query(size: int) -> str:
    """The address of an operation whose answer has so many bytes."""
    alias = "a" * (size - len('{"data":{"":"Query"}}'))
    return f"/graphql?query={{{alias}:__typename}}"


@pytest.fixture
def key(ann: Caller) -> str:
    return str(ann.http.headers["x-api-key"])


@pytest.mark.parametrize(
    ("accepts", "is_compressed"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP ; q=0.8, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip; q = 0.00, br", False),
        ("xgzip", False),
    ],
)
async def test_an_answer_is_compressed_if_the_client_asks(
    app: Starlette, key: str, accepts: str, is_compressed: bool
) -> None:
    plain = await asked(app, a_query(MIN_BYTES), key)

    answer = await asked(app, a_query(MIN_BYTES), key, **{"accept-encoding": accepts})

    assert len(plain.content) == MIN_BYTES
    assert encoding(plain) is None
    assert encoding(answer) == ("gzip" if is_compressed else None)
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.content)
    content = gzip.decompress(answer.content) if is_compressed else answer.content
    assert content == plain.content


async def test_a_small_answer_is_not_compressed(app: Starlette, key: str) -> None:
    answer = await asked(app, a_query(MIN_BYTES - 1), key, **{"accept-encoding": "gzip"})

    assert len(answer.content) == MIN_BYTES - 1
    assert encoding(answer) is None
    assert "vary" not in answer.headers


@pytest.mark.parametrize("accept", ["*/*", "application/graphql-response+json"])
async def test_errors_are_compressed_alike(app: Starlette, key: str, accept: str) -> None:
    query = "{" + "".join(f"unknown{n} " for n in range(20)) + "}"
    headers = {"accept": accept, "accept-encoding": "gzip"}

    answer = await asked(app, f"/graphql?query={query}", key, **headers)

    assert encoding(answer) == "gzip"
    assert len(json.loads(gzip.decompress(answer.content))["errors"]) > 5
    assert answer.status_code == (200 if accept == "*/*" else 400)


async def test_the_memory_of_an_answer_counts_in_both_forms(key: str) -> None:
    memory, content = AnswerMemory(LARGE), bytes(LARGE)
    scope = {"headers": GZIP}

    async def never() -> None:
        await asyncio.Event().wait()

    async def a_share() -> Share:
        share = await memory.admit("a", never)
        assert share.take(LARGE)
        return share

    first = await a_share()
    small, headers = await compressed(content, scope, first)
    assert gzip.decompress(small) == content
    assert (b"content-encoding", b"gzip") in headers
    assert memory.bytes() == 2 * LARGE
    first.keep(len(small))
    assert memory.bytes() == len(small)

    first.release()
    first, _ = await a_share(), await a_share()  # All that a key may take.
    assert await compressed(content, scope, first) == (content, [(b"vary", b"Accept-Encoding")])
    assert memory.bytes() == 2 * LARGE


async def test_large_answers_at_a_time_are_all_compressed(ann: Caller) -> None:
    answers = await asyncio.gather(*(ann.post(LONG) for _ in range(20)))

    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    ((size, received),) = {(len(a.content), a.num_bytes_downloaded) for a in answers}
    assert size > LONG_BYTES
    assert received < size / 2


@pytest.mark.parametrize(
    ("path", "accept", "vary"),
    [
        ("/", "text/html", "Accept, Accept-Encoding"),
        ("/schema.graphql", "*/*", "Accept-Encoding"),
        (assets.load().own["page.css"], "*/*", "Accept-Encoding, Origin"),
    ],
)
async def test_pages_are_compressed_once(app: Starlette, path: str, accept: str, vary: str) -> None:
    plain = await asked(app, path, accept=accept)

    page = await asked(app, path, accept=accept, **{"accept-encoding": "gzip, br"})

    assert (plain.status_code, encoding(plain), encoding(page)) == (200, None, "gzip")
    assert gzip.decompress(page.content) == plain.content
    assert plain.headers["vary"] == page.headers["vary"] == vary
    assert page.headers["content-type"] == plain.headers["content-type"]
    assert int(page.headers["content-length"]) == len(page.content) < len(plain.content)


async def test_the_development_key_is_never_compressed(app: Starlette) -> None:
    """Its answer, with the longest account, stays below the size from where on texts are."""
    longest = {"account": "a" * 64, "key": "mt_" + "k" * 43, "session": "s" * 64}

    assert len(json.dumps(longest)) < MIN_BYTES
