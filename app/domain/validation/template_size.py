"""The size of a template: a limit on new and changed ones. Larger ones of older databases can be
read, archived and deleted."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.fields import compact, field_map
from app.domain.model_template import ModelTemplateSpec
from app.domain.naming import camel

MAX_TEMPLATE_BYTES = 256 * 1024
"""The default of the limit. Inputs of this size fit in the largest body, also if they escape every
character beyond ASCII."""

SMALL = 16 * 1024
"""Bytes as JSON. Templates have some 3,000."""

_encoded = msgspec.json.Encoder().encode


def template_size(spec: ModelTemplateSpec) -> int:
    """The bytes that the fields which clients set take in an export: as JSON in SGP's wire form,
    in UTF-8 and without spaces."""
    return sum(len(name) + 4 + size for name, size in _sizes(spec)) + 1


def is_small(spec: ModelTemplateSpec) -> bool:
    """Whether the template is so small that validation takes a millisecond at most."""
    return _most(spec) <= SMALL


def size_violations(spec: ModelTemplateSpec, limit: int) -> list[UserError]:
    """An OUT_OF_RANGE error if the template has more than `limit` bytes; it names the field that
    takes most of them."""
    if _most(spec) <= limit or (size := template_size(spec)) <= limit:
        return []
    name, largest = _largest(spec)
    message = (
        f"The template must have at most {limit:,} bytes as JSON, but has {size:,}: {name} alone "
        f"has {largest:,}."
    )
    return [UserError(code=UserErrorCode.OUT_OF_RANGE, message=message, path=())]


def _most(spec: ModelTemplateSpec) -> int:
    """An upper bound of the size, in a tenth of the time: with what exports omit."""
    return len(_encoded(spec))


def _largest(spec: ModelTemplateSpec) -> tuple[str, int]:
    """The path and size of the field that takes most bytes, down to one without fields of its
    own."""
    names, value, size = list[str](), spec, 0
    while isinstance(value, Struct):
        name, size = max(_sizes(value), key=lambda sized: sized[1])
        names.append(camel(name))
        value = getattr(value, name)
    return ".".join(names), size


def _sizes(value: Struct) -> Iterator[tuple[str, int]]:
    """The name and the size of each field."""
    cls = ModelTemplateSpec if isinstance(value, ModelTemplateSpec) else type(value)
    return (
        (field.name, len(_encoded(compact(getattr(value, field.name)))))
        for field in field_map(cls).fields
    )
