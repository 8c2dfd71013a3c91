"""A Launch for tests, with what breaks a naive client: cached lists, builds that take their time,
fail or hang, names that are taken, and answers that are lost. It speaks HTTP as llm-engine does,
whose times are scaled down fifty times."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.launch.fake_records import Failure, advance
from tests.launch.fake_store import FakeStore

KEY = "launch-key-8c1f"


@dataclass
class Call:
    """A request, with its answer's status; 0 if the answer was lost."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int = 0

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class FakeLaunch(FakeStore):
    """An ASGI app. `calls` are the requests so far; `hooks` run before and after each of them."""

    def __init__(self, processes: int = 1) -> None:
        super().__init__(processes)
        self.calls: list[Call] = []
        self.loses: Callable[[Call], str] = lambda _: ""
        """Says of a call whether it is lost "before" or "after" it was carried out."""
        self.done: Callable[[Call], None] = lambda _: None
        """Called after a call was carried out, before its answer is sent."""
        self.fails: Callable[[Call], Failure | None] = lambda _: None
        """The answer to a call that is not carried out."""
        self._lock = threading.Lock()

    # What tests ask

    def lines(self, *methods: str) -> list[str]:
        """The requests with these methods, without their ids."""
        return [call.line for call in self.calls if call.method in (methods or (call.method,))]

    def writes(self) -> list[str]:
        """The requests that have changed something, each as its method and what it is about."""
        return [
            f"{call.method} {'bundle' if 'bundles' in call.path else 'endpoint'}"
            for call in self.calls
            if call.method != "GET" and call.status == 200
        ]

    def bodies(self, method: str, path: str) -> list[Any]:
        return [c.body for c in self.calls if c.method == method and c.path.startswith(path)]

    def forget(self) -> None:
        """Forget the calls, and empty the caches as time would."""
        with self._lock:
            self.calls.clear()
            for cache in self._caches:
                cache.clear()

    # HTTP

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        content = await request.body()
        body = json.loads(content) if content else None
        call = Call(request.method, request.url.path, dict(request.query_params), body)
        with self._lock:
            self.calls.append(call)
            number = len(self.calls)
            lost = self.loses(call)
            if lost == "before":
                answer: Response | None = None
            else:
                answer = self._answer(call, request.headers.get("authorization"), number)
                call.status = answer.status_code
                self.done(call)
        if lost or answer is None:
            await _break_off(send)
        else:
            await answer(scope, receive, send)

    def _answer(self, call: Call, authorization: str | None, number: int) -> Response:
        try:
            expected = base64.b64encode(f"{KEY}:".encode()).decode()
            if authorization != f"Basic {expected}":
                raise Failure(401, "Could not authenticate user")
            if (failure := self.fails(call)) is not None:
                raise failure
            self._cache = self._caches[number % len(self._caches)]
            for endpoint in self.endpoints.values():
                advance(endpoint)
            return JSONResponse(self._routed(call))
        except Failure as failure:
            return JSONResponse(failure.body, status_code=failure.status)

    def _routed(self, call: Call) -> Any:
        match call.method, call.path.strip("/").split("/"):
            case "GET", ["v2", "model-bundles"]:
                named = [b for b in self.bundles if b["name"] == call.query["model_name"]]
                return {"model_bundles": named[::-1]}
            case "POST", ["v2", "model-bundles"]:
                return {"model_bundle_id": self.create_bundle(call.body)}
            case "GET", ["v1", "model-endpoints"]:
                listed = self.list(call.query.get("name"), call.query.get("order_by"))
                return {"model_endpoints": [self.shown(each) for each in listed]}
            case "POST", ["v1", "model-endpoints"]:
                return self.create(call.body)
            case "GET", ["v1", "model-endpoints", id]:
                return self.shown(self.record(id))
            case "PUT", ["v1", "model-endpoints", id]:
                return self.change(id, call.body)
            case "DELETE", ["v1", "model-endpoints", id]:
                return self.delete(id)
            case "GET", ["v1", "docker-image-batch-job-bundles", "latest"]:
                name = call.query["bundle_name"]
                named = [b for b in self.job_bundles if b["name"] == name]
                if not named:
                    raise Failure(
                        404, f"Docker Image Batch Job Bundle with name {name} was not found."
                    )
                return named[-1]
            case "POST", ["v1", "docker-image-batch-job-bundles"]:
                return {"docker_image_batch_job_bundle_id": self.create_job_bundle(call.body)}
            case _, ["v2", "model-bundles", *_]:
                raise Failure(405, "Method Not Allowed")
        raise Failure(404, "Not Found")


async def _break_off(send: Send) -> None:
    """Begins an answer, so that uvicorn closes the connection when it does not end."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    raise ConnectionAbortedError
