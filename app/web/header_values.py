"""The values of headers, read where ASGI has them: each request reads several."""

import re

from starlette.types import Scope

Raw = list[tuple[bytes, bytes]]
"""Headers as ASGI has them: the names in lower case."""


def header_values(scope: Scope, name: bytes) -> list[str]:
    """The values of a header of a request, one for each time that it is sent."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def raw(headers: dict[str, str]) -> Raw:
    """Headers as ASGI has them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def parts(value: str, separator: str) -> list[str]:
    """The parts of a header's value between separators, stripped, without empty ones. A separator
    in a quoted string is none."""
    found = _PARTS[separator].findall(value) if '"' in value else value.split(separator)
    return [part for each in found if (part := each.strip(" \t"))]


def parameters(value: str) -> list[tuple[str, str]]:
    """The parameters in a header's value, without quotes: names in lower case, and values, which
    are empty for a name alone."""
    found = []
    for part in parts(value, ";"):
        name, _, text = part.partition("=")
        found.append((name.strip().lower(), _unquoted(text.strip())))
    return found


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _ESCAPED.sub(r"\1", text[1:-1])


_PARTS = {
    separator: re.compile(rf'(?:[^{separator}"]|"(?:[^"\\]|\\.)*"?)+', re.S) for separator in ",;"
}
_ESCAPED = re.compile(r"\\(.)", re.S)
