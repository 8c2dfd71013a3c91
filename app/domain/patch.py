"""Laying a client's changes over a template."""

from typing import Any

from msgspec import to_builtins

from app.domain.model_template import Changes, ModelTemplateSpec
from app.domain.rules import checked


def patched(spec: ModelTemplateSpec, changes: Changes) -> ModelTemplateSpec:
    """The spec with the changes made. Raises Invalid, by every rule that a new template obeys."""
    return checked(ModelTemplateSpec, _merged(to_builtins(spec), changes))


def _merged(values: Any, changes: Changes) -> dict[str, Any]:
    """An absent section begins with nothing: what the changes do not say is left to defaults."""
    merged = dict(values or {})
    for name, value in changes.items():
        if isinstance(value, Changes):
            merged[name] = _merged(merged.get(name), value)
        else:
            merged[name] = to_builtins(value)
    return merged
