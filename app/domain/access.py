"""Callers and their permissions by account, independent of API keys and headers."""

from enum import Enum
from functools import cached_property
from typing import Annotated, NewType

from msgspec import Meta, Struct
from msgspec.structs import replace

from app.domain.errors import Forbidden

Id = NewType("Id", str)
"""An identifier that callers treat as opaque: GraphQL's ID."""


class IdentityType(Enum):
    """Whether an identity is a person or a program."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"


class Identity(Struct, frozen=True, kw_only=True):
    """A person or a program, as named by its API key."""

    identity_id: Id
    identity_type: IdentityType


class AccountAccess(Struct, frozen=True, kw_only=True):
    """The permissions of an API key in one account. Reading is implied."""

    account_id: Id
    can_write: Annotated[
        bool, Meta(description="Whether it may create, change and delete templates.")
    ]


class Viewer(Identity, frozen=True, kw_only=True, dict=True):
    """The caller's identity and its permissions by account."""

    accounts: tuple[AccountAccess, ...]

    def identity(self) -> Identity:
        """The caller's identity, without its permissions."""
        return Identity(identity_id=self.identity_id, identity_type=self.identity_type)

    def readable(self) -> frozenset[str]:
        """The ids of the accounts whose templates the caller may read."""
        return self._readable

    @cached_property
    def _readable(self) -> frozenset[str]:
        return frozenset(access.account_id for access in self.accounts)

    def only_account(self) -> str | None:
        """The account, if the caller may read only one."""
        return self.accounts[0].account_id if len(self.accounts) == 1 else None

    def narrowed_to(self, account_id: str) -> "Viewer":
        """The caller, restricted to one account. Raises Forbidden if it may not read that one."""
        accounts = tuple(access for access in self.accounts if access.account_id == account_id)
        if not accounts:
            raise Forbidden
        return replace(self, accounts=accounts)

    def require_write(self, account_id: str) -> None:
        """Raises Forbidden unless the caller may write in the account."""
        if account_id not in self._writable:
            raise Forbidden

    @cached_property
    def _writable(self) -> frozenset[str]:
        return frozenset(access.account_id for access in self.accounts if access.can_write)
