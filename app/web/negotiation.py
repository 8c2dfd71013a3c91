"""Content negotiation by the Accept header."""

from functools import lru_cache

from starlette.types import Scope

from app.web.header_values import header_values, parameters, parts

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"

MAX_ACCEPT_LENGTH = 500
"""Characters of an Accept header that is read; browsers send some 150. A longer one counts as none:
it is read before the caller is known, so it must not take long."""

REMEMBERED = 256
"""Accept headers of a kind whose meaning is remembered: clients of a kind send the same."""

_KNOWN = {JSON, GRAPHQL_RESPONSE, HTML, "application/*", "text/*", "*/*"}


def accepted(scope: Scope, header: str = "accept") -> str:
    """The Accept header, or a similar one, joined if it is repeated; empty if it is too long."""
    accept = ",".join(header_values(scope, header.encode()))
    return accept if len(accept) <= MAX_ACCEPT_LENGTH else ""


@lru_cache(REMEMBERED)
def media_type(accept: str) -> str:
    """The media type of a GraphQL response: GraphQL's own if accepted by name with at least the
    quality of JSON, else JSON, even if it is not accepted: that is more useful than a 406."""
    ranges = _ranges(accept)
    quality = ranges.get(GRAPHQL_RESPONSE, 0.0)
    return GRAPHQL_RESPONSE if quality > 0 and quality >= _quality(JSON, ranges) else JSON


def wants_html(accept: str) -> bool:
    """Whether HTML is preferred to JSON, as by browsers."""
    ranges = _ranges(accept)
    return ranges.get(HTML, 0.0) > max(ranges.get(JSON, 0.0), ranges.get(GRAPHQL_RESPONSE, 0.0))


def _quality(kind: str, ranges: dict[str, float]) -> float:
    """The quality of a media type, from the most specific range; 0 if it is not accepted."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def _ranges(accept: str) -> dict[str, float]:
    """The quality of each media type that matters."""
    ranges = {}
    for part in parts(accept.lower(), ","):
        name, _, rest = part.partition(";")
        if (name := name.strip()) in _KNOWN:
            qualities = (value for each, value in parameters(rest) if each == "q")
            ranges[name] = next(map(_number, qualities), 1.0)
    return ranges


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
