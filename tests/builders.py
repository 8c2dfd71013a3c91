"""Builders: valid objects, with the changes that a test needs."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import msgspec
from graphql import GraphQLObjectType, get_named_type
from msgspec import UNSET
from msgspec.structs import replace

from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.model_template import CreateModelTemplate, ModelTemplate, ModelTemplateRevision
from app.domain.naming import camel
from app.domain.service import new_id, now
from app.graphql.schema import schema
from app.transfer.record import ModelTemplateRecord


class _AnId(str):
    """Equal to every id of a request."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and bool(other)


NAMED = {"xRequestId": _AnId("an id")}
"""The extension by which each error names the request."""

MINIMAL = {
    "account_id": "a1",
    "name": "echo",
    "endpoint_type": "ASYNC",
    "model_type": "GENERIC",
    "vendor_configuration": {
        "bundle_config": {
            "registry": "docker.io",
            "image": "library/echo-model",
            "tag": "0.1.0",
            "command": ["/serve"],
        }
    },
}
"""A template in SGP's wire format with only the required fields and a command."""


def a_wire_template(**changes: Any) -> dict[str, Any]:
    """MINIMAL with changes merged into it, object by object."""
    made: dict[str, Any] = _merged(MINIMAL, changes)
    return made


def a_create_command(**changes: Any) -> CreateModelTemplate:
    return msgspec.convert(a_wire_template(**changes), CreateModelTemplate)


def a_template(**changes: Any) -> ModelTemplate:
    command = a_create_command(**changes)
    identity = a_viewer().identity()
    return ModelTemplate.create(command, id=new_id(), identity=identity, at=now())


def a_record(*descriptions: str, **changes: Any) -> ModelTemplateRecord:
    """A template with the revisions that result from setting each description in turn."""
    template, revisions = a_template(**changes), []
    for description in descriptions:
        revisions.append(ModelTemplateRevision.of(template))
        spec = replace(template, description=description)
        identity = a_viewer().identity()
        template = template.changed(spec, archived=UNSET, identity=identity, at=now())
    return ModelTemplateRecord(template=template, revisions=tuple(revisions))


def a_viewer(**accounts: str) -> Viewer:
    """A viewer with write access to a1 by default; otherwise a_viewer(a1="read", a2="write")."""
    return Viewer(
        identity_id=Id("ann"),
        identity_type=IdentityType.USER,
        accounts=tuple(
            AccountAccess(account_id=Id(account), can_write=right == "write")
            for account, right in (accounts or {"a1": "write"}).items()
        ),
    )


def a_parameter(**changes: Any) -> dict[str, Any]:
    return {"name": "P", "type": "str", "description": "", "required": False, **changes}


def with_parameters(*parameters: dict[str, Any]) -> dict[str, Any]:
    """Changes that give MINIMAL these creation parameters."""
    return {"model_creation_parameters_schema": {"parameters": list(parameters)}}


class ARoom:
    """Room for a number of bytes, which is what `reserve` gives back and takes anew."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.taken: list[int] = []
        self.reserved: list[int] = []

    def take(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        self.taken.append(size)
        return True

    async def reserve(self, size: int) -> None:
        self.reserved.append(size)


def a_room(size: int) -> ARoom:
    return ARoom(size)


NEWER_FIELDS: dict[str, Any] = {
    "endpoint_type": "STREAMING",
    "vendor_configuration": {
        "bundle_config": {
            "streaming_command": ["/serve"],
            "digest": f"sha256:{'9f' * 32}",
            "routes": ["/v1/chat/completions", "/mcp"],
            "extra_routes": ["/v1/models"],
            "forwarder_type": "PASSTHROUGH",
            "worker_command": ["/serve", "--follow"],
            "worker_env": {"ROLE": "follower"},
        },
        "endpoint_config": {
            "gpus": 8,
            "gpu_type": "nvidia-hopper-h100",
            "min_workers": 1,
            "per_worker": 1,
            "forwarder_max_concurrency": 20,
            "task_expires_seconds": 3_600,
            "queue_message_timeout_seconds": 43_200,
            "public_inference": True,
            "nodes_per_worker": 2,
        },
        "fine_tuning_job_bundle_config": {
            "registry": "docker.io",
            "image": "acme/tune",
            "tag": "1",
            "digest": f"sha256:{'0a' * 32}",
        },
    },
    **with_parameters(a_parameter(title="Weights", advanced=True, secret=True)),
}
"""A change of MINIMAL: each field that documents omit by default has another value."""


def seeds() -> list[dict[str, Any]]:
    """The example templates of the server, in wire format."""
    found = sorted(files("seeds").iterdir(), key=lambda file: file.name)
    return [json.loads(file.read_text()) for file in found if file.name.endswith(".json")]


def an_input(wire: Mapping[str, Any]) -> Any:
    """A wire-format template as a mutation's input: camel case, enum members by name."""
    return _camelled(msgspec.to_builtins(wire))


def a_fragment(name: str = "Everything", of: str = "ModelTemplate") -> str:
    """A fragment of all fields of a type that take no arguments, at every depth."""
    type_ = schema._schema.get_type(of)
    assert isinstance(type_, GraphQLObjectType)
    return f"fragment {name} on {of} {_selection(type_)}"


def _selection(type_: GraphQLObjectType) -> str:
    parts = []
    for name, field in type_.fields.items():
        if not field.args:
            named = get_named_type(field.type)
            deeper = _selection(named) if isinstance(named, GraphQLObjectType) else ""
            parts.append(f"{name} {deeper}")
    return "{ " + " ".join(parts) + " }"


def _merged(base: Any, changes: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(changes, dict)):
        return changes
    return {
        key: _merged(base.get(key), changes[key]) if key in changes else base[key]
        for key in {**base, **changes}
    }


_MAPS = {"labels", "env", "worker_env"}
_ENUMS = {"gpu_type", "type"}


def _camelled(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_camelled(member) for member in value]
    if isinstance(value, dict) and key not in _MAPS:
        return {camel(name): _camelled(member, name) for name, member in value.items()}
    if key in _ENUMS and isinstance(value, str):
        return value.upper().replace("-", "_")
    return value
