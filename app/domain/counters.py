"""Numbers about this process that metrics show: plain sums, so that counting costs next to nothing
and needs no library."""

from threading import Lock

Key = tuple[str, ...]
"""The name of a metric, followed by the values of its labels."""

_counts: dict[Key, float] = {}
_levels: dict[Key, float] = {}
_lock = Lock()


def count(*key: str, amount: float = 1) -> None:
    """Increases a count."""
    with _lock:
        _counts[key] = _counts.get(key, 0) + amount


def set_level(*key: str, value: float) -> None:
    """Sets a number that can go up and down."""
    with _lock:
        _levels[key] = value


def counts() -> dict[Key, float]:
    """The counts since the process began."""
    with _lock:
        return {**_counts}


def levels() -> dict[Key, float]:
    """The numbers that can go up and down."""
    with _lock:
        return {**_levels}


def count_limit(limit: str) -> None:
    """Counts that a limit was hit."""
    count("limits_hit", limit)


def count_lookup(cache: str, *, hit: bool) -> None:
    """Counts that something was found in a cache, or not."""
    count("cache_lookups", cache, "hit" if hit else "miss")
