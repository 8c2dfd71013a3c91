"""Regular expressions of parameters: compiled by RE2, and matched within a budget of work.

RE2 never backtracks, but its time is the size of the compiled program times the length of the text:
a pattern of 30 characters can compile to 28,000 instructions, and each of them may look at each
byte. An instruction takes up to 50 ns a byte, so a million units of work take 50 ms at worst; a
usual pattern takes a hundredth of that.
"""

import re
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import lru_cache
from operator import itemgetter
from threading import Lock
from typing import Any

import re2
from cachetools import LRUCache, cached

from app.domain.context_values import bound
from app.domain.counters import count_limit
from app.domain.errors import TooComplex, UserErrorCode
from app.domain.pattern_syntax import NotPortable, portable

MAX_PATTERN = 512
"""Characters of a pattern."""

MAX_PROGRAM = 2_500
"""RE2 instructions of a pattern in a new or changed template."""

MAX_PROGRAMS = 20_000
"""RE2 instructions of all patterns of a schema together, which compile in some 10 ms."""

MAX_TEXT = 32_768
"""Bytes in UTF-8 of a value that is matched; `env` has the same limit."""

MAX_INPUT_WORK = 5_000_000
"""Instructions times bytes for the values of one input: at worst 0.3 seconds."""

MAX_OPERATION_WORK = 20_000_000
"""Instructions times bytes for all inputs of an operation: at worst one second."""

OVERHEAD = 16
"""Bytes that a match costs beside those of its text: compiling takes as long as reading these."""

CACHE_SIZE = 16 << 20
"""Bytes of memory for compiled patterns."""

_SMALL, _LARGE = 1 << 16, 1 << 20
"""Bytes of memory for one compiled pattern, including what RE2 remembers of earlier texts. Every
program up to MAX_PROGRAM fits in the first; those of older templates may need the second."""


class _Budget:
    """An amount of work that is left; threads may share it."""

    def __init__(self, work: int) -> None:
        self._left = work
        self._lock = Lock()

    def spend(self, work: int) -> bool:
        """Takes the work from what is left; False if that is too little, and takes nothing."""
        with self._lock:
            if work > self._left:
                return False
            self._left -= work
            return True


_input: ContextVar[_Budget | None] = ContextVar("input", default=None)
_operation: ContextVar[_Budget | None] = ContextVar("operation", default=None)


def input_budget() -> AbstractContextManager[None]:
    """Limits the work for one input. Over it, `affords` is false."""
    return bound(_input, _Budget(MAX_INPUT_WORK))


def operation_budget() -> AbstractContextManager[None]:
    """Limits the work for all inputs of an operation. Over it, `affords` raises TooComplex."""
    return bound(_operation, _Budget(MAX_OPERATION_WORK))


def affords(pattern: str, length: int) -> bool:
    """Whether the input's budget covers a match with a text of `length` bytes, which is charged.
    Raises TooComplex if that of the operation does not, and as `compiled` does."""
    work = compiled(pattern).programsize * (length + OVERHEAD)
    within_input, within_operation = _input.get(), _operation.get()
    if within_input is not None and not within_input.spend(work):
        return False
    if within_operation is not None and not within_operation.spend(work):
        count_limit("work for patterns")
        raise TooComplex(
            "The operation matches too much text with patterns; check fewer or shorter values."
        )
    return True


def compiled(pattern: str) -> Any:
    """The compiled pattern. Raises re2.error, or UnicodeEncodeError for a lone surrogate."""
    program = _outcome(_compiled(pattern, _SMALL))
    if _is_too_large(program):
        program = _outcome(_compiled(pattern, _LARGE))
    if isinstance(program, Exception):
        raise program.with_traceback(None)
    return program


def in_re2(pattern: str, text: str) -> str:
    """The pattern in RE2's syntax, with ECMAScript's meaning for the text; the pattern itself if
    only older templates may have it.

    For nearly all texts it is the pattern itself, whose program is smaller."""
    if _TOLD_APART.search(text) is None or len(pattern) > MAX_PATTERN:
        return pattern
    exact = _exact(pattern)
    return pattern if exact is None else exact


_TOLD_APART = re.compile("[\r\v\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
"""The characters that RE2's `.` and `\\s` have, or lack, unlike ECMAScript's."""


@lru_cache(256)
def _exact(pattern: str) -> str | None:
    try:
        exact = portable(pattern)
        compiled(exact)
    except (NotPortable, re2.error):
        return None
    return exact


def pattern_error(pattern: str) -> tuple[UserErrorCode, str] | None:
    """Why a new template may not have the pattern: a code and a predicate."""
    if len(pattern) > MAX_PATTERN:
        return UserErrorCode.OUT_OF_RANGE, f"must have at most {MAX_PATTERN:,} characters"
    if is_too_large(pattern):
        return UserErrorCode.OUT_OF_RANGE, TOO_LARGE
    try:
        compiled(pattern)
        portable(pattern)
    except re2.error as error:
        (reason,) = error.args
        text = reason.decode() if isinstance(reason, bytes) else str(reason)
    except UnicodeEncodeError:
        text = "it contains a lone surrogate"
    except NotPortable as error:
        predicate = f"must mean the same in RE2 and in browsers (ECMA-262, u), unlike {error}"
        return UserErrorCode.INVALID, predicate
    else:
        return None
    return UserErrorCode.INVALID, f"must be a regular expression in RE2 syntax: {text}"


TOO_LARGE = (
    f"must compile to at most {MAX_PROGRAM:,} RE2 instructions: about one for each character or "
    "class, as often as it is repeated, and more for classes of many scripts"
)


def is_too_large(pattern: str) -> bool:
    """Whether the pattern has more than MAX_PROGRAM instructions. False if RE2 rejects it."""
    program = _outcome(_compiled(pattern, _SMALL))
    if isinstance(program, Exception):
        return _is_too_large(program)
    return bool(program.programsize > MAX_PROGRAM)


def _is_too_large(program: Any) -> bool:
    return isinstance(program, re2.error) and b"pattern too large" in program.args[0]


_outcome = itemgetter(1)


_cache: LRUCache[Any, tuple[int, Any]] = LRUCache(CACHE_SIZE, getsizeof=itemgetter(0))


@cached(_cache, lock=Lock())
def _compiled(pattern: str, max_bytes: int) -> tuple[int, Any]:
    """The bytes that it counts as, and the program or the error, which takes as long to find."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = max_bytes  # Bounds the time to compile, too: milliseconds, not seconds.
    try:
        return max_bytes, re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        return 4 * MAX_PATTERN, error
    finally:
        re2.purge()  # It has a cache of its own, which no number of bytes bounds.
