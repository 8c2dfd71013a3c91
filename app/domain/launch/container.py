"""Warnings about containers that Launch accepts, but that would not run as they are meant."""

import shlex
from collections.abc import Iterator, Mapping

from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.cluster import LaunchCluster
from app.domain.launch.listening_ports import LAUNCH_PORT, other_port
from app.domain.launch.paths import BUNDLE, JOB, Path
from app.domain.model_template import ModelTemplateSpec
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import ContainerImage, ModelEndpointType

REQUIRED, INVALID = UserErrorCode.REQUIRED, UserErrorCode.INVALID
INCONSISTENT = UserErrorCode.INCONSISTENT
MAX_SHOWN = 200
"""Characters of a command line in a message."""

STREAMING, BATCH = ModelEndpointType.STREAMING, ModelEndpointType.BATCH


class Environment(Struct, frozen=True, kw_only=True):
    """The variables of a container, and the paths of those that creation parameters set."""

    values: Mapping[str, object]
    parameters: Mapping[str, Path]


def container_warnings(
    spec: ModelTemplateSpec, kind: ModelEndpointType, env: Environment
) -> Iterator[UserError]:
    """Warnings about the container of an endpoint of this type, with this environment."""
    bundle = spec.vendor_configuration.bundle_config
    if not has_host(bundle):
        yield user_error(
            INVALID,
            (*BUNDLE, "registry"),
            f"is not a host, which has a dot, a port or is localhost: Launch looks for the image "
            f"{bundle.registry}/{bundle.image} in its own registry. Write the host before it, "
            "such as docker.io",
        )
    for name, command in (
        ("command", bundle.command),
        ("streamingCommand", bundle.streaming_command),
        ("workerCommand", bundle.worker_command),
    ):
        yield from command_warnings(command or (), (*BUNDLE, name))
    command_field = "streamingCommand" if kind is STREAMING else "command"
    used = (bundle.streaming_command or ()) if kind is STREAMING else bundle.command
    if kind is STREAMING and not used:
        yield user_error(
            REQUIRED,
            (*BUNDLE, command_field),
            "is empty: Launch accepts that for STREAMING endpoints, and the image's own entry "
            f"point runs. Set it, unless the entry point serves on port {LAUNCH_PORT}",
        )
    if kind is not BATCH and (found := other_port(used, env.values)) is not None:
        index, variable, port = found
        path: Path = (*BUNDLE, command_field, str(index))
        if index is None:
            path = env.parameters.get(variable, (*BUNDLE, "env", variable))
        yield user_error(
            INCONSISTENT,
            path,
            f"has the port {port}, and nothing has {LAUNCH_PORT}: Launch calls the container on "
            f"port {LAUNCH_PORT} only, so the endpoint would never become ready. Let the server "
            f"listen on {LAUNCH_PORT}",
        )


def job_container_warnings(spec: ModelTemplateSpec, cluster: LaunchCluster) -> Iterator[UserError]:
    """Warnings about the container of the fine-tuning job."""
    if (job := spec.vendor_configuration.fine_tuning_job_bundle_config) is None:
        return
    yield from command_warnings(job.command, (*JOB, "command"))
    path, prefix = (*JOB, "registry"), cluster.image_prefix
    if prefix is not None and job.registry != prefix:
        yield user_error(
            INCONSISTENT,
            path,
            f"is not {prefix}, which Launch puts before the image of every job: it would run "
            f"{prefix}/{job.image}. Copy the image there, and set the registry to {prefix}",
        )
    elif prefix is None and not has_host(job):
        yield user_error(
            INVALID,
            path,
            "is not a host, which has a dot, a port or is localhost, and Launch puts its own "
            f"registry before the image of every job: it would run {job.image} from there. Write "
            "a path within Launch's registry into image",
        )


def has_host(container: ContainerImage) -> bool:
    """Whether the registry begins with a host, and not with a path in Launch's own registry."""
    first = container.registry.partition("/")[0]
    return "." in first or ":" in first or first == "localhost"


def command_warnings(command: tuple[str, ...] | list[str], path: Path) -> Iterator[UserError]:
    """Warnings about a command: probably a command line, no program, or arguments that would be
    changed."""
    if len(command) == 1 and len(command[0].split()) > 1:
        yield user_error(
            INVALID,
            path,
            "is one element with spaces, so the container would look for a program of that whole "
            "name and not start. Write the program and each argument as an element: "
            f"{_as_list(command[0])}",
        )
    if command and not command[0].strip():
        yield user_error(
            INVALID,
            (*path, "0"),
            "is blank, so the container would look for a program without a name and not start",
        )
    for position, argument in enumerate(command):
        if characters := _changed_characters(argument):
            yield user_error(
                INVALID,
                (*path, str(position)),
                f"contains {characters}, which releases of Launch before August 2026 change or "
                "fail on when they start the container. Put it into a script in the image, or "
                "make sure that Launch is newer",
            )


def _as_list(text: str) -> str:
    """The beginning of a command line, as a list of its words."""
    try:
        words = shlex.split(text[:MAX_SHOWN])
    except ValueError:  # An open quotation mark.
        words = text[:MAX_SHOWN].split()
    shown = ", ".join(f'"{word}"' for word in words)
    return f"[{shown}{', …' if len(text) > MAX_SHOWN else ''}]"


_SHOWN = {"\n": "a newline", "\\": "a backslash", "\t": "a tab", "\r": "a carriage return"}


def _changed_characters(text: str) -> str | None:
    """Characters that those releases do not pass on as they are: they write a command as Python
    does, and read it as YAML."""
    found = [shown for character, shown in _SHOWN.items() if character in text]
    if "'" in text and '"' in text:
        found.append("both kinds of quotes")
    if not found and not text.isprintable():
        found.append("a character that cannot be printed")
    return " and ".join(found) or None
