"""Rules about what Launch and Kubernetes would do with a field, beside those of its text format."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from app.domain.errors import UserErrorCode
from app.domain.quantity import whole_bytes
from app.domain.vendor_configuration import (
    ContainerImage,
    LaunchFineTuningJobBundleConfig,
    LaunchResources,
)

Violation = tuple[UserErrorCode, tuple[str, ...], str]
"""Code, path below the object in Python's names, and a predicate: "must be at least 1"."""

INVALID, OUT_OF_RANGE = UserErrorCode.INVALID, UserErrorCode.OUT_OF_RANGE
_PORT = re.compile(r"(?:\[[^\]]*\]|[^:/]*):0*([0-9]+)(?:/|$)")


def _memory_and_storage_are_a_byte_at_least(resources: LaunchResources) -> Iterator[Violation]:
    for name in ("memory", "storage"):
        if whole_bytes(getattr(resources, name)) == 0:
            predicate = "must be at least 1 byte, rounded down: write a unit, as in 8Gi"
            yield OUT_OF_RANGE, (name,), predicate


def _port_of_registry_exists(image: ContainerImage) -> Iterator[Violation]:
    match = _PORT.match(image.registry)
    if match and not 1 <= int(match[1][:6]) <= 65_535:  # Python converts no number of any length.
        yield OUT_OF_RANGE, ("registry",), "must have a port from 1 to 65535"


def _mount_location_is_a_file_in_a_folder(
    job: LaunchFineTuningJobBundleConfig,
) -> Iterator[Violation]:
    path = job.mount_location
    if not path.startswith("/"):
        return  # Already reported.
    if posixpath.basename(path) in ("", ".", ".."):
        predicate = "must be the path of a file, such as /workspace/config.json, not of a folder"
        yield INVALID, ("mount_location",), predicate
    elif posixpath.dirname(posixpath.normpath(f"/{path.lstrip('/')}")) == "/":
        predicate = (
            "must be in a folder other than /: Launch mounts that folder in the container, and "
            "would hide all its files. Write a path such as /workspace/config.json"
        )
        yield INVALID, ("mount_location",), predicate


RULES: tuple[tuple[type, Callable[[Any], Iterator[Violation]]], ...] = (
    (LaunchResources, _memory_and_storage_are_a_byte_at_least),
    (ContainerImage, _port_of_registry_exists),
    (LaunchFineTuningJobBundleConfig, _mount_location_is_a_file_in_a_folder),
)
