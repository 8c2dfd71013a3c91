"""The earlier states of a template, as a line has them.

No rules hold for them: what was accepted when they were made can be imported for ever. They only
have to be states of a template, of text and numbers that the database can hold.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from app.domain.errors import Invalid, UserError, UserErrorCode
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
"""What an earlier state has from its template and its number."""

DEEPEST = 64
"""MongoDB takes about a hundred levels, and no template ever had more than a dozen."""


def write(revision: ModelTemplateRevision) -> dict[str, Any]:
    """What a line says of an earlier state."""
    return {name: value for name, value in asdict(revision).items() if name not in DERIVED}


def read(states: list[dict[str, Any]]) -> tuple[ModelTemplateRevision, ...]:
    """The earlier states in order, of a template yet to be named. Raises Invalid."""
    revisions, errors = [], list[UserError]()
    for position, values in enumerate(states):
        try:
            revisions.append(_state(values))
        except Invalid as invalid:
            here = (REVISIONS, str(position))
            errors += [replace(error, path=here + error.path) for error in invalid.errors]
    if errors:
        raise Invalid(errors)
    return tuple(sorted(revisions, key=lambda revision: revision.revision))


def of(
    template: ModelTemplate, revisions: tuple[ModelTemplateRevision, ...]
) -> tuple[ModelTemplateRevision, ...]:
    """The states as those of the template. Raises Invalid unless every number is there once."""
    numbers = [revision.revision for revision in revisions]
    if numbers != [*range(1, len(numbers) + 1)] or template.revision != len(numbers) + 1:
        predicate = "must have every number from 1 to the one below the template's revision, once"
        raise Invalid([user_error(INCONSISTENT, (REVISIONS,), predicate)])
    return tuple(
        replace(
            revision,
            id=ModelTemplateRevision.id_of(template.id, revision.revision),
            template_id=template.id,
        )
        for revision in revisions
    )


def _state(values: dict[str, Any]) -> ModelTemplateRevision:
    named = dict.fromkeys(DERIVED, "")
    timed, errors = in_utc(ModelTemplateRevision, values)
    try:
        state = msgspec.convert({**timed, **named}, ModelTemplateRevision).completed()
    except msgspec.ValidationError as error:
        raise Invalid(one_a_path([*errors, _type_violation(str(error))])) from None
    if errors := [*errors, *_not_kept(values, msgspec.to_builtins(write(state)), [])]:
        raise Invalid(one_a_path(errors))
    return state


def _type_violation(text: str) -> UserError:
    """msgspec's "Expected `int`, got `str` - at `$.a.b[0]`" as a problem."""
    reason, _, place = text.partition(" - at `$")
    parts = re.findall(r"[^.\[\]`]+", place)
    path = [int(part) if part.isdecimal() else part for part in parts]
    if missing := re.fullmatch("Object missing required field `(.*)`", reason):
        return _problem(UserErrorCode.REQUIRED, [*path, missing[1]], "is required")
    return _problem(INVALID, path, f"is not valid: {reason}")


def _not_kept(given: Any, kept: Any, path: list[str | int]) -> Iterator[UserError]:
    """What stands in a line and would be lost, and names that cannot be held."""
    if len(path) > DEEPEST:
        yield _problem(INVALID, path, "is nested too deeply")
    elif isinstance(given, dict):
        for name, value in given.items():
            if not is_storable(name):
                yield _problem(INVALID, path, f"{UNSTORABLE_TEXT} in a name")
            elif name not in kept:
                yield _problem(UserErrorCode.UNKNOWN, [*path, name], "is not a field here")
            else:
                yield from _not_kept(value, kept[name], [*path, name])
    elif isinstance(given, list):
        for position, member in enumerate(given):
            yield from _not_kept(member, kept[position], [*path, position])


def _problem(code: UserErrorCode, path: list[str | int], predicate: str) -> UserError:
    return user_error(code, schema_path(json_schema(ModelTemplateRevision), path), predicate)
