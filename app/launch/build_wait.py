"""Waiting until Launch has built an endpoint."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from app.launch.answers import FAILED, READY, LaunchEndpoint
from app.launch.errors import BuildFailed, NotReadyInTime
from app.launch.launch_client import LaunchClient
from app.launch.provenance import endpoint_provenance

Progress = Callable[[LaunchEndpoint, float], None]
"""Called at each look with the endpoint and the seconds since the wait began."""


async def until_ready(
    client: LaunchClient,
    endpoint: LaunchEndpoint,
    runs_wanted: Callable[[LaunchEndpoint], bool],
    deadline: float,
    progress: Progress,
    *,
    changed_after: datetime | None = None,
) -> LaunchEndpoint:
    """The endpoint, once it is ready and runs what is wanted, given an earlier state of it.

    `deadline` is of the monotonic clock. With `changed_after`, a state of no later time is of
    before the change, until caches cannot have it any more. Raises BuildFailed and NotReadyInTime.
    """
    began = monotonic()
    while True:
        asked = monotonic()  # A slow answer may be as old as its question.
        waited = asked - began
        read = await client.endpoint(endpoint.id)
        if read is None and waited > client.pace.visible:
            raise BuildFailed(f"The endpoint {endpoint.name} was deleted meanwhile.")
        endpoint = read or endpoint
        may_be_old = waited <= client.pace.visible
        is_old = may_be_old and changed_after and endpoint.last_update <= changed_after
        if read is not None and not is_old:
            progress(read, waited)
            if _is_done(read, runs_wanted(read), may_be_old):
                return read
        if asked >= deadline:
            raise NotReadyInTime(_late(endpoint, waited))
        await asyncio.sleep(min(client.pace.poll, max(deadline - monotonic(), 0)))


def _is_done(read: LaunchEndpoint, runs_wanted: bool, may_be_old: bool) -> bool:
    """Whether the endpoint is ready. Raises BuildFailed if it will not be."""
    if not runs_wanted:
        if not may_be_old:
            raise BuildFailed(_overwritten(read))
        return False
    if read.status == FAILED:
        raise BuildFailed(f"The build failed: {read.describe()}.")
    return read.status == READY


def _overwritten(endpoint: LaunchEndpoint) -> str:
    provenance = endpoint_provenance(endpoint)
    origin = (
        f"{provenance.template}@{provenance.template_revision}" if provenance else "no template"
    )
    return (
        f"Somebody else has changed the endpoint meanwhile: {endpoint.describe()}, "
        f"launched from {origin}."
    )


def _late(endpoint: LaunchEndpoint, seconds: float) -> str:
    advice = "To go on waiting, run the same command again."
    if not endpoint.has_run:
        advice += (
            " If it stays so, Launch's builder is not running or does not accept the request: see "
            "its log, and use --replace to delete the endpoint and create it anew."
        )
    return f"Not ready after {seconds:.0f} seconds: {endpoint.describe()}. {advice}"
