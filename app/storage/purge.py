"""The deletion of a template's earlier revisions, on an operator's request."""

from collections.abc import AsyncIterator

from msgspec import Struct

from app.domain.errors import DomainError
from app.domain.quotas import Usage
from app.storage.collections import TEMPLATES
from app.storage.driver import Database, available, collection, without_deadline
from app.storage.history import MongoHistory
from app.storage.usage import UsageMeter


class NoSuchTemplate(DomainError):
    """No template has the id, and no revision of one remains."""


class Purge(Struct, frozen=True, kw_only=True):
    """A plan to delete: `count` revisions with numbers below `below`, of `kept` earlier ones.
    `revision` is the current state of the template, which stays; None if the template was deleted
    but revisions of it remain."""

    template_id: str
    revision: int | None
    name: str
    account_id: str
    below: int | None
    count: int
    kept: int


async def planned(database: Database, template_id: str, before: int | None) -> Purge:
    """The deletion of all earlier revisions, or of those before one. Raises NoSuchTemplate or
    Unavailable."""
    fields = {"revision": 1, "name": 1, "account_id": 1}
    in_any_account = {"_id": {"$in": [template_id]}}
    async with available():
        found = await collection(database, TEMPLATES).find_one(in_any_account, fields)
    history = MongoHistory(database)
    template = found or {}
    revision = template.get("revision")
    kept = await history.count(template_id, below=revision)
    if revision is None and not kept:
        raise NoSuchTemplate(f"No template has the id {template_id}.")
    below = min((number for number in (before, revision) if number is not None), default=None)
    return Purge(
        template_id=template_id,
        revision=revision,
        name=template.get("name", ""),
        account_id=template.get("account_id", ""),
        below=below,
        count=await history.count(template_id, below=below),
        kept=kept,
    )


async def purge(database: Database, usage: UsageMeter, plan: Purge) -> AsyncIterator[int]:
    """Deletes the revisions in batches, and yields the size of each. Raises Unavailable; some may
    be deleted then."""
    history, are_left = MongoHistory(database), True
    while are_left:
        async with without_deadline():
            removed = await history.delete_oldest(plan.template_id, below=plan.below)
        if plan.account_id:
            usage.add(plan.account_id, Usage(bytes=-removed.bytes))
        yield removed.count
        are_left = removed.are_left
