"""Launch's answers: endpoints and bundles, as far as a launch reads them."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

PENDING, IN_PROGRESS = "UPDATE_PENDING", "UPDATE_IN_PROGRESS"
READY, FAILED, DELETING = "READY", "UPDATE_FAILED", "DELETE_IN_PROGRESS"

NEVER_BUILT = "UNKNOWN"
"""The destination of an endpoint until its first build has succeeded."""


class LaunchEndpoint(Struct, frozen=True, kw_only=True):
    """A model endpoint, as GET /v1/model-endpoints answers it. Its states are null until Launch has
    built it."""

    id: str
    name: str
    endpoint_type: str
    status: str
    last_updated_at: datetime
    destination: str = ""
    status_reason: str | None = None
    metadata: dict[str, Any] | None = None
    labels: dict[str, str] | None = None
    deployment_state: dict[str, Any] | None = None
    resource_state: dict[str, Any] | None = None

    @property
    def last_update(self) -> datetime:
        """When it last changed. Launch may write a time in UTC without saying so."""
        at = self.last_updated_at
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    @property
    def has_run(self) -> bool:
        """Whether a build has ever succeeded. Launch cannot change an endpoint before that."""
        return self.destination != NEVER_BUILT or self.deployment_state is not None

    @property
    def is_building(self) -> bool:
        return self.status in (PENDING, IN_PROGRESS)

    @property
    def workers(self) -> str:
        """How many workers are available, if Launch says so."""
        state = self.deployment_state or {}
        up, down = state.get("available_workers"), state.get("unavailable_workers")
        return "" if up is None else f"{up} of {up + (down or 0)} workers available"

    def describe(self) -> str:
        """The endpoint and its state, as a part of a sentence."""
        reason = f" ({self.status_reason})" if self.status_reason else ""
        return f"{self.name} ({self.id}) is {self.status}{reason}"


class LaunchBundle(Struct, frozen=True, kw_only=True):
    """A model bundle, as GET /v2/model-bundles answers it."""

    id: str
    name: str
    metadata: dict[str, Any] | None = None
    flavor: dict[str, Any] = {}


def fresher(one: LaunchEndpoint, other: LaunchEndpoint) -> LaunchEndpoint:
    """The newer of two answers about an endpoint: either may come from a cache."""
    return one if one.last_update >= other.last_update else other
