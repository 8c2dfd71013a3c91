"""Pages: HTML without scripts or styles of its own, and the policy that allows it only ours."""

from html import escape
from string import Template

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.web.pages.assets import ADDRESS, STATIC, Assets

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # The playground's editor sets styles while it runs.
        "font-src 'self' data:",
        "img-src 'self' data:",
        "worker-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


class Page(Struct, frozen=True):
    """HTML, and the headers that it needs."""

    html: str
    headers: dict[str, str]

    async def answer(self, _: Request) -> Response:
        """The same page for everyone."""
        return HTMLResponse(self.html, headers=self.headers)


def page(assets: Assets, title: str, body: str, head: str = "") -> Page:
    """A whole document around the HTML of its body and what else its head needs."""
    html = _DOCUMENT.substitute(
        title=escape(title), icon=assets.own["icon.svg"], head=head, body=body
    )
    return Page(html, {"content-security-policy": POLICY, "cache-control": "no-store"})


def plain(assets: Assets, title: str, body: str) -> Page:
    """A page to read, with the one stylesheet that is always there."""
    return page(assets, title, body, f'<link rel="stylesheet" href="{assets.own["page.css"]}">')


def bundled(assets: Assets, entry: str, title: str) -> Page:
    """A page that the bundle draws; one that says how to build the bundle when there is none."""
    if (found := assets.entries.get(entry)) is None:
        return plain(assets, title, _UNBUILT.substitute(title=escape(title)))
    head = [
        *(f'<link rel="stylesheet" href="{ADDRESS}{name}">' for name in found.styles),
        *(f'<link rel="modulepreload" href="{ADDRESS}{name}">' for name in found.chunks),
        f'<script type="module" src="{ADDRESS}{found.script}"></script>',
    ]
    return page(assets, title, _ROOT, "\n".join(head))


_ROOT = '<div id="root"></div>\n<noscript>This page needs JavaScript.</noscript>'
_DOCUMENT = Template((STATIC.parent / "document.html").read_text())
_UNBUILT = Template((STATIC.parent / "unbuilt.html").read_text())
