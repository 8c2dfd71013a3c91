"""The page to try operations in: GraphiQL from the bundle, or Strawberry's, which a browser loads
from a CDN."""

import re
from base64 import b64encode
from hashlib import sha256

from strawberry.http.ides import get_graphql_ide_html

from app.web.pages.page import Page

_CDN = "https://unpkg.com"
_OWN_SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)


def from_cdn() -> Page:
    """HTML that sends its operations to the address that it was loaded from."""
    html = get_graphql_ide_html(graphql_ide="graphiql")
    return Page(html, {"content-security-policy": _policy(html), "cache-control": "no-store"})


def _policy(html: str) -> str:
    """Lets the page run its own scripts, by their hashes, and the CDN's; nothing else."""
    own = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _OWN_SCRIPT.findall(html)
    )
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_CDN} {own}",
            f"style-src {_CDN} 'unsafe-inline'",  # The editor sets styles while it runs.
            f"font-src {_CDN} data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
