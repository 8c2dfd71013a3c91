"""A page in place of JSON for people who follow a wrong address with a browser."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.domain.errors import RequestError
from app.web.errors import BadRequest, Renderer
from app.web.negotiation import accepted, wants_html
from app.web.pages.assets import Assets
from app.web.pages.page import plain

_BODY = """<main>
<h1>Page not found</h1>
<p>There is nothing at this address. <a href="/">Start page</a></p>
</main>"""


def for_browsers(render: Renderer, assets: Assets | None) -> Renderer:
    """The Renderer, but with a page for browsers where nothing is found; the same Renderer if pages
    are off."""
    if assets is None:
        return render
    page = plain(assets, "Page not found · Model Templates", _BODY)

    def rendered(request: HTTPConnection, error: RequestError) -> Response:
        is_missing = isinstance(error, BadRequest) and error.status == 404
        if is_missing and wants_html(accepted(request.scope)):
            return Response(page.html, 404, {**page.headers, "vary": "Accept"})
        return render(request, error)

    return rendered
