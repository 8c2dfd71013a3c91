"""Text that cannot be stored, and objects instead of text, in every text field."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from graphql import GraphQLInputObjectType, get_named_type

from app.graphql.schema import schema
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.web.conftest import Listening
from tests.web.hostile.rejection import BAD, CREATE, assert_rejected
from tests.web.raw import a_post, exchange

FULL = {
    **an_input(
        a_wire_template(
            description="d", labels={"l": "l"}, request_id="r", **with_parameters(a_parameter(
                default="d", enum=["d"], pattern="d", title="t"
            ))
        )
    )
}  # fmt: skip
FULL["vendorConfiguration"]["bundleConfig"] |= {
    "env": {"E": "e"},
    "streamingCommand": ["s"],
    "healthcheckRoute": "/h",
    "predictRoute": "/p",
    "streamingPredictRoute": "/s",
    "digest": f"sha256:{'0' * 64}",
    "routes": ["/r"],
    "extraRoutes": ["/r"],
    "workerCommand": ["c"],
    "workerEnv": {"E": "e"},
}
FULL["vendorConfiguration"]["endpointConfig"] = {"memory": "1Gi", "storage": "1Gi"}
FULL["vendorConfiguration"]["fineTuningJobBundleConfig"] = {
    **{"registry": "docker.io", "image": "a/b", "tag": "t", "command": ["c"], "env": {"E": "e"}},
    **{
        "digest": f"sha256:{'0' * 64}",
        "mountLocation": "/m",
        "resources": {"memory": "1Gi", "storage": "1Gi"},
    },
}
FULL["modelRequestParametersSchema"] = FULL["modelCreationParametersSchema"]

ENUMS = {"endpointType", "modelType", "type"}


def texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every text."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            if key not in ENUMS:
                yield from texts(member, (*path, key))


def with_text(path: tuple[str | int, ...], text: Any) -> Any:
    """FULL with another value at a path."""
    changed = json.loads(msgspec.json.encode(FULL))
    *above, last = path
    place = changed
    for key in above:
        place = place[key]
    place[last] = text
    return changed


TEXTS = list(texts(FULL))
TEXT_TYPES = {"String", "ID", "StringMap", "JSON"}


def text_fields(type_: GraphQLInputObjectType, path: tuple[str, ...] = ()) -> Iterator[Any]:
    """All fields of an input that take text, from the schema."""
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if isinstance(named, GraphQLInputObjectType):
            yield from text_fields(named, (*path, name))
        elif named.name in TEXT_TYPES:
            yield (*path, name)


def test_every_text_field_is_covered() -> None:
    input_type = schema._schema.type_map["CreateModelTemplateInput"]
    assert isinstance(input_type, GraphQLInputObjectType)
    known = {tuple(name for name in path if isinstance(name, str)) for path in TEXTS}

    for field in text_fields(input_type):
        # A map's keys stand behind its own name.
        assert any(path[: len(field)] == field for path in known), field


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: ".".join(map(str, path)))
def test_unstorable_text_is_rejected(server: Listening, path: tuple[str | int, ...]) -> None:
    nul = server.post({"query": CREATE, "variables": {"input": with_text(path, "a\0b")}}).json()
    variables = {"input": with_text(path, "\ud800")}
    body = json.dumps({"query": CREATE, "variables": variables}).encode()
    surrogate = exchange(server.port, [a_post(body, key=server.ann)])
    injected = server.post(
        {"query": CREATE, "variables": {"input": with_text(path, {"$ne": None})}}
    ).json()

    if path == ("accountId",):
        assert nul["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    else:
        payload = nul["data"]["createModelTemplate"]
        assert payload["modelTemplate"] is None
        assert "INVALID" in {error["code"] for error in payload["errors"]}
    assert_rejected(surrogate, 400, BAD)
    if {"default", "enum"} & {*path}:  # These take any JSON, and the parameter is a text.
        payload = injected["data"]["createModelTemplate"]
        assert payload["modelTemplate"] is None
        assert "INVALID" in {error["code"] for error in payload["errors"]}
    else:
        assert {error["extensions"]["code"] for error in injected["errors"]} == {"BAD_USER_INPUT"}
