"""Facts about the request that is being answered, for its line in the log and for metrics."""

import time
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.domain.context_values import bound
from app.domain.trace_spans import NO_SPAN, span


@dataclass(kw_only=True, slots=True)
class RequestFacts:
    """Facts that become known about a request while it is answered; None until then."""

    id: str
    operation: str | None = None
    """The name of the operation; empty for one without a name."""
    type: str | None = None
    """query or mutation, or the method of a request to SGP's routes."""
    code: str | None = None
    """The code of the first error."""
    key: str | None = None
    """The first characters of the API key, as `keys list` shows them."""
    trace_id: str | None = None
    """The id of its trace, 32 hexadecimal digits, if traces are recorded."""
    account: str | None = None
    """The account, if the caller can read only one."""
    seconds: float | None = None
    """The time from the arrival of the whole request to the answer, which is not sent yet."""
    _spent: list[tuple[str, float]] = field(default_factory=list)

    def add(self, stage: str, seconds: float) -> None:
        """Adds time to a stage."""
        # Atomic: the calls of the database of one request run in several threads.
        self._spent.append((stage, seconds))

    @property
    def stages(self) -> dict[str, float]:
        """The seconds of each stage of the work."""
        found: dict[str, float] = {}
        for stage, seconds in self._spent.copy():
            found[stage] = found.get(stage, 0.0) + seconds
        return found

    def fail(self, code: str) -> None:
        """Records the code of an error; the first one counts."""
        self.code = self.code or code


_facts: ContextVar[RequestFacts | None] = ContextVar("request_facts", default=None)


def answering(facts: RequestFacts) -> AbstractContextManager[None]:
    """Inside, and in tasks and threads started inside, `current_facts` are these."""
    return bound(_facts, facts)


def current_facts() -> RequestFacts:
    """The facts of the current request; outside of one, facts without an id that nobody reads."""
    return _facts.get() or RequestFacts(id="")


class stage:
    """A context that adds the time spent inside to a stage of the current request, and is a span of
    its trace."""

    # A class, because a function with `contextmanager` takes twice as long: each request has six.
    __slots__ = ("_begun", "_facts", "_name", "_span")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._facts = _facts.get()
        self._span = span(self._name)
        if self._span is not NO_SPAN:
            self._span.__enter__()
        self._begun = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if self._facts is not None:
            self._facts.add(self._name, time.perf_counter() - self._begun)
        if self._span is not NO_SPAN:
            self._span.__exit__(None, None, None)
