"""Doing what was decided about an endpoint, so that it may be interrupted and repeated.

Bundles are versions, and cannot be deleted: one that was made from the same request is used again.
Launch takes each name of an endpoint once, so that a repeated POST does no harm; its answers (500
or 400) do not say whether the endpoint is the one that was wanted, which is then looked up.
"""

import asyncio
from collections.abc import Callable
from itertools import count, cycle
from time import monotonic
from typing import Any

from msgspec.structs import replace

from app.launch.answers import LaunchEndpoint
from app.launch.build_wait import Progress
from app.launch.decision import FIXED, Action, Decision, Permissions, decide
from app.launch.errors import (
    CannotChange,
    LaunchError,
    LaunchUnreachable,
    NotReadyInTime,
    OutcomeUnknown,
    RequestRejected,
)
from app.launch.launch_client import LaunchClient
from app.launch.provenance import Wanted, made_from
from app.launch.search import AFTER, find, locate, look

UNQUEUED = 503, "broker"
"""Status and word of the answer about an endpoint that Launch has recorded, but could not hand to
its builder."""


async def plan(client: LaunchClient, wanted: Wanted, may: Permissions) -> Decision:
    """The decision about the endpoint. Reads only. Raises CannotChange."""
    found, bundles = await find(client, wanted.name), await client.bundles(wanted.name)
    return decide(wanted, found, bundles, may, client.pace)


async def known_bundle(client: LaunchClient, wanted: Wanted) -> str | None:
    """The id of the newest bundle that was made from the wanted request."""
    found = await client.bundles(wanted.name)
    return next((b.id for b in found if made_from(b, wanted.bundle_digest)), None)


async def ensure_bundle(client: LaunchClient, wanted: Wanted, known: str | None) -> str:
    """The id of a bundle that was made from the wanted request, and of the known one if any."""
    if known is not None:
        return known
    for attempt in count(1):
        try:
            return await client.create_bundle(wanted.bundle_body())
        except OutcomeUnknown:
            if (made := await known_bundle(client, wanted)) is not None:
                return made
            if attempt == 3:
                raise
        await asyncio.sleep(client.pace.retry)
    raise AssertionError  # Never: count does not end.


async def until_settled(
    client: LaunchClient, endpoint: LaunchEndpoint, deadline: float, progress: Progress
) -> LaunchEndpoint:
    """An endpoint that is being built for the first time, when that has ended: before, Launch
    cannot change it. Raises NotReadyInTime."""
    began = monotonic()
    while endpoint.is_building and not endpoint.has_run:
        if monotonic() >= deadline:
            raise NotReadyInTime(
                f"Launch cannot change the endpoint before its first build ends: "
                f"{endpoint.describe()}. Nothing was written. --replace deletes the endpoint and "
                "creates it anew."
            )
        await asyncio.sleep(client.pace.poll)
        read = await client.endpoint(endpoint.id)
        if read is None:
            raise CannotChange(f"The endpoint {endpoint.name} was deleted meanwhile.")
        endpoint = read
        progress(endpoint, monotonic() - began)
    if not endpoint.has_run:
        raise CannotChange(
            f"{endpoint.describe()}: its first build failed, and Launch cannot change what never "
            "ran. Nothing was written; run it again to delete the endpoint and create it anew."
        )
    return endpoint


async def carry_out(client: LaunchClient, decision: Decision) -> LaunchEndpoint:
    """The endpoint after everything was written, perhaps not built yet. Raises LaunchError."""
    wanted, endpoint = decision.wanted, decision.endpoint
    if decision.action is Action.KEEP and endpoint is not None:
        return endpoint
    bundle_id = await ensure_bundle(client, wanted, decision.bundle_id)
    if endpoint is None:
        return await create(client, wanted.endpoint_body(bundle_id), wanted.is_run_by)
    if decision.action is Action.REPLACE:
        await delete(client, endpoint.id)
        body = wanted.endpoint_body(bundle_id)
        return await create(client, body, wanted.is_run_by, gone=endpoint.id)
    return await _change(client, wanted, bundle_id, endpoint)


