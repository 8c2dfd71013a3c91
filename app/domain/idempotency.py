"""Idempotency keys, by which a repeated `createModelTemplate` is recognised."""

import hashlib
from functools import cache
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from app.domain.fields import field_map
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
    former = _former_defaults(type(value))
    kept = {}
    for field in fields(value):
        member = _without_defaults(getattr(value, field.name))
        default = None if field.required else _without_defaults(_default(field))
        if field.required or (member != default and member != former.get(field.name, default)):
            kept[field.name] = member
    return kept


@cache
def _former_defaults(cls: type[Struct]) -> dict[str, Any]:
    stored = field_map(cls).stored
    return {each.name: each.former_default for each in stored if each.former_default is not None}


def _default(field: FieldInfo) -> Any:
    return field.default if field.default is not NODEFAULT else field.default_factory()
