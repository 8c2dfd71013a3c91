"""The length of an answer, estimated before it is encoded."""

from collections.abc import Mapping
from typing import Any


def is_longer(answer: Any, limit: int) -> bool:
    """Whether the answer as JSON has more characters than the limit. Punctuation, numbers and
    escapes are estimated. The walk stops once the limit is exceeded."""
    left = limit
    pending = [answer]
    while pending and left >= 0:
        value = pending.pop()
        left -= 4
        if isinstance(value, str):
            left -= len(value)
        elif isinstance(value, Mapping):
            left -= sum(map(len, value))
            pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value
    return left < 0
