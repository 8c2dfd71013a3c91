"""Spans: named parts of the work of a request, for its trace if traces are recorded."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Span = AbstractContextManager[object]
"""A context that lasts as long as the work."""

NO_SPAN: Span = nullcontext()

_begin: Callable[[str], Span] | None = None


def record_spans(begin: Callable[[str], Span] | None) -> None:
    """Records the spans of this process from now on with `begin`, which makes one by its name; or,
    with None, no longer."""
    global _begin
    _begin = begin


def span(name: str) -> Span:
    """A span of the current request."""
    return NO_SPAN if _begin is None else _begin(name)
