"""Values of context variables."""

from contextvars import ContextVar, Token
from typing import Generic, TypeVar

T = TypeVar("T")


class bound(Generic[T]):
    """A context in which a context variable has a value; so it has in tasks that start inside."""

    # A class, because a function with `contextmanager` takes more than twice as long, and each
    # request enters several.
    __slots__ = ("_token", "_value", "_variable")

    def __init__(self, variable: ContextVar[T], value: T) -> None:
        self._variable = variable
        self._value = value

    def __enter__(self) -> None:
        self._token: Token[T] = self._variable.set(self._value)

    def __exit__(self, *_: object) -> None:
        self._variable.reset(self._token)
