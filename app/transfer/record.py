"""The complete record of a template as a line of JSON, for moving it between databases.

It is SGP's wire form with more keys: the idempotency record of the create, the earlier revisions,
and the number of the oldest one if older ones are no longer kept. Fields that the server sets may
be missing, as in teams' own files and SGP's responses.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ParamSpec, TypeVar

import msgspec
from msgspec import Struct

from app.domain.access import Id, Identity, IdentityType
from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.fields import compact
from app.domain.idempotency import IdempotencyRecord, idempotency_record
from app.domain.markers import limited
from app.domain.model_template import (
    ModelTemplate,
    ModelTemplateOrderField,
    ModelTemplateRevision,
)
from app.domain.naming import camel
from app.domain.sgp_input import without_nulls
from app.domain.timestamps import in_utc
from app.domain.validation.json_schema import user_error
from app.domain.validation.known_names import checked_with_names
from app.domain.validation.rules import one_a_path
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES, size_violations
from app.domain.validation.untyped_input import checked
from app.transfer import revisions, wire
from app.transfer.json_texts import BadText, Repeated, json_value

P = ParamSpec("P")
T = TypeVar("T")
INVALID, INCONSISTENT = UserErrorCode.INVALID, UserErrorCode.INCONSISTENT
IMPORTER = Identity(identity_id=Id("import"), identity_type=IdentityType.SERVICE_ACCOUNT)
"""The creator and updater of templates whose line names none."""


class ModelTemplateRecord(Struct, frozen=True, kw_only=True):
    """A template with its idempotency record, if any, and its earlier revisions that are kept,
    oldest first. The history begins with `oldest_revision`, which may be the current one."""

    template: ModelTemplate
    request: IdempotencyRecord | None = None
    revisions: tuple[ModelTemplateRevision, ...] = ()
    oldest_revision: int = 1


class _ExtraKeys(Struct, frozen=True, kw_only=True):
    """The keys of a line that are not fields of the template."""

    request: IdempotencyRecord | None = None
    oldest_revision: Annotated[int, limited(minimum=1)] = 1
    revisions: list[dict[str, Any]] = []


EXTRA_KEYS = frozenset(_ExtraKeys.__struct_fields__)
ACCOUNT_ID = "account_id"
CREATED_AT = ModelTemplateOrderField.CREATED_AT.value
"""A field that only lines which a server has written have."""
REQUEST_ID = "request_id"
"""The field of a create command from which `request` is derived in a line that lacks it."""


def write(record: ModelTemplateRecord) -> bytes:
    """The line of a record, with its newline; equal records give equal lines."""
    line = compact(record.template)
    if record.request is not None:
        line["request"] = record.request
    if record.oldest_revision > 1:
        line["oldest_revision"] = record.oldest_revision
    if record.revisions:
        line[revisions.REVISIONS] = [revisions.write(revision) for revision in record.revisions]
    return msgspec.json.encode(line) + b"\n"


def parse(line: bytes) -> tuple[Any, list[Repeated]]:
    """The JSON value of a line, and the keys that its objects repeat. Raises Invalid."""
    try:
        return json_value(line.decode().rstrip(), one_line=True)
    except UnicodeDecodeError:
        reason = "is not UTF-8 text"
    except BadText as error:
        reason = str(error)
    raise Invalid([user_error(INVALID, (), reason)])


def without_extra_keys(values: Any) -> Any:
    """A line's JSON value with a template's fields only."""
    if not isinstance(values, dict):
        return values
    return {name: value for name, value in values.items() if name not in EXTRA_KEYS}


def read(
    values: Any,
    *,
    id: str,
    at: datetime,
    account: str | None = None,
    max_bytes: int = MAX_TEMPLATE_BYTES,
) -> ModelTemplateRecord:
    """The record of a line's JSON value; `id`, `at` and `account` are defaults for a template
    without them. A template of another account than `account` is an error, and so is one over
    `max_bytes` (see `template_size`); earlier revisions may be larger.

    Raises Invalid with all errors.
    """
    if not isinstance(values, dict):
        raise Invalid([user_error(INVALID, (), "must be an object")])
    errors: list[UserError] = []
    if account is not None:
        if values.get(ACCOUNT_ID) is None:
            values = {**values, ACCOUNT_ID: account}
        elif values[ACCOUNT_ID] != account:
            predicate = f"is not {account}, the account of this import"
            errors.append(user_error(INCONSISTENT, (camel(ACCOUNT_ID),), predicate))
    template = _tried(errors, _template, values, id, at)
    if template is not None:
        errors += size_violations(template, max_bytes)
    extra = _tried(errors, _extra_keys, values) or _ExtraKeys()
    request = _tried(errors, _request, values, extra.request)
    earlier = _tried(errors, revisions.read, extra.revisions)
    if template and earlier is not None and not errors:
        earlier = _tried(errors, revisions.of, template, earlier, extra.oldest_revision)
    if template is None or earlier is None or errors:
        raise Invalid(one_a_path(errors))
    return ModelTemplateRecord(
        template=template,
        request=request,
        revisions=earlier,
        oldest_revision=extra.oldest_revision,
    )


def _tried(
    errors: list[UserError], make: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T | None:
    """The result of `make`; None if it raises Invalid, whose errors are added to `errors`."""
    try:
        return make(*args, **kwargs)
    except Invalid as invalid:
        errors += invalid.errors
    except RecursionError:
        errors.append(user_error(INVALID, (), "is nested too deeply"))
    return None


def _template(values: dict[str, Any], id: str, at: datetime) -> ModelTemplate:
    own = {name: values[name] for name in values if name not in EXTRA_KEYS | {REQUEST_ID}}
    timed, errors = in_utc(ModelTemplate, without_nulls(ModelTemplate, own))
    filled = ModelTemplate.with_defaults(timed, id=id, identity=IMPORTER, at=at)
    template = _tried(errors, checked_with_names, ModelTemplate, filled)
    if template is None or errors:
        raise Invalid(errors)
    return template.completed(is_stored=CREATED_AT in values)


def _extra_keys(values: dict[str, Any]) -> _ExtraKeys:
    given = {name: values[name] for name in EXTRA_KEYS & values.keys()}
    return checked(_ExtraKeys, given, closed=True) if given else _ExtraKeys()


def _request(values: dict[str, Any], given: IdempotencyRecord | None) -> IdempotencyRecord | None:
    """The given idempotency record, or the one of a create with the line's request id."""
    if values.get(REQUEST_ID) is None:
        return given
    if given is not None:
        predicate = "must not be given together with request"
        raise Invalid([user_error(INCONSISTENT, ("requestId",), predicate)])
    return idempotency_record(
        wire.read({name: values[name] for name in values if name not in EXTRA_KEYS})
    )
