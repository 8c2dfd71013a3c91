"""Bundles for fine-tuning jobs. Launch takes no metadata for them, so that they are compared."""

import asyncio
from collections.abc import Mapping
from typing import Any

from app.launch.errors import OutcomeUnknown
from app.launch.launch_client import LaunchClient

TRIES = 3


async def up_to_date(client: LaunchClient, request: Mapping[str, Any]) -> str | None:
    """The id of the newest bundle of the request's name, if it is like the request. An older one
    would not do: a job that names its bundle gets the newest."""
    latest = await client.latest_job_bundle(str(request["name"]))
    return str(latest["id"]) if latest is not None and _is_like(latest, request) else None


async def create(client: LaunchClient, request: Mapping[str, Any]) -> str:
    """The id of a bundle like the request, made unless a lost answer turns out to have made it."""
    for attempt in range(TRIES):
        try:
            return await client.create_job_bundle(request)
        except OutcomeUnknown:
            if (made := await up_to_date(client, request)) is not None:
                return made
            if attempt == TRIES - 1:
                raise
        await asyncio.sleep(client.pace.retry)
    raise AssertionError  # The last attempt has returned or raised.


def _is_like(bundle: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    """Launch answers resources beside the other values, and quantities as text."""
    flat: dict[str, Any] = {}
    for key, value in request.items():
        flat |= value if key == "resource_requests" else {key: value}
    known = {*flat, "gpu_type"}  # Absent from a request without GPUs.
    return all(_text(bundle.get(key)) == _text(flat.get(key)) for key in known)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value
