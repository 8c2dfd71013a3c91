"""The use cases: one method for each operation on model templates."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from msgspec import Struct
from uuid_utils import uuid7

from app.domain.access import Identity, Viewer
from app.domain.answer_budget import charged, rewind
from app.domain.audit import Action, Audit, unless_answered
from app.domain.cpu_time import off_loop
from app.domain.errors import Invalid, Unavailable, UserError, UserErrorCode
from app.domain.filter import ModelTemplateFilter
from app.domain.idempotency import IdempotencyRecord, idempotency_record
from app.domain.launch.checks import warnings
from app.domain.launch.cluster import USUAL, LaunchCluster
from app.domain.model_template import (
    CreateModelTemplate,
    DeleteModelTemplate,
    ModelTemplate,
    ModelTemplateSummary,
    UpdateModelTemplate,
)
from app.domain.pagination import ModelTemplateOrder, Window
from app.domain.patch import patched
from app.domain.quotas import QuotaExceeded
from app.domain.reader import ModelTemplateReader
from app.domain.repository import ModelTemplateRepository, NotUnique, Scope
from app.domain.storable import is_storable
from app.domain.timestamps import to_the_millisecond
from app.domain.validation.json_schema import user_error
from app.domain.validation.rules import violations
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES, is_small, size_violations

NOT_FOUND, STALE = UserErrorCode.NOT_FOUND, UserErrorCode.STALE
NO_TEMPLATE = "No template has this id."
NAME_TAKEN = "is already used in this account"
REQUEST_ID_TAKEN = (
    "was already used in this account, for a different input or a template that was deleted since"
)
TOO_MANY_CHANGES = "Too many requests are changing this template at the moment; try again."
UPDATE_TRIES = 200
"""Attempts at an update or a deletion while other requests change the template."""

T = TypeVar("T", ModelTemplate, ModelTemplateSummary)

Store = Callable[[ModelTemplate, IdempotencyRecord | None], Awaitable[ModelTemplate]]
"""Stores a valid template, or checks that it could be stored."""


def now() -> datetime:
    """The current time in UTC, to the millisecond."""
    return to_the_millisecond(datetime.now(UTC))


def new_id() -> str:
    """A UUIDv7; ids sort by creation time."""
    return str(uuid7())


class ModelTemplateValidation(Struct, frozen=True, kw_only=True):
    """The result of checking the input of createModelTemplate."""

    valid: bool
    errors: tuple[UserError, ...]
    warnings: tuple[UserError, ...]


class ModelTemplateService(ModelTemplateReader):
    """Reads and changes model templates, within the accounts that a caller may access."""

    def __init__(
        self,
        repository: ModelTemplateRepository,
        *,
        max_template_bytes: int = MAX_TEMPLATE_BYTES,
        audit: Audit | None = None,
        cluster: LaunchCluster = USUAL,
        clock: Callable[[], datetime] = now,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        super().__init__(repository)
        self._max_template_bytes = max_template_bytes
        self._audit = audit or Audit()
        self.cluster = cluster
        self._clock = clock
        self._new_id = new_id

    async def create(self, viewer: Viewer, command: CreateModelTemplate) -> ModelTemplate:
        """Creates and returns a template, or returns the one that the same `request_id` created.
        Raises Forbidden, Unavailable, or Invalid with every violation."""
        self._audit.require_write(viewer, Action.CREATE, command.account_id)

        async def insert(
            template: ModelTemplate, request: IdempotencyRecord | None
        ) -> ModelTemplate:
            created = partial(self._audit.created, template, viewer.identity())
            with unless_answered(created):
                inserted = await self._repository.insert(template, request)
            if inserted is template:
                created()
            return inserted

        return await self._create(viewer, command, insert)

    async def create_again(self, viewer: Viewer, command: CreateModelTemplate) -> ModelTemplate:
        """Like `create`, for a command that may have been carried out already, without a
        `request_id`: returns the template of the same name if the caller created it and it has
        the fields of the command."""
        try:
            return await self.create(viewer, command)
        except Invalid as invalid:
            if all(error.code is not UserErrorCode.DUPLICATE for error in invalid.errors):
                raise
            found = await self._named(command)
            if found is None or not found.is_result_of(command, viewer.identity()):
                raise
            return found

    async def _named(self, command: CreateModelTemplate) -> ModelTemplate | None:
        """The template with the name of the command in its account."""
        filter = ModelTemplateFilter(name=command.name, archived=None)  # type: ignore[call-arg]
        scope = Scope(accounts=frozenset({command.account_id}), filter=filter)
        window = Window(order=ModelTemplateOrder(), size=1)
        page = await self._repository.list(scope).read(window)
        return next(iter(page.templates), None)

    async def validate(
        self, viewer: Viewer, command: CreateModelTemplate
    ) -> ModelTemplateValidation:
        """Checks an input as `create` does, without writing. Raises Forbidden or Unavailable."""
        try:
            await self._create(viewer, command, self._repository.check_insert)
        except Invalid as invalid:
            errors = invalid.errors
        else:
            errors = ()
        found = await off_loop(True, warnings, command.completed(), self.cluster)
        return ModelTemplateValidation(valid=not errors, errors=errors, warnings=tuple(found))

    async def _create(
        self, viewer: Viewer, command: CreateModelTemplate, store: Store
    ) -> ModelTemplate:
        viewer.require_write(command.account_id)
        is_long = command.has_patterns() or not is_small(command)
        errors = await off_loop(is_long, violations, command)
        errors += size_violations(command, self._max_template_bytes)
        if errors:
            raise Invalid(errors)
        template = ModelTemplate.create(
            command, id=self._new_id(), identity=viewer.identity(), at=self._clock()
        )
        try:
            return await store(template, idempotency_record(command))
        except NotUnique as conflict:
            raise Invalid(_duplicates(conflict)) from None
        except QuotaExceeded as exceeded:
            raise Invalid([exceeded.error("accountId")]) from None

    async def update(self, viewer: Viewer, command: UpdateModelTemplate) -> ModelTemplate:
        """Applies changes to a template and returns it. Raises Forbidden, Unavailable, or Invalid:
        NOT_FOUND, STALE, or the violations of the changed template. Without `expected_revision`,
        the changes are applied to the current state, and again if it changes meanwhile."""
        before = charged()
        for tried in range(UPDATE_TRIES):
            rewind(before)  # The state that an earlier attempt has read is not kept.
            find, is_confirmed = self._repository.find, tried > 0
            current = await self._to_change(viewer, command, find, confirmed=is_confirmed)
            identity, at = viewer.identity(), self._clock()
            changed = await off_loop(True, patched, current, command, identity=identity, at=at)
            is_changed = command.changes and changed is not current  # Not only archived.
            if is_changed and (errors := size_violations(changed, self._max_template_bytes)):
                raise Invalid(errors)
            try:
                if await self._replace(current, changed, identity):
                    return changed
            except NotUnique as conflict:
                raise Invalid(_duplicates(conflict)) from None
            except QuotaExceeded as exceeded:
                raise Invalid([exceeded.error()]) from None
        raise Unavailable(TOO_MANY_CHANGES)

    async def _replace(
        self, current: ModelTemplate, changed: ModelTemplate, identity: Identity
    ) -> bool:
        """Whether the changed state is stored; if nothing is to be changed, whether the current
        state still is."""
        if changed is current:
            found = await self._repository.find(current.id, {current.account_id}, confirmed=True)
            return found == current
        report = partial(self._audit.changed, current, changed, identity)
        with unless_answered(report):
            is_replaced = await self._repository.replace(current, changed)
        if is_replaced:
            report()
        return is_replaced

    async def delete(self, viewer: Viewer, command: DeleteModelTemplate) -> str:
        """Deletes a template with its history and returns its id. Raises Forbidden, Unavailable,
        or Invalid: NOT_FOUND, STALE."""
        find = partial(self._repository.find_part, ModelTemplateSummary)
        for tried in range(UPDATE_TRIES):
            current = await self._to_change(viewer, command, find, confirmed=tried > 0)
            deleted = partial(self._audit.deleted, current, viewer.identity())
            with unless_answered(deleted):
                is_deleted = await self._repository.delete(
                    current.id, current.account_id, command.expected_revision
                )
            if is_deleted:
                deleted()
                return current.id
        raise Unavailable(TOO_MANY_CHANGES)

    async def _to_change(
        self,
        viewer: Viewer,
        command: UpdateModelTemplate | DeleteModelTemplate,
        find: Callable[..., Awaitable[T | None]],
        *,
        confirmed: bool,
    ) -> T:
        """The current state of the command's template. Raises Forbidden, or Invalid: NOT_FOUND, or
        STALE once the state is confirmed."""
        current = None
        if is_storable(command.id):
            current = await find(command.id, viewer.readable(), confirmed=confirmed)
        if current is None:
            raise Invalid([UserError(code=NOT_FOUND, path=("id",), message=NO_TEMPLATE)])
        action = Action.UPDATE if isinstance(command, UpdateModelTemplate) else Action.DELETE
        self._audit.require_write(viewer, action, current.account_id, current.id)
        if command.expected_revision in (None, current.revision):
            return current
        if not confirmed:
            return await self._to_change(viewer, command, find, confirmed=True)
        predicate = f"is not the current revision ({current.revision})"
        raise Invalid([user_error(STALE, ("expectedRevision",), predicate)])


def _duplicates(conflict: NotUnique) -> Iterator[UserError]:
    if conflict.name:
        yield user_error(UserErrorCode.DUPLICATE, ("name",), NAME_TAKEN)
    if conflict.request:
        yield user_error(UserErrorCode.DUPLICATE, ("requestId",), REQUEST_ID_TAKEN)
