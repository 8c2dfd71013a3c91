"""The warnings about the states of templates in one operation."""

import asyncio

from app.domain.cpu_time import off_loop
from app.domain.errors import UserError
from app.domain.launch.checks import is_large_spec, warnings
from app.domain.launch.cluster import LaunchCluster
from app.domain.model_template import ModelTemplateState


class StateWarnings:
    """Checks large states in a thread, one at a time, and keeps the warnings about the latest one:
    aliases ask for them one after the other."""

    def __init__(self) -> None:
        self._lock: asyncio.Lock | None = None  # Most operations ask for no warnings.
        self._latest: tuple[ModelTemplateState, list[UserError]] | None = None

    async def of(self, state: ModelTemplateState, cluster: LaunchCluster) -> list[UserError]:
        """The warnings about a state, for a cluster."""
        if not is_large_spec(state):
            return await off_loop(False, warnings, state, cluster)
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._latest is None or self._latest[0] is not state:
                self._latest = state, await off_loop(True, warnings, state, cluster)
            return self._latest[1]
