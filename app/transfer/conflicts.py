"""Resolution of import conflicts: records whose id, name or request is already stored."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from functools import partial

from app.domain.audit import Audit, unless_answered
from app.domain.errors import Invalid, Unavailable, UserError, UserErrorCode
from app.domain.quotas import QuotaExceeded
from app.domain.repository import ModelTemplateRepository, NotUnique
from app.domain.service import NAME_TAKEN, UPDATE_TRIES
from app.domain.validation.json_schema import user_error
from app.transfer.import_writer import Conflict, ModelTemplateImportWriter, Outcome
from app.transfer.record import IMPORTER, ModelTemplateRecord

WRITTEN, UPDATED, UNCHANGED, SKIPPED = "written", "updated", "unchanged", "skipped"


class OnConflict(Enum):
    """How the import treats a record that conflicts with a stored template."""

    FAIL = "fail"
    SKIP = "skip"
    UPDATE = "update"


class ConflictResolver:
    """Resolves the conflicts of one batch, in order."""

    def __init__(
        self,
        writer: ModelTemplateImportWriter,
        repository: ModelTemplateRepository,
        on_conflict: OnConflict,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._writer = writer
        self._repository = repository
        self._on_conflict = on_conflict
        self._audit = audit
        self._clock = clock
        self._changed = set[str]()

    async def resolve(self, record: ModelTemplateRecord, outcome: Outcome) -> str:
        """The outcome of a record: WRITTEN, UPDATED, UNCHANGED or SKIPPED.

        `outcome` is that of the writer. Raises Invalid or Unavailable.
        """
        if isinstance(outcome, Conflict) and self._is_outdated(outcome):
            (outcome,) = await self._writer.add([record])
        for _ in range(UPDATE_TRIES):
            if outcome is None:
                return WRITTEN
            if isinstance(outcome, UserError):
                raise Invalid([outcome])
            if resolved := await self._resolve_once(record, outcome):
                return resolved
            (outcome,) = await self._writer.add([record])
        raise Unavailable("Other clients keep changing the same templates; try again.")

    def _is_outdated(self, conflict: Conflict) -> bool:
        """Whether an earlier record of the batch has changed a conflicting template."""
        templates = (conflict.by_id, conflict.by_name, conflict.by_request)
        return any(template.id in self._changed for template in templates if template)

    async def _resolve_once(self, record: ModelTemplateRecord, conflict: Conflict) -> str | None:
        """The outcome; None if another client has changed that template. Raises Invalid."""
        account_id = record.template.account_id
        is_foreign = conflict.by_id is not None and conflict.by_id.account_id != account_id
        if is_foreign or self._on_conflict is OnConflict.FAIL:
            raise Invalid(_duplicates(conflict))
        if self._on_conflict is OnConflict.SKIP:
            return SKIPPED
        if (current := conflict.by_id or conflict.by_name) is None:
            raise Invalid(_duplicates(conflict))
        given, at = record.template, self._clock()
        changed = current.changed(given, archived=given.is_archived(), identity=IMPORTER, at=at)
        if changed is current:
            return UNCHANGED
        report = partial(self._audit.changed, current, changed)
        try:
            with unless_answered(report):
                replaced = await self._repository.replace(current, changed)
        except NotUnique:
            raise Invalid([_duplicate("name", NAME_TAKEN)]) from None
        except QuotaExceeded as exceeded:
            raise Invalid([exceeded.error("accountId")]) from None
        self._changed.add(current.id)
        if replaced:
            report()
        return UPDATED if replaced else None


def _duplicates(conflict: Conflict) -> Iterator[UserError]:
    if conflict.by_id is not None:
        yield _duplicate("id", "is already used by another template")
    if conflict.by_name is not None:
        yield _duplicate("name", NAME_TAKEN)
    if conflict.by_request is not None:
        yield _duplicate("requestId", "was already used in this account for a different template")


def _duplicate(field: str, predicate: str) -> UserError:
    return user_error(UserErrorCode.DUPLICATE, (field,), predicate)
