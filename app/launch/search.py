"""Finding an endpoint by its name, although Launch answers lists from caches."""

import asyncio
from itertools import cycle
from time import monotonic

from app.launch.answers import DELETING, LaunchEndpoint, fresher
from app.launch.errors import NotReadyInTime
from app.launch.launch_client import LaunchClient

BEFORE, AFTER = "newest", ("oldest", "alphabetical", "newest")
"""Orders of lists. Each is cached by itself, so that a list in another order than the one before
the endpoint was created shows the endpoint at once."""

LATEST = AFTER[1]
"""The order that is asked for last, and so is in no cache, mostly."""


async def find(client: LaunchClient, name: str) -> LaunchEndpoint | None:
    """The endpoint of a name, before anything is written; None if there is none. It waits until one
    that is being deleted is gone."""
    deadline = monotonic() + 10 * client.pace.visible
    while True:
        is_late = monotonic() > deadline
        found = await look(client, name, BEFORE)
        if found is None or found.status != DELETING:
            return found
        if is_late:
            raise NotReadyInTime(f"{found.describe()}, and is not gone yet. Nothing was written.")
        await asyncio.sleep(client.pace.poll)


async def look(
    client: LaunchClient, name: str, order: str, gone: str = ""
) -> LaunchEndpoint | None:
    """The endpoint in the list of this order, unless its id is `gone`. It is read again by its id:
    the list may be old."""
    for listed in await client.endpoints(name, order):
        if listed.name != name or listed.id == gone:
            continue
        if (read := await client.endpoint(listed.id)) is not None:
            return fresher(read, listed)
    return None


async def locate(client: LaunchClient, name: str, gone: str = "") -> LaunchEndpoint | None:
    """The endpoint of a name that was just created; None if it does not show in any list."""
    deadline = monotonic() + client.pace.visible
    for order in cycle(AFTER):
        is_late = monotonic() > deadline
        found = await look(client, name, order, gone)
        if found is not None or is_late:
            return found
        await asyncio.sleep(client.pace.poll)
    raise AssertionError  # Never: the orders do not end.
