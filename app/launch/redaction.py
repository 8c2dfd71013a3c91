"""Secrets, kept out of everything that is printed."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from app.domain.characters import escaped
from app.domain.launch.secret_names import seems_secret

MASK = "***"

MIN_LENGTH = 3
"""Shorter secrets are masked only under their names: everywhere, they would mask other words."""


class Redactor:
    """Masks values: those of these names, wherever they stand, and those that seem to be secret."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        lines = {part for each in secrets for part in (each, *each.splitlines())}
        found = {text for part in lines for text in _forms(part)}
        self._secrets = sorted((t for t in found if len(t) >= MIN_LENGTH), key=len, reverse=True)
        self._names = frozenset(names)

    def text(self, text: str) -> str:
        """The text without the secrets."""
        for secret_text in self._secrets:
            text = text.replace(secret_text, MASK)
        return text

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value whose secrets are masked, for people."""
        if name in self._names and value is not None:
            return MASK
        match value:
            case dict():
                return {key: self.value(member, key) for key, member in value.items()}
            case list():
                return [self.value(member) for member in value]
            case str():
                return MASK if seems_secret(name, value) else self.text(value)
        return value


def _forms(text: str) -> Iterator[str]:
    """The text as it is, and as a terminal, JSON or Python may show it."""
    yield from (text, escaped(text), repr(text)[1:-1])
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
