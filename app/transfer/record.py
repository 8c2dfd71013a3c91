"""A template as it moves from one database to another: a line of JSON that has everything of it.

It is SGP's wire form, and beside it the mark of the request that made the template and its earlier
states. A line that lacks what the server adds is good as well: teams' own files, answers of SGP.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from app.domain.access import Id, Identity, IdentityType
from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.idempotency import IdempotencyRecord, idempotency_record
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.timestamps import in_utc
from app.domain.validation.json_schema import user_error
from app.domain.validation.rules import checked, one_a_path
from app.transfer import revisions, wire

P = ParamSpec("P")
T = TypeVar("T")
INVALID, INCONSISTENT = UserErrorCode.INVALID, UserErrorCode.INCONSISTENT
IMPORTER = Identity(identity_id=Id("import"), identity_type=IdentityType.SERVICE_ACCOUNT)
"""Who made what a line does not say who made."""


class ModelTemplateRecord(Struct, frozen=True, kw_only=True):
    """A template with all that there is of it; the earlier states are in order, oldest first."""

    template: ModelTemplate
    request: IdempotencyRecord | None = None
    revisions: tuple[ModelTemplateRevision, ...] = ()


class _Beside(Struct, frozen=True, kw_only=True):
    """What a line has beside the template."""

    request: IdempotencyRecord | None = None
    revisions: list[dict[str, Any]] = []


BESIDE = frozenset(_Beside.__struct_fields__)
NAME_OF_REQUEST = "request_id"
"""What a create has where a line of ours has the request itself."""


def write(record: ModelTemplateRecord) -> bytes:
    """The line, always the same for the same record."""
    line = asdict(record.template)
    if record.request is not None:
        line["request"] = record.request
    if record.revisions:
        line[revisions.REVISIONS] = [revisions.write(revision) for revision in record.revisions]
    return msgspec.json.encode(line) + b"\n"


def parse(line: bytes) -> Any:
    """The JSON value of a line. Raises Invalid."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(line)
    # Slower, and it says what is wrong.
    try:
        return json.loads(line.decode().rstrip(), parse_constant=_refuse)
    except UnicodeDecodeError:
        reason = "is not text in UTF-8"
    except RecursionError:
        reason = "is nested too deeply"
    except json.JSONDecodeError as error:
        reason = f"is not JSON: {error.msg} at character {error.pos + 1:,}"
    except ValueError as error:
        reason = f"is not JSON: {error}"
    raise Invalid([user_error(INVALID, (), reason)])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def read(values: Any, *, id: str, at: datetime) -> ModelTemplateRecord:
    """The record of a line; `id` and `at` are for a template that has none. Raises Invalid, with
    every problem."""
    if not isinstance(values, dict):
        raise Invalid([user_error(INVALID, (), "must be an object")])
    errors: list[UserError] = []
    template = _tried(errors, _template, values, id, at)
    beside = _tried(errors, _beside, values) or _Beside()
    mark = _tried(errors, _mark, values, beside.request)
    earlier = _tried(errors, revisions.read, beside.revisions)
    if template and earlier is not None and not errors:
        earlier = _tried(errors, revisions.of, template, earlier)
    if template is None or earlier is None or errors:
        raise Invalid(one_a_path(errors))
    return ModelTemplateRecord(template=template, request=mark, revisions=earlier)


def _tried(
    errors: list[UserError], make: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T | None:
    """What is made, or None and its problems among the others."""
    try:
        return make(*args, **kwargs)
    except Invalid as invalid:
        errors += invalid.errors
    except RecursionError:
        errors.append(user_error(INVALID, (), "is nested too deeply"))
    return None


def _template(values: dict[str, Any], id: str, at: datetime) -> ModelTemplate:
    own = {name: values[name] for name in values if name not in BESIDE | {NAME_OF_REQUEST}}
    timed, errors = in_utc(ModelTemplate, own)
    filled = ModelTemplate.with_defaults(timed, id=id, identity=IMPORTER, at=at)
    template = _tried(errors, checked, ModelTemplate, filled, closed=True)
    if template is None or errors:
        raise Invalid(errors)
    return template.completed()


def _beside(values: dict[str, Any]) -> _Beside:
    given = {name: values[name] for name in BESIDE & values.keys()}
    return checked(_Beside, given, closed=True) if given else _Beside()


def _mark(values: dict[str, Any], given: IdempotencyRecord | None) -> IdempotencyRecord | None:
    """The request of a line of ours, or the one that a create would leave."""
    if values.get(NAME_OF_REQUEST) is None:
        return given
    if given is not None:
        predicate = "must not be given together with request"
        raise Invalid([user_error(INCONSISTENT, ("requestId",), predicate)])
    return idempotency_record(
        wire.read({name: values[name] for name in values if name not in BESIDE})
    )
