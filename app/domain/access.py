"""Who calls, and what it may do in which account. Keys and headers are not known here."""

from enum import Enum
from typing import Annotated, NewType

from msgspec import Meta, Struct
from msgspec.structs import replace

from app.domain.errors import Forbidden

Id = NewType("Id", str)
"""An identifier that callers treat as opaque: GraphQL's ID."""


class IdentityType(Enum):
    """What kind of identity made the entity."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"


class Identity(Struct, frozen=True, kw_only=True):
    """A person or a program, as the keys name it."""

    identity_id: Id
    identity_type: IdentityType


class AccountAccess(Struct, frozen=True, kw_only=True):
    """What a key may do in one account. Reading is implied."""

    account_id: Id
    can_write: Annotated[bool, Meta(description="Whether it may create and change templates.")]


class Viewer(Identity, frozen=True, kw_only=True):
    """Who the caller is, and what it may do where."""

    accounts: tuple[AccountAccess, ...]

    def identity(self) -> Identity:
        """The caller alone, without what it may do."""
        return Identity(identity_id=self.identity_id, identity_type=self.identity_type)

    def readable(self) -> frozenset[str]:
        """The accounts whose templates this caller sees."""
        return frozenset(access.account_id for access in self.accounts)

    def narrowed_to(self, account_id: str) -> "Viewer":
        """This caller with one account only; raises Forbidden if it may not read that one."""
        accounts = tuple(access for access in self.accounts if access.account_id == account_id)
        if not accounts:
            raise Forbidden
        return replace(self, accounts=accounts)

    def require_write(self, account_id: str) -> None:
        """Raises Forbidden unless this caller may write in that account."""
        if not any(a.account_id == account_id and a.can_write for a in self.accounts):
            raise Forbidden
