"""One-time tokens in the links that a development server prints."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from html import escape
from pathlib import Path

from msgspec import Struct

KEPT_SECONDS = 7 * 24 * 3_600
"""How long a killed server's token stays valid."""


class Link(Struct, frozen=True):
    """An address with a token, and a private file that leads a browser there: every user of a
    machine can read the arguments of programs, such as the address that a browser opens."""

    address: str
    token: str
    file: Path

    def to(self, address: str) -> str:
        """Another address with the same token. A browser does not send what follows the #, so the
        token is in no log of a server or proxy."""
        return f"{address}#token={self.token}"


class LinkTokens:
    """The tokens that are still unused: private files in a directory, one for each.

    All servers and processes that use the directory share them, and only one can remove a file.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def issued(self, address: str) -> Iterator[Link]:
        """A link with a new token, which is valid once, until the end of the block."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_old()
        token = secrets.token_urlsafe(32)
        link = Link(address, token, self._file(token))
        with os.fdopen(os.open(link.file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(_REDIRECT.format(address=escape(link.to(address))))
        try:
            yield link
        finally:
            link.file.unlink(missing_ok=True)

    def spend(self, token: str) -> bool:
        """Whether a token was unused; it no longer is."""
        try:
            self._file(token).unlink()
        except FileNotFoundError:
            return False
        return True

    def _file(self, token: str) -> Path:
        return self._directory / f"{sha256(token.encode()).hexdigest()}.html"

    def _remove_old(self) -> None:
        for file in self._directory.glob("*.html"):
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink(missing_ok=True)


_REDIRECT = (
    '<!doctype html><meta charset="utf-8"><title>Model Templates</title>\n'
    '<meta http-equiv="refresh" content="0; url={address}"><a href="{address}">Open</a>\n'
)
