"""A progress bar on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

MIGRATED = "templates migrated"
"""The label for the migration of a database of an earlier release."""


@contextmanager
def progress(length: int | None, of: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error if that is a terminal; yields a function to advance it."""
    if length is None or not sys.stderr.isatty():
        yield _ignore
    else:
        with click.progressbar(length=length, label=of, file=sys.stderr) as bar:
            yield bar.update


def _ignore(_: int) -> None:
    """Stands in for the bar when there is none."""
