"""The middleware that passes most requests to their endpoint at once."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Direct:
    """Innermost: a POST to this path does not take the way through Starlette's own middleware and
    routes, which costs more than to authenticate it."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_usual = scope["type"] == "http" and scope["path"] == self._path
        if is_usual and scope["method"] == "POST" and not scope.get("root_path"):
            return await self._endpoint(scope, receive, send)
        await self._app(scope, receive, send)
