"""The earlier revisions of a template in a line of an export.

The current validation rules do not apply to them, as earlier releases may have accepted more. They
only need the types of a template's fields, and text and numbers that the database can store.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.fields import compact
from app.domain.model_template import ModelTemplate, ModelTemplateRevision
from app.domain.storable import is_storable
from app.domain.timestamps import in_utc
from app.domain.validation.json_schema import (
    UNSTORABLE_TEXT,
    json_schema,
    schema_path,
    user_error,
)
from app.domain.validation.rules import one_a_path

INVALID, INCONSISTENT = UserErrorCode.INVALID, UserErrorCode.INCONSISTENT
REVISIONS = "revisions"

DERIVED = ("id", "template_id")
"""Fields that follow from the template and the revision number, so lines omit them."""

MAX_DEPTH = 64
"""Levels of nesting: MongoDB allows about 100, and templates need about a dozen."""


def write(revision: ModelTemplateRevision) -> dict[str, Any]:
    """The JSON object of a revision."""
    return {name: value for name, value in compact(revision).items() if name not in DERIVED}


def read(objects: list[dict[str, Any]]) -> tuple[ModelTemplateRevision, ...]:
    """The revisions of JSON objects, in order and not yet assigned to a template (see `of`).

    Raises Invalid with all errors.
    """
    revisions, errors = [], list[UserError]()
    for position, values in enumerate(objects):
        try:
            revisions.append(_revision(values))
        except Invalid as invalid:
            prefix = (REVISIONS, str(position))
            errors += [replace(error, path=prefix + error.path) for error in invalid.errors]
    if errors:
        raise Invalid(errors)
    return tuple(sorted(revisions, key=lambda revision: revision.revision))


def of(
    template: ModelTemplate, revisions: tuple[ModelTemplateRevision, ...], oldest: int
) -> tuple[ModelTemplateRevision, ...]:
    """The revisions, assigned to a template. Raises Invalid unless its history is complete from
    the revision `oldest` on."""
    numbers = [revision.revision for revision in revisions]
    after = oldest + len(numbers)
    if numbers != [*range(oldest, after)] or template.revision != after:
        since = "" if oldest == 1 else f" from {oldest} (oldestRevision) on"
        predicate = f"must include each number{since} below the template's revision exactly once"
        raise Invalid([user_error(INCONSISTENT, (REVISIONS,), predicate)])
    return tuple(
        replace(
            revision,
            id=ModelTemplateRevision.id_of(template.id, revision.revision),
            template_id=template.id,
        )
        for revision in revisions
    )


def _revision(values: dict[str, Any]) -> ModelTemplateRevision:
    placeholders = dict.fromkeys(DERIVED, "")
    timed, errors = in_utc(ModelTemplateRevision, values)
    try:
        revision = msgspec.convert({**timed, **placeholders}, ModelTemplateRevision)
        revision = revision.completed(is_stored=True)
    except msgspec.ValidationError as error:
        raise Invalid(one_a_path([*errors, _type_violation(str(error))])) from None
    kept = {name: v for name, v in msgspec.to_builtins(revision).items() if name not in DERIVED}
    if errors := [*errors, *_lost_fields(values, kept, [])]:
        raise Invalid(one_a_path(errors))
    return revision


def _type_violation(text: str) -> UserError:
    """msgspec's "Expected `int`, got `str` - at `$.a.b[0]`" as a UserError."""
    reason, _, place = text.partition(" - at `$")
    parts = re.findall(r"[^.\[\]`]+", place)
    path = [int(part) if part.isdecimal() else part for part in parts]
    if missing := re.fullmatch("Object missing required field `(.*)`", reason):
        return _error(UserErrorCode.REQUIRED, [*path, missing[1]], "is required")
    return _error(INVALID, path, f"is not valid: {reason}")


def _lost_fields(given: Any, kept: Any, path: list[str | int]) -> Iterator[UserError]:
    """Errors for fields that storing would lose, and for names that cannot be stored."""
    if len(path) > MAX_DEPTH:
        yield _error(INVALID, path, "is nested too deeply")
    elif isinstance(given, dict):
        for name, value in given.items():
            if not is_storable(name):
                yield _error(INVALID, path, f"{UNSTORABLE_TEXT} in a name")
            elif name not in kept:
                yield _error(UserErrorCode.UNKNOWN, [*path, name], "is not a field here")
            else:
                yield from _lost_fields(value, kept[name], [*path, name])
    elif isinstance(given, list):
        for position, member in enumerate(given):
            yield from _lost_fields(member, kept[position], [*path, position])


def _error(code: UserErrorCode, path: list[str | int], predicate: str) -> UserError:
    return user_error(code, schema_path(json_schema(ModelTemplateRevision), path), predicate)
