"""Putting back what was there before a launch that failed."""

from functools import partial
from typing import Any

from msgspec.structs import replace

from app.launch.answers import FAILED, LaunchEndpoint
from app.launch.build_wait import Progress, until_ready
from app.launch.convergence import create, delete, update_body
from app.launch.decision import Action, Decision
from app.launch.errors import LaunchError
from app.launch.launch_client import LaunchClient
from app.launch.provenance import KEY, RESERVED, Wanted, endpoint_provenance
from app.launch.search import locate

NOT_OURS = "Nothing was rolled back, because somebody else has written the endpoint meanwhile"


class CannotRollBack(LaunchError):
    """It is not known what was there before."""


def check(decision: Decision) -> None:
    """Raises CannotRollBack if what is there could not be put back."""
    endpoint = decision.endpoint
    is_written = decision.action in (Action.CHANGE, Action.REPLACE)
    if is_written and endpoint and endpoint.has_run and endpoint_provenance(endpoint) is None:
        raise CannotRollBack(
            f"The endpoint {endpoint.name} was not launched from a template, and Launch does not "
            "say which bundle it runs, so that --rollback could not put it back. Nothing was "
            "written."
        )


async def roll_back(
    client: LaunchClient, decision: Decision, deadline: float, progress: Progress
) -> str:
    """Puts back what was there, and says what is there now. Bundles stay. Raises LaunchError."""
    wanted, before = decision.wanted, decision.endpoint
    if before is None:
        return await _deleted(client, wanted)
    if before.status == FAILED or not before.has_run:
        return f"Nothing was rolled back, because it did not run before: {before.describe()}."
    body = _body(before)
    current = await client.endpoint(before.id)
    if current is not None and _runs(body, current):
        return f"There is what was there before: {current.describe()}."
    if current is not None and not wanted.is_run_by(current):
        return f"{NOT_OURS}: {current.describe()}."
    changed_after = current.last_update if current else None
    if current is None:  # It was replaced.
        made = await locate(client, wanted.name, before.id)
        if made is not None and not wanted.is_run_by(made):
            return f"{NOT_OURS}: {made.describe()}."
        current = await _created_again(client, body, made, before.id)
    else:
        await client.change_endpoint(before.id, update_body(body))
    current = replace(current, metadata=body["metadata"])
    runs = partial(_runs, body)
    ready = await until_ready(
        client, current, runs, deadline, progress, changed_after=changed_after
    )
    revision = body["metadata"][KEY]["template_revision"]
    return f"Rolled back to revision {revision} of the template: {ready.describe()}."


async def _deleted(client: LaunchClient, wanted: Wanted) -> str:
    """Deletes a new endpoint, unless it is somebody else's by now."""
    if (made := await locate(client, wanted.name)) is None:
        return "There is no endpoint, as before."
    if not wanted.is_run_by(made):
        return f"{NOT_OURS}: {made.describe()}."
    await delete(client, made.id)
    return f"Rolled back: the new endpoint {made.name} ({made.id}) was deleted."


async def _created_again(
    client: LaunchClient, body: dict[str, Any], made: LaunchEndpoint | None, gone: str
) -> LaunchEndpoint:
    """The earlier endpoint, instead of the one that was made."""
    if made is not None:
        await delete(client, made.id)
        gone = made.id
    return await create(client, body, partial(_runs, body), gone=gone)


def _runs(body: dict[str, Any], endpoint: LaunchEndpoint) -> bool:
    return bool((endpoint.metadata or {}).get(KEY) == body["metadata"][KEY])


def _body(before: LaunchEndpoint) -> dict[str, Any]:
    """The request that the endpoint was last made or changed by."""
    provenance = endpoint_provenance(before)
    if provenance is None:
        raise CannotRollBack("It is not known what the endpoint ran before.")
    metadata = {key: value for key, value in (before.metadata or {}).items() if key not in RESERVED}
    return {
        **provenance.request,
        "model_bundle_id": provenance.bundle_id,
        "metadata": metadata,
    }
