"""How fast Launch is, and how often it is asked."""

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """Times in seconds. Tests scale them down, with those of their Launch."""

    cached: float = 15.0
    """How long a process of Launch may answer from its caches of endpoints: each by its id, and
    each list by owner, name and order."""

    poll: float = 2.0
    """Between two looks at an endpoint."""

    retry: float = 1.0
    """Before a request is first sent again; doubles each time."""

    answer: float = 60.0
    """For one answer of Launch."""

    stalled: float = 300.0
    """After which a build that has not begun is assumed to be lost."""

    report: float = 30.0
    """Between two lines about progress where there is no terminal."""

    @property
    def visible(self) -> float:
        """After which what was written is in each answer."""
        return self.cached * 1.3
