"""Application of a client's changes to a template."""

from datetime import datetime
from typing import Any

from msgspec import Struct, convert, to_builtins

from app.domain.access import Identity
from app.domain.errors import MAX_VIOLATIONS, Invalid, UserError, UserErrorCode
from app.domain.fields import field_map
from app.domain.markers import Changes, Mergeable
from app.domain.model_template import ModelTemplate, ModelTemplateSpec, UpdateModelTemplate
from app.domain.naming import camel
from app.domain.unknown_value import unknown_value_errors
from app.domain.validation.json_schema import user_error
from app.domain.validation.known_names import checked_with_names
from app.domain.validation.untyped_input import checked


def patched(
    template: ModelTemplate, command: UpdateModelTemplate, *, identity: Identity, at: datetime
) -> ModelTemplate:
    """The template with the changes; the same object if nothing changes. Raises Invalid if the
    changes violate a rule: what an earlier release accepted may stay as it is. Rules are not
    checked if only `archived` changes."""
    archived = command.archived
    errors = archived_violations(archived)
    spec: ModelTemplateSpec = template
    try:
        if command.changes:
            spec = _changed(template, command.changes).completed()
    except Invalid as invalid:
        # A value that another release has stored is not the caller's mistake.
        unknown_values = unknown_value_errors(template, ModelTemplateSpec)
        unknown = {error.path: error for error in unknown_values}
        errors += [unknown.get(error.path, error) for error in invalid.errors]
    if archived is None or errors:
        raise Invalid(errors)
    return template.changed(spec, archived=archived, identity=identity, at=at)


def _changed(template: ModelTemplate, changes: Changes) -> ModelTemplateSpec:
    """The template with the changes, as it was given. Raises Invalid."""
    own = _values(ModelTemplateSpec, template.as_given())
    merged = _merged(own, changes)
    try:
        return checked_with_names(ModelTemplateSpec, merged)
    except Invalid as invalid:
        if len(invalid.errors) >= MAX_VIOLATIONS or unknown_value_errors(
            template, ModelTemplateSpec
        ):
            raise
        earlier = _errors(own)
        found = [
            error
            for error in invalid.errors
            if error not in earlier or _at(own, error.path) != _at(merged, error.path)
        ]
    if found:
        raise Invalid(found)
    return convert(merged, ModelTemplateSpec)


def _errors(values: dict[str, Any]) -> list[UserError]:
    """The violations that the values of a template have."""
    try:
        checked(ModelTemplateSpec, values, closed=True)
    except Invalid as invalid:
        return [*invalid.errors]
    return []


def _at(values: Any, path: tuple[str, ...]) -> Any:
    """The value at a path in the API's names; None if there is none."""
    for part in path:
        if isinstance(values, list):
            values = values[int(part)] if int(part) < len(values) else None
        else:
            members = values if isinstance(values, dict) else {}
            name = next((name for name in members if part in (name, camel(name))), None)
            values = members.get(name)
    return values


def archived_violations(archived: Any) -> list[UserError]:
    """The violation of a null for `archived`, which archives or restores a template."""
    if archived is not None:
        return []
    return [user_error(UserErrorCode.REQUIRED, ("archived",), "must not be null")]


def _values(cls: type[Struct], value: Struct) -> dict[str, Any]:
    """The fields of the class that clients know, as they are stored."""
    return {field.name: _value(getattr(value, field.name)) for field in field_map(cls).fields}


def _value(value: Any) -> Any:
    return _values(type(value), value) if isinstance(value, Mergeable) else to_builtins(value)


def _merged(values: Any, changes: Changes) -> dict[str, Any]:
    """`values` with the changes. An absent section starts empty: its other fields get defaults."""
    merged = dict(values or {})
    for name, value in changes.items():
        if isinstance(value, Changes):
            merged[name] = _merged(merged.get(name), value)
        else:
            merged[name] = to_builtins(value)
    return merged
