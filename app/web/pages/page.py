"""HTML pages without inline scripts, and their content security policy."""

import secrets
from html import escape
from string import Template

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from app.web.compression import page_response
from app.web.pages.assets import ADDRESS, STATIC, Assets

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "worker-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


STYLES = "style-src 'self'"
INLINE_STYLES = POLICY.replace(STYLES, f"{STYLES} 'unsafe-inline'")
"""For the playground, whose editor sets inline styles."""

NONCE = "STYLE-NONCE"
"""Stands for a text that is random in each response."""
STYLES_WITH_NONCE = POLICY.replace(STYLES, f"{STYLES} 'nonce-{NONCE}'")
"""For a page whose script adds styles with the nonce."""

DESCRIPTION = (
    "Reusable deployment recipes for machine-learning models: checked, versioned, ready to launch."
)

HEADERS = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}


class Page(Struct, frozen=True):
    """An HTML page with its response headers."""

    html: str
    headers: dict[str, str]

    async def answer(self, request: Request) -> Response:
        """The page as a response."""
        nonce = secrets.token_urlsafe(16)
        headers = {name: text.replace(NONCE, nonce) for name, text in self.headers.items()}
        return page_response(self.html.replace(NONCE, nonce), headers, request.scope)


def page(assets: Assets, title: str, body: str, head: str = "", policy: str = POLICY) -> Page:
    """A complete page from the HTML of its body and additional HTML for its head."""
    html = _DOCUMENT.substitute(
        title=escape(title),
        description=DESCRIPTION,
        icon=assets.own["icon.svg"],
        head=head,
        body=body,
    )
    return Page(html, {**HEADERS, "content-security-policy": policy})


def plain(assets: Assets, title: str, body: str) -> Page:
    """A static page with the stylesheet that needs no build."""
    return page(assets, title, body, f'<link rel="stylesheet" href="{assets.own["page.css"]}">')


def bundled(
    assets: Assets, entry: str, title: str, policy: str = POLICY, *, with_first_part: bool = False
) -> Page:
    """A page rendered by the bundle, or instructions to build the bundle if it is missing. What the
    bundle calls ENTRY-start is a script to run as soon as possible. The others make way for the
    stylesheet, with which the shell is painted."""
    if (files := assets.entries.get(entry)) is None:
        return plain(assets, title, _UNBUILT.substitute(title=escape(title)))
    start = assets.entries.get(f"{entry}-start")
    modules = [*files.chunks, *(files.first_part if with_first_part else ())]
    head = [
        *([f'<meta name="style-nonce" nonce="{NONCE}">'] if NONCE in policy else []),
        *(f'<link rel="stylesheet" href="{ADDRESS}{name}">' for name in files.styles),
        *([f'<script async src="{ADDRESS}{start.script}"></script>'] if start else []),
        *(
            f'<link rel="modulepreload" href="{ADDRESS}{name}" fetchpriority="low">'
            for name in modules
        ),
        f'<script type="module" src="{ADDRESS}{files.script}"></script>',
    ]
    return page(assets, title, _ROOT.substitute(shell=files.shell), "\n".join(head), policy)


_ROOT = Template('<div id="root">$shell</div>\n<noscript>This page needs JavaScript.</noscript>')
_DOCUMENT = Template((STATIC.parent / "document.html").read_text())
_UNBUILT = Template((STATIC.parent / "unbuilt.html").read_text())