def update_body(body: dict[str, Any]) -> dict[str, Any]:
    """The body of a PUT, of that of a POST. It has every value, because two launches at the same
    time must not mix; and the bundle even if it stays, because Launch takes a PUT without one for
    a change of the bundle."""
    return {key: value for key, value in body.items() if key not in FIXED}


async def _change(
    client: LaunchClient, wanted: Wanted, bundle_id: str, planned: LaunchEndpoint
) -> LaunchEndpoint:
    current = await client.endpoint(planned.id)
    if current is None:
        raise CannotChange(f"The endpoint {wanted.name} was deleted meanwhile; run it again.")
    if wanted.is_run_by(current) and not wanted.is_run_by(planned):
        return current  # Another launch has done it.
    is_newer = current.last_update > planned.last_update
    if is_newer and current.metadata != planned.metadata:
        raise CannotChange(
            f"Somebody else has changed the endpoint {wanted.name} meanwhile; run it again to see "
            "what would change now."
        )
    body = update_body(wanted.endpoint_body(bundle_id, current.metadata))
    try:
        await client.change_endpoint(planned.id, body)
    except OutcomeUnknown as error:
        if error.status == 500 and not current.has_run:
            raise CannotChange(
                "Launch cannot change the endpoint before its first build has succeeded: "
                f"{current.describe()}. Run it again when it is built, or with --replace to delete "
                "the endpoint and create it anew."
            ) from None
        raise
    return replace(current, metadata=body["metadata"])


async def create(
    client: LaunchClient,
    body: dict[str, Any],
    runs_wanted: Callable[[LaunchEndpoint], bool],
    *,
    gone: str = "",
) -> LaunchEndpoint:
    """The endpoint, created by this launch or by another that wanted the same. `gone` is the id of
    one that was deleted before, which caches may still have."""
    name, deadline = str(body["name"]), monotonic() + 2 * client.pace.visible
    for order in cycle(AFTER):
        is_late = monotonic() > deadline
        problem = await _posted(client, body)
        if problem is None:
            found = await locate(client, name, gone)
            problem = LaunchUnreachable(
                f"Launch accepted the endpoint {name}, but does not list it. Run the same command "
                "again."
            )
            is_late = True
        else:
            found = await look(client, name, order, gone)
        if found is not None:
            return await _recognized(client, found, runs_wanted, problem)
        if is_late:
            raise problem
        await asyncio.sleep(client.pace.poll)
    raise AssertionError  # Never: the orders do not end.


async def _posted(client: LaunchClient, body: dict[str, Any]) -> LaunchError | None:
    """Sends the request for an endpoint. The error after which it may be there all the same."""
    try:
        await client.create_endpoint(body)
    except OutcomeUnknown as error:
        return error
    except RequestRejected as error:
        # Launch says so of a deleted one, too, until its cache has forgotten it.
        if not (error.status == 400 and "already exists" in error.detail):
            raise
        return error
    return None


async def _recognized(
    client: LaunchClient,
    found: LaunchEndpoint,
    runs_wanted: Callable[[LaunchEndpoint], bool],
    problem: LaunchError,
) -> LaunchEndpoint:
    """An endpoint that is there now, although `problem` may have come between."""
    if not runs_wanted(found):
        raise CannotChange(
            f"Meanwhile, somebody else has written an endpoint of this name: {found.describe()}. "
            "Run it again to see what would change."
        )
    if isinstance(problem, OutcomeUnknown) and _is_unqueued(problem) and not found.has_run:
        await delete(client, found.id)  # Nobody would ever build it.
        raise LaunchUnreachable(
            f"{client.url} could not begin the build: {problem.detail} The endpoint was deleted "
            "again; its bundle stays. Run the same command again later."
        )
    return found


def _is_unqueued(problem: OutcomeUnknown) -> bool:
    status, word = UNQUEUED
    return problem.status == status and word in problem.detail


async def delete(client: LaunchClient, id: str) -> None:
    """Delete an endpoint, and wait until Launch no longer shows it."""
    await client.delete_endpoint(id)
    deadline = monotonic() + client.pace.visible
    while True:
        is_late = monotonic() > deadline
        if (left := await client.endpoint(id)) is None:
            return
        if is_late:
            raise CannotChange(f"Launch does not delete the endpoint: {left.describe()}.")
        await asyncio.sleep(client.pace.poll)
