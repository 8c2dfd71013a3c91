"""What the service needs of a store of model templates. The implementation is in `storage`."""

from collections.abc import Collection
from typing import Protocol, TypeVar

from msgspec import Struct

from app.domain.errors import DomainError
from app.domain.filter import ModelTemplateFilter
from app.domain.idempotency import IdempotencyRecord
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.pagination import ModelTemplateList

T = TypeVar("T", bound=Struct)


class Scope(Struct, frozen=True, kw_only=True):
    """Which templates a list is of: those of the accounts that the filter admits."""

    accounts: frozenset[str]
    filter: ModelTemplateFilter = ModelTemplateFilter()


class NotUnique(DomainError):
    """What must be unique in the account is another template's; at least one of the two is true."""

    def __init__(self, *, name: bool, request: bool) -> None:
        super().__init__(f"name: {name}, request: {request}")
        self.name, self.request = name, request


class ModelTemplateRepository(Protocol):
    """Every method may raise Unavailable. `accounts` are those whose templates are visible."""

    async def insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """Stores the template and returns it, or returns the one that the same request stored
        before. Raises NotUnique, and then nothing is stored."""

    async def check_insert(
        self, template: ModelTemplate, request: IdempotencyRecord | None
    ) -> ModelTemplate:
        """What `insert` would return or raise at this moment; nothing is stored."""

    async def replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Puts the changed state in place of the current one, which becomes a revision. False, and
        nothing is changed, unless the current one is still that. Raises NotUnique."""

    async def delete(self, id: str, revision: int | None) -> bool:
        """Deletes the template with its history. False, and nothing is deleted, when it is gone or
        no longer at that revision."""

    async def revision(self, id: str, revision: int) -> ModelTemplateRevision | None:
        """One remembered state of a template."""

    async def revisions(self, id: str, *, limit: int, below: int) -> list[ModelTemplateRevision]:
        """At most `limit` remembered states before the revision `below`, newest first."""

    async def find(self, id: str, accounts: Collection[str]) -> ModelTemplate | None:
        """The template, or None when none of those accounts has it."""

    async def find_part(self, cls: type[T], id: str, accounts: Collection[str]) -> T | None:
        """Like `find`, but reads only those fields of the template that the class has."""

    def list(self, scope: Scope) -> ModelTemplateList:
        """The list of a scope; nothing is read before the list is."""
