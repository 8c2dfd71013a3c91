"""Parts of requests to Launch: images, and fields that are sent only where a template sets them."""

from enum import Enum
from typing import Any

from msgspec import Struct

from app.domain.fields import field_map
from app.domain.vendor_configuration import ContainerImage


def repository_and_tag(repository: str, image: ContainerImage) -> tuple[str, str]:
    """Repository and tag of an image for Launch, which puts a colon between the two. With a digest,
    they name that image, whatever the tag names: `registry/image@sha256` and the digits."""
    if image.digest is None:
        return repository, image.tag
    algorithm, _, digits = image.digest.partition(":")
    return f"{repository}@{algorithm}", digits


def where_set(config: Struct) -> dict[str, Any]:
    """The fields that documents omit by default, as Launch takes them, if they have another value:
    a template without them has the same requests as in the releases before."""
    return {
        field.name: value.value.lower() if isinstance(value, Enum) else value
        for field in field_map(type(config)).fields
        if field.omitted_by_default and field.name not in ContainerImage.__struct_fields__
        if (value := getattr(config, field.name)) != field.default
    }
