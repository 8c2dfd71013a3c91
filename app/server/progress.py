"""A progress bar on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

RELISTED = "templates listed anew"
"""The bar of a database that an older release wrote."""


@contextmanager
def progress(length: int | None, of: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, if that is a terminal; call it with each advance."""
    if length is None or not sys.stderr.isatty():
        yield _ignore
    else:
        with click.progressbar(length=length, label=of, file=sys.stderr) as bar:
            yield bar.update


def _ignore(_: int) -> None:
    """There is no bar."""
