"""Quotas: how much an account may store, and how much of a template's history is kept."""

from msgspec import Struct

from app.domain.counters import count_limit
from app.domain.errors import DomainError, UserError, UserErrorCode


class Quotas(Struct, frozen=True, kw_only=True):
    """The most that is stored; 0 stands for no limit."""

    templates: int = 0
    """Templates of an account, archived ones included."""
    revisions: int = 0
    """Earlier revisions of a template. The oldest are deleted; no write is rejected."""
    bytes: int = 0
    """BSON bytes of an account's templates and of their earlier revisions."""


class Usage(Struct, frozen=True, kw_only=True):
    """The templates and bytes that an account stores, or a change of them."""

    templates: int = 0
    bytes: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(templates=self.templates + other.templates, bytes=self.bytes + other.bytes)

    def __neg__(self) -> "Usage":
        return Usage(templates=-self.templates, bytes=-self.bytes)


class QuotaExceeded(DomainError):
    """The account may not store as much. The message says what the caller can do."""

    def error(self, *path: str) -> UserError:
        """The error of an input for which there is no room."""
        return UserError(code=UserErrorCode.QUOTA_EXCEEDED, message=str(self), path=path)


def require_room(quotas: Quotas, account_id: str, used: Usage, growth: Usage) -> None:
    """Raises QuotaExceeded unless the account may grow so. It may always shrink."""
    after = used + growth
    if growth.templates > 0 and 0 < quotas.templates < after.templates:
        count_limit("quota of templates")
        raise QuotaExceeded(
            f"The account {account_id} may have at most {quotas.templates:,} templates, archived "
            "ones included: delete some, or ask the server's operator for a higher limit."
        )
    if growth.bytes > 0 and 0 < quotas.bytes < after.bytes:
        count_limit("quota of bytes")
        raise QuotaExceeded(
            f"The account {account_id} may store at most {quotas.bytes:,} bytes of templates and "
            "earlier revisions: delete templates, or ask the server's operator to purge revisions "
            "or for a higher limit."
        )
