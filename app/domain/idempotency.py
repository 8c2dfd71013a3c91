"""The mark of a create that its caller named, by which a repeat of it is known."""

import hashlib
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from app.domain.model_template import CreateModelTemplate
from app.domain.repository import Request


def request(command: CreateModelTemplate) -> Request | None:
    """The mark; None when the caller gave the command no name."""
    if command.request_id is None:
        return None
    # Without defaults, so that a field that a later release adds makes no other input of it.
    canonical = msgspec.json.encode(_without_defaults(command), order="sorted")
    return Request(id=command.request_id, digest=hashlib.sha256(canonical).hexdigest())


def _without_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_defaults(member) for member in value]
    if not isinstance(value, Struct):
        return value
    given = ((field, getattr(value, field.name)) for field in fields(value))
    return {
        field.name: _without_defaults(member)
        for field, member in given
        if field.required or member != _default(field)
    }


def _default(field: FieldInfo) -> Any:
    return field.default if field.default is not NODEFAULT else field.default_factory()
