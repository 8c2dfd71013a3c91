"""Carrying out a plan: each step is one write, which happens completely or not at all."""

from collections.abc import Callable
from enum import Enum
from typing import Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from app.cli.api.client import Api
from app.cli.apply.api_form import changes, to_api
from app.cli.apply.change_plan import Action, ChangePlan, Step, spec_of, wanted
from app.cli.apply.concurrently import concurrently
from app.cli.apply.existing import Reader
from app.cli.apply.sources import Source
from app.domain.idempotency import idempotency_record
from app.domain.model_template import ModelTemplateSpec

PAYLOAD = """{
  modelTemplate { id revision name archived: archivedAt }
  errors { code message path }
}"""
CREATE = f"""mutation Create($input: CreateModelTemplateInput!) {{
  payload: createModelTemplate(input: $input) {PAYLOAD}
}}"""
UPDATE = f"""mutation Update($input: UpdateModelTemplateInput!) {{
  payload: updateModelTemplate(input: $input) {PAYLOAD}
}}"""

TAKEN = "was created by someone else since the plan was made; apply again to see the differences"
CHANGED = "has changed since the plan was made, and was not overwritten; apply again to see how"


class Outcome(Enum):
    """The outcome of the change to a template."""

    CREATED = "created"
    UPDATED = "updated"
    ARCHIVED = "archived"
    UNCHANGED = "unchanged"
    STALE = "stale"
    """Someone else has changed it since the plan was made."""
    REFUSED = "refused"
    """The server found violations."""


class Result(Struct, frozen=True, kw_only=True):
    """The outcome of a step, with the template's id and revision if it is as the step wants it, and
    otherwise the errors."""

    step: Step
    outcome: Outcome
    id: str | None = None
    revision: int | None = None
    errors: tuple[dict[str, Any], ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether the template is not as the step wants it."""
        return self.outcome in (Outcome.STALE, Outcome.REFUSED)


class Writer:
    """Carries out plans. `results` grows while it does, so that an interruption shows how far it
    has come."""

    def __init__(self, api: Api, advance: Callable[[int], None]) -> None:
        self.results: list[Result] = []
        self._api = api
        self._advance = advance

    async def write(self, plan: ChangePlan) -> None:
        """Create and update, and then archive, unless something has failed. Raises CommandError or
        DomainError if the server cannot be reached; what has been written then stays."""
        self.results += [
            Result(
                step=step,
                outcome=Outcome.UNCHANGED,
                id=step.existing.id,
                revision=step.existing.revision,
            )
            for step in plan.of(Action.UNCHANGED)
            if step.existing is not None
        ]
        await concurrently(self._carry_out, plan.of(Action.CREATE, Action.UPDATE))
        if not any(result.has_failed for result in self.results):
            await concurrently(self._carry_out, plan.of(Action.ARCHIVE))

    async def _carry_out(self, step: Step) -> None:
        match step:
            case Step(action=Action.CREATE, source=Source() as source):
                result = await self._create(step, source)
            case _:
                result = await self._update(step)
        self.results.append(result)
        self._advance(1)

    async def _create(self, step: Step, source: Source) -> Result:
        input = to_api(source.command.as_given())
        payload = await self._sent(CREATE, {**input, "requestId": _id_of(source)})
        made = payload["modelTemplate"]
        if _is_used(payload) or (made is not None and not _is_first(made, source)):
            # Such a template was created before, and then renamed, changed, archived or deleted.
            payload = await self._sent(CREATE, {**input, "requestId": _new_id()})
        if any(
            error["path"] == ["name"] and error["code"] == "DUPLICATE"
            for error in payload["errors"]
        ):
            return await self._unless_alike(step, payload, TAKEN)
        return _result(step, payload, Outcome.CREATED)

    async def _update(self, step: Step) -> Result:
        existing, source = step.existing, step.source
        assert existing is not None  # noqa: S101
        patch: dict[str, Any] = {}
        if source is not None:
            patch = _patch(existing.spec, spec_of(source))
        if existing.is_archived is (source is not None):
            patch["archived"] = source is None
        identified = {"id": existing.id, "expectedRevision": existing.revision}
        payload = await self._sent(UPDATE, {**identified, **patch})
        if {error["code"] for error in payload["errors"]} & {"STALE", "NOT_FOUND"}:
            return await self._unless_alike(step, payload, CHANGED)
        done = Outcome.ARCHIVED if source is None else Outcome.UPDATED
        return _result(step, payload, done)

    async def _sent(self, mutation: str, input: dict[str, Any]) -> dict[str, Any]:
        # A repeated create has the same requestId, and a repeated update is STALE.
        data = await self._api.execute(mutation, {"input": input}, repeatable=True)
        payload: dict[str, Any] = data["payload"]
        return payload

    async def _unless_alike(self, step: Step, payload: dict[str, Any], why: str) -> Result:
        """The result of a write that came too late: nothing is wrong if the template is as the step
        wants it, by another run, or by a first attempt whose answer was lost."""
        account, name = step.key
        found = (await Reader(self._api, account).named([name])).get(name)
        if (
            found is not None
            and found.is_archived is (step.source is None)
            and (step.source is None or found.spec == wanted(step.source))
        ):
            done = {
                Action.CREATE: Outcome.CREATED,
                Action.UPDATE: Outcome.UPDATED,
                Action.ARCHIVE: Outcome.ARCHIVED,
            }[step.action]
            return Result(step=step, outcome=done, id=found.id, revision=found.revision)
        errors = tuple({**error, "message": why} for error in payload["errors"][:1])
        return Result(step=step, outcome=Outcome.STALE, errors=errors)


def _patch(old: ModelTemplateSpec, new: ModelTemplateSpec) -> dict[str, Any]:
    """The patch that makes the second of the first one, as an input of the API."""
    # As given, so that an endpoint whose file gives no type has that of the template.
    given, wanted = old.as_given(), new.as_given()
    if old.endpoint_type is new.endpoint_type:
        return changes(given, wanted)
    # Its type may have been given as well, and would then not follow the template's.
    return changes(given, wanted, old)


def _result(step: Step, payload: dict[str, Any], done: Outcome) -> Result:
    if (made := payload["modelTemplate"]) is None:
        return Result(step=step, outcome=Outcome.REFUSED, errors=tuple(payload["errors"]))
    return Result(step=step, outcome=done, id=made["id"], revision=made["revision"])


def _id_of(source: Source) -> str:
    """The `requestId` of a create: equal for equal accounts, names and contents, so that runs that
    repeat an interrupted one, or are made at the same time, create one template."""
    record = idempotency_record(replace(source.command, request_id="apply"))
    assert record is not None  # noqa: S101
    return f"apply-{record.digest}"


def _new_id() -> str:
    return f"apply-{uuid4()}"


def _is_used(payload: dict[str, Any]) -> bool:
    """Whether the `requestId` is that of a template that was deleted since."""
    return any(
        error["path"] == ["requestId"] and error["code"] == "DUPLICATE"
        for error in payload["errors"]
    )


def _is_first(made: dict[str, Any], source: Source) -> bool:
    """Whether a template is still as this create makes it."""
    is_renamed = made["name"] != source.command.name
    return made["revision"] == 1 and made["archived"] is None and not is_renamed
