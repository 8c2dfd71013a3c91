"""The use cases: one method for each operation on model templates."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from msgspec import Struct
from uuid_utils import uuid7

from app.domain.access import Viewer
from app.domain.answer_budget import charged, rewind
from app.domain.audit import Action, Audit
from app.domain.cpu_time import off_loop
from app.domain.errors import BadUserInput, Invalid, Unavailable, UserError, UserErrorCode
from app.domain.filter import ModelTemplateFilter
from app.domain.idempotency import IdempotencyRecord, idempotency_record
from app.domain.launch.checks import warnings
from app.domain.model_template import (
    CreateModelTemplate,
    DeleteModelTemplate,
    ModelTemplate,
    ModelTemplateRevision,
    ModelTemplateSummary,
    ModelTemplateVersion,
    UpdateModelTemplate,
)
from app.domain.pagination import (
    DEFAULT_SIZE,
    MAX_SIZE,
    REVISIONS,
    Cursor,
    History,
    Listing,
    ModelTemplateOrder,
    Window,
)
from app.domain.patch import patched
from app.domain.quotas import QuotaExceeded
from app.domain.repository import ModelTemplateRepository, NotUnique, Scope
from app.domain.storable import is_storable
from app.domain.timestamps import to_the_millisecond
from app.domain.validation.json_schema import user_error
from app.domain.validation.rules import violations
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES, size_violations

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
V = TypeVar("V", bound=ModelTemplateVersion)

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


class ModelTemplateService:
    """Reads and changes model templates, within the accounts that a caller may access."""

    def __init__(
        self,
        repository: ModelTemplateRepository,
        *,
        max_template_bytes: int = MAX_TEMPLATE_BYTES,
        audit: Audit | None = None,
        clock: Callable[[], datetime] = now,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        self._repository = repository
        self._max_template_bytes = max_template_bytes
        self._audit = audit or Audit()
        self._clock = clock
        self._new_id = new_id

    async def create(self, viewer: Viewer, command: CreateModelTemplate) -> ModelTemplate:
        """Creates and returns a template, or returns the one that the same `request_id` created.
        Raises Forbidden, Unavailable, or Invalid with every violation."""
        self._audit.require_write(viewer, Action.CREATE, command.account_id)

        async def insert(
            template: ModelTemplate, request: IdempotencyRecord | None
        ) -> ModelTemplate:
            inserted = await self._repository.insert(template, request)
            if inserted is template:
                self._audit.created(template, viewer.identity())
            return inserted

        return await self._create(viewer, command, insert)

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
        found = await off_loop(True, warnings, command)
        return ModelTemplateValidation(valid=not errors, errors=errors, warnings=tuple(found))

    async def _create(
        self, viewer: Viewer, command: CreateModelTemplate, store: Store
    ) -> ModelTemplate:
        viewer.require_write(command.account_id)
        errors = await off_loop(True, violations, command)
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
                if await self._replace(current, changed):
                    if changed is not current:
                        self._audit.changed(current, changed, identity)
                    return changed
            except NotUnique as conflict:
                raise Invalid(_duplicates(conflict)) from None
            except QuotaExceeded as exceeded:
                raise Invalid([exceeded.error()]) from None
        raise Unavailable(TOO_MANY_CHANGES)

    async def _replace(self, current: ModelTemplate, changed: ModelTemplate) -> bool:
        """Whether the changed state is stored; if nothing is to be changed, whether the current
        state still is."""
        if changed is not current:
            return await self._repository.replace(current, changed)
        found = await self._repository.find(current.id, {current.account_id}, confirmed=True)
        return found == current

    async def delete(self, viewer: Viewer, command: DeleteModelTemplate) -> str:
        """Deletes a template with its history and returns its id. Raises Forbidden, Unavailable,
        or Invalid: NOT_FOUND, STALE."""
        find = partial(self._repository.find_part, ModelTemplateSummary)
        for tried in range(UPDATE_TRIES):
            current = await self._to_change(viewer, command, find, confirmed=tried > 0)
            if await self._repository.delete(current.id, command.expected_revision):
                self._audit.deleted(current, viewer.identity())
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

    async def find_revision(
        self, template: ModelTemplate | ModelTemplateVersion, revision: int
    ) -> ModelTemplateRevision | None:
        """An earlier state; None if `revision` is the current one or does not exist. Raises
        Unavailable."""
        if not 1 <= revision < template.revision:
            return None
        return await self._repository.revision(template.id, revision)

    async def revision_at(
        self, template: ModelTemplate, revision: int
    ) -> ModelTemplateRevision | None:
        """Like `find_revision`, but raises BadUserInput for a state that is no longer kept."""
        found = await self.find_revision(template, revision)
        if found is None and 1 <= revision < template.revision:
            oldest = await self._oldest_revision(template)
            if revision < oldest:
                raise BadUserInput(
                    "revision", f"{revision} is no longer kept; the history begins with {oldest}"
                )
        return found

    async def list_revisions(
        self, template: ModelTemplate, *, first: int | None = None, after: str | None = None
    ) -> History:
        """A page of earlier states, newest first: at most `first` (1 to 100) after the cursor
        `after`. Raises BadUserInput, naming the argument, or Unavailable."""
        size = _page_size("first", first)
        below = template.revision
        if after is not None:
            below = min(below, Cursor.decode("after", after, REVISIONS).revision("after"))
        revisions = await self._repository.revisions(template.id, limit=size, below=below)
        return History(template, revisions, partial(self._oldest_revision, template))

    async def _oldest_revision(self, template: ModelTemplate) -> int:
        """The number of the oldest state that is kept, which may be the current one."""
        if template.revision == 1:
            return 1
        oldest = await self._repository.oldest_revision(template.id, below=template.revision)
        return template.revision if oldest is None else oldest

    async def find_node(
        self, viewer: Viewer, id: str
    ) -> ModelTemplate | ModelTemplateRevision | None:
        """The template or revision with this id; None as in `find`. Raises Unavailable."""
        if (parsed := ModelTemplateRevision.parse_id(id)) is None:
            return await self.find(viewer, id)
        version = await self._find_part(ModelTemplateVersion, viewer, parsed[0])
        return None if version is None else await self.find_revision(version, parsed[1])

    async def find(self, viewer: Viewer, id: str) -> ModelTemplate | None:
        """A template; None if the id is unknown or malformed, or the caller may not read its
        account. Raises Unavailable."""
        if not is_storable(id):
            return None
        return await self._repository.find(id, viewer.readable())

    async def _find_part(self, cls: type[V], viewer: Viewer, id: str) -> V | None:
        if not is_storable(id):
            return None
        return await self._repository.find_part(cls, id, viewer.readable())

    async def list(
        self,
        viewer: Viewer,
        filter: ModelTemplateFilter,
        order: ModelTemplateOrder,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Listing:
        """A page of templates: the `first` or the `last` ones (1 to 100) between two cursors. An
        account that the caller may not read counts as empty. Raises BadUserInput, naming the
        argument, or Unavailable."""
        if first is not None and last is not None:
            raise BadUserInput("last", "cannot be combined with first")
        window = Window(
            order=order,
            size=_page_size("first", first) if last is None else _page_size("last", last),
            after=order.position("after", after),
            before=order.position("before", before),
            from_end=last is not None,
        )
        accounts = viewer.readable()
        if filter.account_id is not None:
            accounts &= {filter.account_id}
        scope = Scope(accounts=accounts, filter=filter.checked())
        templates = self._repository.list(scope)
        return Listing(templates, window, await templates.read(window))


def _page_size(argument: str, size: int | None) -> int:
    if size is None:
        return DEFAULT_SIZE
    if not 1 <= size <= MAX_SIZE:
        raise BadUserInput(argument, f"must be from 1 to {MAX_SIZE}")
    return size


def _duplicates(conflict: NotUnique) -> Iterator[UserError]:
    if conflict.name:
        yield user_error(UserErrorCode.DUPLICATE, ("name",), NAME_TAKEN)
    if conflict.request:
        yield user_error(UserErrorCode.DUPLICATE, ("requestId",), REQUEST_ID_TAKEN)
