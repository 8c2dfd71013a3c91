"""Application of a client's changes to a template."""

from datetime import datetime
from typing import Any

from msgspec import to_builtins

from app.domain.access import Identity
from app.domain.errors import Invalid, UserError, UserErrorCode
from app.domain.markers import Changes
from app.domain.model_template import ModelTemplate, ModelTemplateSpec, UpdateModelTemplate
from app.domain.unknown_value import unknown_value_errors
from app.domain.validation.json_schema import user_error
from app.domain.validation.rules import checked


def patched(
    template: ModelTemplate, command: UpdateModelTemplate, *, identity: Identity, at: datetime
) -> ModelTemplate:
    """The template with the changes; the same object if nothing changes. Raises Invalid if the
    result violates a rule. Rules are not checked if only `archived` changes."""
    archived = command.archived
    errors = archived_violations(archived)
    spec: ModelTemplateSpec = template
    try:
        if command.changes:
            values = to_builtins(template.as_given())
            own = {name: values[name] for name in ModelTemplateSpec.__struct_fields__}
            merged = _merged(own, command.changes)
            spec = checked(ModelTemplateSpec, merged, closed=True).completed()
    except Invalid as invalid:
        # A value that another release has stored is not the caller's mistake.
        unknown_values = unknown_value_errors(template, ModelTemplateSpec)
        unknown = {error.path: error for error in unknown_values}
        errors += [unknown.get(error.path, error) for error in invalid.errors]
    if archived is None or errors:
        raise Invalid(errors)
    return template.changed(spec, archived=archived, identity=identity, at=at)


def archived_violations(archived: Any) -> list[UserError]:
    """The violation of a null for `archived`, which archives or restores a template."""
    if archived is not None:
        return []
    return [user_error(UserErrorCode.REQUIRED, ("archived",), "must not be null")]


def _merged(values: Any, changes: Changes) -> dict[str, Any]:
    """`values` with the changes. An absent section starts empty: its other fields get defaults."""
    merged = dict(values or {})
    for name, value in changes.items():
        if isinstance(value, Changes):
            merged[name] = _merged(merged.get(name), value)
        else:
            merged[name] = to_builtins(value)
    return merged
