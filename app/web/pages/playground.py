"""The playground from a CDN: Strawberry's GraphiQL page. The bundle has the default one."""

import re
from base64 import b64encode
from hashlib import sha256

from strawberry.http.ides import get_graphql_ide_html

from app.web.pages.page import HEADERS, Page

_CDN = "https://unpkg.com"
_OWN_SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)


def from_cdn() -> Page:
    """A page that sends operations to its own address."""
    html = get_graphql_ide_html(graphql_ide="graphiql")
    return Page(html, {**HEADERS, "content-security-policy": _policy(html)})


def _policy(html: str) -> str:
    """A policy that allows only the page's own scripts, by hash, and those of the CDN."""
    own = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _OWN_SCRIPT.findall(html)
    )
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_CDN} {own}",
            f"style-src {_CDN} 'unsafe-inline'",  # The editor sets inline styles.
            f"font-src {_CDN} data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
