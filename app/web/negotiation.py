"""Which media type an answer has, by the Accept header."""

from starlette.requests import HTTPConnection

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"


def accepted(request: HTTPConnection) -> str:
    """The whole Accept header."""
    return ",".join(request.headers.getlist("accept"))


def media_type(accept: str) -> str:
    """JSON unless the caller names GraphQL's own type and likes it no less. Someone who accepts
    neither gets JSON, too: an answer is more useful than a 406."""
    ranges = _ranges(accept)
    named = ranges.get(GRAPHQL_RESPONSE, 0.0)
    return GRAPHQL_RESPONSE if named > 0 and named >= _quality(JSON, ranges) else JSON


def wants_html(accept: str) -> bool:
    """Whether it is a browser's user who looks."""
    ranges = _ranges(accept)
    return ranges.get(HTML, 0.0) > max(ranges.get(JSON, 0.0), ranges.get(GRAPHQL_RESPONSE, 0.0))


def _quality(kind: str, ranges: dict[str, float]) -> float:
    """The most specific range decides."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def _ranges(accept: str) -> dict[str, float]:
    found = {}
    for part in accept.lower().split(","):
        name, *parameters = [word.strip() for word in part.split(";")]
        found[name] = next((_number(word[2:]) for word in parameters if word.startswith("q=")), 1.0)
    return found


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
