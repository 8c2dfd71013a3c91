"""The interface of the template store. It is implemented in `storage`."""

from collections.abc import Collection
from typing import Protocol, TypeVar

from msgspec import Struct

from app.domain.errors import DomainError
from app.domain.filter import ModelTemplateFilter
from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.pagination import ModelTemplateList
from app.domain.tally import Counted, Tally

T = TypeVar("T", bound=Struct)


class Scope(Struct, frozen=True, kw_only=True):
    """The templates of a list: those in the accounts that match the filter."""

    accounts: frozenset[str]
    filter: ModelTemplateFilter = ModelTemplateFilter()


class NotUnique(DomainError):
    """Another template of the account has the `name` or the id of the `request`, or both."""

    def __init__(self, *, name: bool, request: bool) -> None:
        super().__init__(f"name: {name}, request: {request}")
        self.name, self.request = name, request


class ModelTemplateRepository(Protocol):
    """The store of model templates and their revisions. Every method may raise Unavailable."""

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Stores the template and returns it, or returns the one that the same request stored
        earlier. Raises NotUnique or QuotaExceeded without storing anything."""

    async def check_insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Returns or raises what `insert` would, without storing anything."""

    async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Replaces the current state, which becomes a revision, with the changed one. Returns False
        without changing anything if `current` is no longer current. Raises NotUnique or
        QuotaExceeded. Revisions beyond the quota are deleted."""

    async def delete(self, id: str, account_id: str, revision: int | None) -> bool:
        """Deletes the template of an account with its history. Returns False without deleting
        anything if the template does not exist, or is not at the given revision."""

    async def revision(self, id: str, revision: int) -> ModelTemplateRevision | None:
        """One earlier state of a template, or None."""

    async def revisions(self, id: str, *, limit: int, below: int) -> list[ModelTemplateRevision]:
        """At most `limit` earlier states with revision numbers below `below`, newest first."""

    async def oldest_revision(self, id: str, *, below: int) -> int | None:
        """The number of the oldest state that is kept, with a number below `below`, or None."""

    async def find(
        self, id: str, accounts: Collection[str], *, confirmed: bool = False
    ) -> ModelTemplate | None:
        """The template, or None if it is in none of the accounts. It may lack changes of the last
        moments before a failover, unless it has to be confirmed; None always is."""

    async def find_part(
        self, cls: type[T], id: str, accounts: Collection[str], *, confirmed: bool = False
    ) -> T | None:
        """Like `find`, but reads only those fields of the template that the class has."""

    def list(self, scope: Scope) -> ModelTemplateList:
        """The list of a scope. Nothing is read until the list is."""

    async def tally(self, scope: Scope, counted: Counted) -> Tally:
        """The numbers of templates in a scope. If those are very many, only a part of them is
        counted, and the tally is not complete."""
