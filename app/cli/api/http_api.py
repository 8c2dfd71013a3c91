"""GraphQL operations on a server, over HTTP."""

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from app import __version__
from app.cli.api.errors import KeyRefused, Unreachable, encoded, failure
from app.cli.context import CommandError
from app.domain.characters import escaped
from app.launch.certificates import trusted_by_clients_of
from app.settings import Secret, variable

TIMEOUTS = httpx.Timeout(60.0, connect=10.0)
"""Above the 15 seconds after which a server cancels a request, unless set otherwise."""

TRIES, FIRST_PAUSE_SECONDS = 4, 0.25
"""Attempts at a repeatable operation, and the pause after the first, which doubles each time."""

MAX_PAUSE_SECONDS, MAX_PAUSES_SECONDS = 60.0, 180.0
"""How long a server with a rate limit may have an operation wait at a time, and altogether."""

ELSEWHERE = (403, 404, 405, 421)
"""Statuses of a server that does not execute operations at this address, or under this name."""

CONNECTIONS = 16


class _Retry(Exception):
    """The attempt failed with `error`, and may be repeated after a number of seconds, if given."""

    def __init__(
        self, error: CommandError, *, is_unsent: bool = False, after: float | None = None
    ) -> None:
        self.error = error
        self.is_unsent = is_unsent
        """The server has not begun to execute the operation."""
        self.after = after
        super().__init__(str(error))


class ServerApi:
    """Executes operations on the server with a URL, with or without a final `/graphql`."""

    def __init__(self, url: str, key: Secret) -> None:
        address = url.rstrip("/")
        self.place = address if address.endswith("/graphql") else f"{address}/graphql"
        # They log URLs, and the second one headers, too.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            headers={
                "x-api-key": key.reveal(),
                "accept": "application/json",
                "user-agent": f"model-templates/{__version__}",
            },
            timeout=TIMEOUTS,
            verify=trusted_by_clients_of(address),
            limits=httpx.Limits(max_connections=CONNECTIONS),
        )
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def execute(
        self, query: str, variables: Mapping[str, Any], *, repeatable: bool = False
    ) -> dict[str, Any]:
        """See Api."""
        may_repeat = repeatable or not query.lstrip().startswith("mutation")
        content = encoded(query, variables)
        tries, waited = 1, 0.0
        while True:
            try:
                async with self._turns:
                    return await self._attempt(content)
            except _Retry as failed:
                if failed.after is None:
                    pause = FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311
                    is_over = tries == TRIES or not (may_repeat or failed.is_unsent)
                    tries += 1
                else:
                    pause = failed.after
                    waited += pause
                    is_over = pause > MAX_PAUSE_SECONDS or waited > MAX_PAUSES_SECONDS
                if is_over:
                    raise failed.error from None
            await asyncio.sleep(pause)

    async def _attempt(self, content: bytes) -> dict[str, Any]:
        """The data of an answer. Raises _Retry and CommandError."""
        headers = {"content-type": "application/json"}
        try:
            response = await self._http.post(self.place, content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise _Retry(self._unreachable(error), is_unsent=True) from None
        except httpx.HTTPError as error:
            raise _Retry(self._unreachable(error)) from None
        except httpx.InvalidURL as error:
            raise self._unreachable(error) from None
        return self._data(response)

    def _data(self, response: httpx.Response) -> dict[str, Any]:
        body, status = _body(response), response.status_code
        errors = body.get("errors")
        if status == 429:
            error = failure(errors) if errors else Unreachable(f"{self.place}: status 429")
            raise _Retry(error, after=_retry_after(response))
        reason = failure(errors) if errors else None
        if status == 401 or isinstance(reason, KeyRefused):
            said = reason or f"status {status}"
            raise KeyRefused(f"{self.place} refuses the key in {variable('api_key')}: {said}")
        if status in ELSEWHERE:
            raise self._not_graphql(response)
        if reason is not None:
            raise _Retry(reason) if isinstance(reason, Unreachable) else reason
        if isinstance(data := body.get("data"), dict):
            return data
        error = self._not_graphql(response)
        raise _Retry(error) if status in (502, 503, 504) else error

    def _not_graphql(self, response: httpx.Response) -> Unreachable:
        status = response.status_code
        if response.is_redirect:
            target = urlsplit(response.headers["location"])._replace(query="", fragment="")
            return Unreachable(
                f"{self.place} redirects (status {status}) to {escaped(target.geturl())}; use the "
                "address of the server itself, which gets the key"
            )
        kind = response.headers.get("content-type", "no content type").split(";")[0]
        errors = _body(response).get("errors")
        said = f": {failure(errors)}" if errors else f" and {escaped(kind)[:100]}"
        return Unreachable(
            f"{self.place} answers with status {status}{said}; is this the address of a Model "
            "Templates server?"
        )

    def _unreachable(self, error: httpx.HTTPError | httpx.InvalidURL) -> Unreachable:
        reason = "no answer in time" if isinstance(error, httpx.TimeoutException) else str(error)
        return Unreachable(f"{self.place}: {escaped(reason or type(error).__name__)}")


def _body(response: httpx.Response) -> dict[str, Any]:
    """The GraphQL response; empty if the body is none."""
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    errors = body.get("errors")
    if errors is not None and not (
        isinstance(errors, list) and errors and all(isinstance(error, dict) for error in errors)
    ):
        return {}
    return body


def _retry_after(response: httpx.Response) -> float:
    """The seconds of the Retry-After header; 1 if it has another form."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1.0
