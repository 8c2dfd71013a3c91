"""The landing page at the root: an introduction and links."""

import json
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from app.domain.json_text import to_json
from app.web.compression import page_response
from app.web.errors import json_response
from app.web.negotiation import accepted, wants_html
from app.web.pages.assets import STATIC, Assets
from app.web.pages.page import plain

NAME = "Model Templates"
ENDPOINT = "/graphql"


class Link(Struct, frozen=True):
    """A link to another page of this server, with a short description."""

    name: str
    address: str
    about: str
    needs_key: bool = False
    """Whether it needs a header that browsers do not send by themselves."""


class Landing:
    """The landing page as HTML for browsers, else as JSON; without assets always as JSON. `facts`
    are shown in development."""

    def __init__(
        self, assets: Assets | None, links: Sequence[Link], facts: Mapping[str, str] | None = None
    ) -> None:
        self._assets = assets
        self._links = links
        self._facts = facts or {}

    async def answer(self, request: Request) -> Response:
        """The page as HTML or JSON, by the Accept header."""
        if self._assets and wants_html(accepted(request.scope)):
            html = self._html(self._assets.own["icon.svg"], str(request.base_url).rstrip("/"))
            page = plain(self._assets, NAME, html)
            return page_response(page.html, {**page.headers, "vary": "Accept"}, request.scope)
        response = json_response(to_json(self._summary()))
        response.headers["vary"] = "Accept"
        return response

    def _summary(self) -> dict[str, object]:
        return {
            "name": NAME,
            **{name.lower(): value for name, value in self._facts.items()},
            "links": {
                "graphql": ENDPOINT,
                **{link.name.lower(): link.address for link in self._links},
            },
        }

    def _html(self, icon: str, base: str) -> str:
        query = json.dumps({"query": "{ modelTemplates { nodes { id name } } }"})
        return _PAGE.substitute(
            icon=icon,
            name=escape(NAME),
            facts="".join(_fact(name, value) for name, value in self._facts.items()),
            links="\n".join(_link(link) for link in self._links if not link.needs_key),
            curl=escape(
                f'curl -s {shlex.quote(base + ENDPOINT)} -H "x-api-key: $KEY" \\\n'
                f"  -H 'content-type: application/json' \\\n"
                f"  -d '{query}'",
                quote=False,
            ),
        )


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"


def _link(link: Link) -> str:
    about = f"<strong>{escape(link.name)}</strong><span>{escape(link.about)}</span>"
    return f'<li><a href="{escape(link.address)}">{about}</a></li>'


_PAGE = Template((STATIC.parent / "landing.html").read_text())
