"""Idempotency keys, by which a repeated `createModelTemplate` is recognised."""

import hashlib
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from app.domain.model_template import CreateModelTemplate


class IdempotencyRecord(Struct, frozen=True, kw_only=True):
    """A caller's `requestId` and a SHA-256 digest of the input that came with it, in hexadecimal.
    It is stored beside the template that the first call created."""

    id: str
    digest: str


def idempotency_record(command: CreateModelTemplate) -> IdempotencyRecord | None:
    """The record of a command; None if it has no `requestId`."""
    if command.request_id is None:
        return None
    # Without defaults, so that the digest stays the same when a later release adds a field.
    canonical = msgspec.json.encode(_without_defaults(command), order="sorted")
    return IdempotencyRecord(id=command.request_id, digest=hashlib.sha256(canonical).hexdigest())


def _without_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_defaults(member) for member in value]
    if not isinstance(value, Struct):
        return value
    members = ((field, getattr(value, field.name)) for field in fields(value))
    return {
        field.name: _without_defaults(member)
        for field, member in members
        if field.required or member != _default(field)
    }


def _default(field: FieldInfo) -> Any:
    return field.default if field.default is not NODEFAULT else field.default_factory()
