"""Launch's HTTP API, as far as a launch needs it."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from app.domain.characters import escaped
from app.launch.answers import LaunchBundle, LaunchEndpoint
from app.launch.certificates import trusted_by_clients_of
from app.launch.errors import LaunchUnreachable, OutcomeUnknown, RequestRejected
from app.launch.pace import Pace
from app.launch.redaction import Redactor
from app.launch.whole_answer import AnswerTooLarge, whole_answer

TRIES = 4
"""Attempts at a request that may be repeated."""

MAX_DETAIL = 600
"""Characters of Launch's message that are shown."""

TIMED_OUT = 408

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class _Endpoints(Struct):
    model_endpoints: list[LaunchEndpoint]


class _Bundles(Struct):
    model_bundles: list[LaunchBundle]


class _MadeBundle(Struct):
    model_bundle_id: str


class _MadeJobBundle(Struct):
    docker_image_batch_job_bundle_id: str


class _JobBundle(Struct):
    id: str


class LaunchClient:
    """Sends requests with an API key. Reads are repeated, and so are writes whose repetition does
    no harm; others raise OutcomeUnknown. All methods raise LaunchUnreachable and RequestRejected.
    """

    def __init__(self, url: str, key: str, pace: Pace, redactor: Redactor) -> None:
        self.url = url.rstrip("/")
        self.pace = pace
        self._redactor = redactor
        for name in ("httpx", "httpcore"):  # They log URLs, and the second one headers, too.
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            auth=httpx.BasicAuth(key, ""),
            headers={"accept": "application/json"},
            verify=trusted_by_clients_of(self.url),
            timeout=httpx.Timeout(pace.answer, connect=min(pace.answer, 10.0)),
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def endpoints(self, name: str | None, order_by: str) -> list[LaunchEndpoint]:
        """The endpoints of the caller's team, of one name or all: up to `pace.cached` old."""
        given = {"order_by": order_by} if name is None else {"name": name, "order_by": order_by}
        response = await self._read("/v1/model-endpoints", given)
        return self._decoded(response, _Endpoints).model_endpoints

    async def endpoint(self, id: str) -> LaunchEndpoint | None:
        """One endpoint; None if there is none with this id."""
        response = await self._read(f"/v1/model-endpoints/{quote(id, safe='')}", missing=True)
        return None if response is None else self._decoded(response, LaunchEndpoint)

    async def create_endpoint(self, body: Mapping[str, Any]) -> None:
        """The answer has no id: the endpoint is to be found by its name. Raises OutcomeUnknown."""
        await self._write("POST", "/v1/model-endpoints", body)

    async def change_endpoint(self, id: str, body: Mapping[str, Any]) -> None:
        """Values that the body lacks are kept, but metadata is replaced. Raises OutcomeUnknown."""
        path = f"/v1/model-endpoints/{quote(id, safe='')}"
        await self._write("PUT", path, body, is_repeatable=True)

    async def delete_endpoint(self, id: str) -> None:
        """Also if it is gone already. Raises OutcomeUnknown."""
        path = f"/v1/model-endpoints/{quote(id, safe='')}"
        try:
            await self._write("DELETE", path, None, is_repeatable=True)
        except RequestRejected as error:
            if error.status != 404:
                raise

    async def bundles(self, name: str) -> list[LaunchBundle]:
        """The model bundles of a name, newest first."""
        given = {"model_name": name, "order_by": "newest"}
        response = await self._read("/v2/model-bundles", given)
        return self._decoded(response, _Bundles).model_bundles

    async def create_bundle(self, body: Mapping[str, Any]) -> str:
        """The id of the new bundle. Raises OutcomeUnknown."""
        response = await self._write("POST", "/v2/model-bundles", body)
        return self._decoded(response, _MadeBundle).model_bundle_id

    async def latest_job_bundle(self, name: str) -> dict[str, Any] | None:
        """The newest bundle for jobs of a name, or None."""
        path = "/v1/docker-image-batch-job-bundles/latest"
        response = await self._read(path, {"bundle_name": name}, missing=True)
        if response is None:
            return None
        self._decoded(response, _JobBundle)
        return self._decoded(response, dict[str, Any])

    async def create_job_bundle(self, body: Mapping[str, Any]) -> str:
        """The id of the new bundle. Raises OutcomeUnknown."""
        response = await self._write("POST", "/v1/docker-image-batch-job-bundles", body)
        return self._decoded(response, _MadeJobBundle).docker_image_batch_job_bundle_id

    # Requests

    async def _read(
        self, path: str, query: Mapping[str, str] | None = None, *, missing: bool = False
    ) -> Any:
        """The answer to a GET; None for a status of 404, if `missing`."""
        for attempt in range(TRIES):
            await self._pause(attempt)
            try:
                response = await self._send("GET", path, query=query)
            except OutcomeUnknown as error:
                last = error
            else:
                if missing and response.status_code == 404:
                    return None
                return self._accepted(f"GET {path}", response, is_read=True)
        raise LaunchUnreachable(f"{self.url}: {last}") from None

    async def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        is_repeatable: bool = False,
    ) -> httpx.Response:
        for attempt in range(TRIES):
            await self._pause(attempt)
            try:
                response = await self._send(method, path, body=body)
                accepted = self._accepted(f"{method} {path}", response)
                self._decoded(accepted, dict[str, Any])
                return accepted
            except OutcomeUnknown as error:
                # Launch's own 500 says that it cannot, and so would the next one.
                if not is_repeatable or error.status == 500 or attempt == TRIES - 1:
                    raise
        raise AssertionError  # The last attempt has returned or raised.

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """The answer with a status below 500. Raises OutcomeUnknown for others, and if there is
        none; a request that certainly was not carried out is sent again."""
        for attempt in range(TRIES):
            await self._pause(attempt)
            try:
                response = await whole_answer(
                    self._http,
                    method,
                    self.url + path,
                    query=query,
                    body=body,
                    seconds=self.pace.answer,
                )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                unsent = LaunchUnreachable(f"{self.url} is not reached: {_reason(error)}")
            except httpx.InvalidURL as error:
                raise LaunchUnreachable(f"{self.url}: {escaped(str(error))}") from None
            except AnswerTooLarge:
                raise self._is_elsewhere(f"{method} {path}", "too many bytes") from None
            except (httpx.HTTPError, TimeoutError) as error:
                raise OutcomeUnknown(f"{method} {path}", None, _reason(error)) from None
            else:
                if response.status_code != 429:
                    if response.status_code >= 500 or response.status_code == TIMED_OUT:
                        detail = self._detail(response)
                        raise OutcomeUnknown(f"{method} {path}", response.status_code, detail)
                    return response
                unsent = LaunchUnreachable(f"{self.url} has too many requests (status 429)")
        raise unsent

    def _accepted(
        self, request: str, response: httpx.Response, *, is_read: bool = False
    ) -> httpx.Response:
        status, detail = response.status_code, self._detail(response)
        if status == 401 or (is_read and status == 403):
            raise LaunchUnreachable(f"{self.url} refuses the API key: {detail}")
        if response.is_redirect:
            raise LaunchUnreachable(
                f"{self.url} redirects (status {status}); use the address of Launch itself, which "
                "gets the key"
            )
        if is_read and status == 404:
            raise self._is_elsewhere(request, f"status 404: {detail}")
        if not response.is_success:
            raise RequestRejected(request, status, detail)
        return response

    def _decoded(self, response: httpx.Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=kind)
        except UNDECODABLE:
            request = f"{response.request.method} {response.request.url.path}"
            raise self._is_elsewhere(request, "something else than Launch does") from None

    def _is_elsewhere(self, request: str, answer: str) -> LaunchUnreachable:
        return LaunchUnreachable(
            f"{self.url} answers {request} with {answer}; is this the address of Launch?"
        )

    def _detail(self, response: httpx.Response) -> str:
        """Launch's message, without the values that it repeats."""
        try:
            body = msgspec.json.decode(response.content)
        except UNDECODABLE:
            body = None
        if not isinstance(body, dict):
            return response.reason_phrase or "no message"
        detail = body.get("detail", body.get("error"))
        if isinstance(detail, list):  # Violations; each repeats its input, which may have secrets.
            detail = "; ".join(_violation(each) for each in detail if isinstance(each, dict))
        text = detail if isinstance(detail, str) and detail else response.reason_phrase
        return escaped(self._redactor.text(text))[:MAX_DETAIL]

    async def _pause(self, attempt: int) -> None:
        """Waits before each attempt but the first."""
        if attempt:
            await asyncio.sleep(self.pace.retry * 2 ** (attempt - 1))


def _violation(violation: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in violation.get("loc") or () if part != "body")
    return f"{where}: {violation.get('msg')}" if where else str(violation.get("msg"))


def _reason(error: httpx.HTTPError | TimeoutError) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "no answer in time"
    return escaped(str(error) or type(error).__name__)
