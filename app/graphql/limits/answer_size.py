"""How long an answer is, told before it is written out."""

from collections.abc import Mapping
from typing import Any


def is_longer(answer: Any, limit: int) -> bool:
    """Whether JSON of the answer has more characters than the limit; those of punctuation, numbers
    and escapes are guessed. Looking ends where the limit is passed."""
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
