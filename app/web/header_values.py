"""The values of headers, read where ASGI has them: each request reads several."""

from starlette.types import Scope

Raw = list[tuple[bytes, bytes]]
"""Headers as ASGI has them: the names in lower case."""


def header_values(scope: Scope, name: bytes) -> list[str]:
    """The values of a header of a request, one for each time that it is sent."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def raw(headers: dict[str, str]) -> Raw:
    """Headers as ASGI has them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
