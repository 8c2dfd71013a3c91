"""The audit trail: who did what to which template or key. Events have names of fields, and no
values of them but a template's name."""

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from app.domain.access import Identity, IdentityType, Viewer
from app.domain.context_values import bound
from app.domain.errors import Forbidden, Unavailable
from app.domain.fields import field_map
from app.domain.model_template import (
    ModelTemplate,
    ModelTemplateSpec,
    ModelTemplateSummary,
)
from app.domain.timestamps import to_the_millisecond

MAX_TEXT = 255
"""Characters of a text from a caller; identifiers and names are not longer."""


class Action(Enum):
    """An action on a template or key, done or refused."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    RESTORE = "restore"
    DELETE = "delete"
    PURGE_REVISIONS = "purge revisions"
    CREATE_KEY = "create key"
    REVOKE_KEY = "revoke key"


class AuditEvent(Struct, frozen=True, kw_only=True):
    """One line of the audit log. What does not apply is None."""

    time: datetime
    action: Action
    outcome: str
    identity: str
    identity_type: IdentityType | None = None
    key: str | None = None
    """The first characters of the API key, as `keys list` shows them."""
    client: str | None = None
    """The address that the request came from."""
    account: str | None = None
    template: str | None = None
    name: str | None = None
    from_revision: int | None = None
    to_revision: int | None = None
    changed: tuple[str, ...] | None = None
    """Paths of fields that have changed, in the API's names."""
    before: int | None = None
    """Revisions before this one were purged."""
    revisions: int | None = None
    """How many revisions were purged."""
    about_key: str | None = None
    """The first characters of the key that was created or revoked."""
    about_identity: str | None = None
    grants: tuple[str, ...] | None = None
    """The accounts of that key, with its rights."""


class _Origin(Struct, frozen=True, kw_only=True):
    """The API request that is being answered."""

    key: str
    client: str | None


_origin: ContextVar[_Origin | None] = ContextVar("origin", default=None)
DONE, FORBIDDEN, UNKNOWN = "done", "forbidden", "unknown"
"""Outcomes. It is unknown whether a write happened whose acknowledgement was not received."""
COMMAND_LINE = "command line"
"""The identity of events without a request."""


def request_of(key: str, client: str | None) -> AbstractContextManager[None]:
    """Inside, events belong to a request with this key's first characters, from this address."""
    return bound(_origin, _Origin(key=key, client=client))


def _nothing(_: AuditEvent) -> None:
    """The audit log is off."""


@contextmanager
def unless_answered(report: Callable[..., None]) -> Iterator[None]:
    """Calls `report` with the outcome UNKNOWN when the write inside fails or is cancelled before
    the database has answered."""
    try:
        yield
    except (Unavailable, CancelledError):
        report(outcome=UNKNOWN)
        raise


class Audit:
    """Passes events to `write`, which must not raise, after writes have been acknowledged."""

    def __init__(self, write: Callable[[AuditEvent], None] = _nothing) -> None:
        self._write = write

    def created(
        self, template: ModelTemplate, identity: Identity | None = None, *, outcome: str = DONE
    ) -> None:
        """A template was created or imported."""
        self.report(
            Action.CREATE,
            identity,
            outcome,
            account=template.account_id,
            template=template.id,
            name=template.name,
            to_revision=template.revision,
        )

    def changed(
        self,
        before: ModelTemplate,
        after: ModelTemplate,
        identity: Identity | None = None,
        *,
        outcome: str = DONE,
    ) -> None:
        """A template was changed, archived or restored."""
        action = Action.UPDATE
        if before.is_archived() is not after.is_archived():
            action = Action.ARCHIVE if after.is_archived() else Action.RESTORE
        self.report(
            action,
            identity,
            outcome,
            account=after.account_id,
            template=after.id,
            name=after.name,
            from_revision=before.revision,
            to_revision=after.revision,
            changed=(*_changed_fields(before, after, ModelTemplateSpec),),
        )

    def deleted(
        self, template: ModelTemplateSummary, identity: Identity, *, outcome: str = DONE
    ) -> None:
        """A template was deleted."""
        self.report(
            Action.DELETE,
            identity,
            outcome,
            account=template.account_id,
            template=template.id,
            name=template.name,
            from_revision=template.revision,
        )

    def require_write(
        self, viewer: Viewer, action: Action, account: str, template: str | None = None
    ) -> None:
        """Reports an action for which the caller lacks the right to write in the account, and
        raises Forbidden."""
        try:
            viewer.require_write(account)
        except Forbidden:
            identity = viewer.identity()
            self.report(action, identity, FORBIDDEN, account=account, template=template)
            raise

    def report(
        self,
        action: Action,
        identity: Identity | None = None,
        outcome: str = DONE,
        **about: Any,
    ) -> None:
        """Reports what was done or refused; `about` are further fields of the event. Without a
        request, the command line has done it, whatever identity the template records."""
        if self._write is _nothing:
            return
        origin = _origin.get()
        shown: dict[str, Any] = {
            name: value[:MAX_TEXT] if isinstance(value, str) else value
            for name, value in about.items()
        }
        by = identity if origin is not None else None
        event = AuditEvent(
            time=to_the_millisecond(datetime.now(UTC)),
            action=action,
            outcome=outcome,
            identity=by.identity_id if by else COMMAND_LINE,
            identity_type=by.identity_type if by else None,
            key=origin.key if origin else None,
            client=origin.client[:MAX_TEXT] if origin and origin.client else None,
            **shown,
        )
        self._write(event)


def _changed_fields(before: Struct, after: Struct, cls: type[Struct]) -> Iterator[str]:
    """Paths of the fields of `cls` that differ, into objects, but not into lists and maps, whose
    keys callers choose."""
    for field in field_map(cls).fields:
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if isinstance(old, Struct) and isinstance(new, Struct):
            inner = _changed_fields(old, new, type(new))
            yield from (f"{field.api_name}.{path}" for path in inner)
        else:
            yield field.api_name
