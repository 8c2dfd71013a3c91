"""Errors of template files: repeated and misspelled keys, and text that YAML reads as a number."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_parameter, a_wire_template, with_parameters
from tests.transfer.test_file_forms import MEANS, VALID, said

ENDPOINT_TYPES = "endpoint_type must be one of ASYNC, BATCH, STREAMING, SYNC. Did you mean SYNC?"
BUNDLE = "vendor_configuration.bundle_config"
CAMEL = "vendor_configuration.bundleConfig"
NO_FIELD = "is not a field of this object"
YAML = """\
name: r
endpoint_type: ASYNC
model_type: GENERIC
vendor_configuration:
  bundle_config:
    registry: docker.io
    image: a/x
    tag: {tag}
    command: [x]
    env: {env}
"""


def test_a_value_that_is_no_text_in_utf_8_can_be_shown(tmp_path: Path) -> None:
    parameter = a_parameter(default="x", enum=[["\ud800"]])
    text = json.dumps(a_wire_template(**with_parameters(parameter)))
    place = "a.json:1: model_creation_parameters_schema.parameters.0"

    assert said(tmp_path, "a.json", text) == [
        f"{place}.enum.0.0: 0[0] must not contain NUL or a lone surrogate. [INVALID]",
        f"{place}.enum.0: enum[0] must be a string. [INVALID]",
        rf'{place}.default: default must be one of ["\ud800"]. [INVALID]',
    ]


REPEATED = [
    ('{"a": 1, "name": "r", "\\u0061": 2}', "1: a: a is given twice on line 1"),
    (
        '{"name": "r",\n\n"labels": {"é": "1",\n"\\u00e9": "2"}}',
        "4: labels.é: é is given on line 3 and again on line 4",
    ),
    (
        '[{"name": "r"}, {"command": [{"b": 1,\n"b": 1}]}]',
        "2: 1.command.0.b: b is given on line 1 and again on line 2",
    ),
    (
        '{"items": [{"name": "r"}],\n"items": []}',
        "2: items: items is given on line 1 and again on line 2",
    ),
    (
        '{"b": {"c": 1},\n"b": {"c": 1}, "name": "r"}',
        "2: b: b is given on line 1 and again on line 2",
    ),
]


@pytest.mark.parametrize(("text", "message"), REPEATED)
@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_a_repeated_key_is_an_error_beside_others(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    messages = said(tmp_path, name, text)

    assert f"{name}:{message}. [DUPLICATE]" in messages
    assert sum("[DUPLICATE]" in each for each in messages) == 1


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        (
            "labels:\n  a: x\n  'a': y\n",
            ["13: labels.a: a is given on line 12 and again on line 13"],
        ),
        ("labels: {1: x, '1': y}\n", ["11: labels.1: labels[1] is given twice on line 11"]),
        ("name: s\n", ["11: name: name is given on line 1 and again on line 11"]),
        ("labels: {<<: {a: x}, a: y, b: z}\n", []),
        ("labels: {<<: {a: x}, <<: {b: x}, a: y}\n", []),
        (
            "labels: {<<: {a: x, 'a': y}, b: z}\n",
            ["11: labels.<<.a: a is given twice on line 11"],
        ),
        (
            "labels: {<<: [{1: x}, {2: y, 2: z}], b: z}\n",
            ["11: labels.<<.1.2: 1[2] is given twice on line 11"],
        ),
        ("labels: {<<: [{1: x}, {2: y}], b: z}\n", []),
        ("labels: &l {a: x}\nx: {<<: *l, a: z, <<: *l}\n", None),
    ],
)
def test_a_key_of_yaml_is_repeated_whatever_its_quotes_but_not_by_a_merge(
    tmp_path: Path, more: str, lines: list[str] | None
) -> None:
    messages = said(tmp_path, "a.yaml", YAML.format(tag="'1'", env="{}") + more)

    expected = (
        ["12: x: x is not a field of this object. [UNKNOWN]"]
        if lines is None
        else [f"{line}. [DUPLICATE]" for line in lines]
    )
    assert messages == [f"a.yaml:{line}" for line in expected]


@pytest.mark.parametrize(
    "scalar",
    ["1.10", "2024", "1_000", "012", "0x1F", "1:30", "yes", "Off", "2024-01-01", ".5", ".inf"],
)
def test_text_that_yaml_reads_as_something_else_belongs_in_quotes(
    tmp_path: Path, scalar: str
) -> None:
    messages = said(tmp_path, "a.yaml", YAML.format(tag=scalar, env=f"{{A: {scalar}}}"))

    assert messages == [
        f'a.yaml:8: {BUNDLE}.tag: tag must be a string. Put it in quotes: "{scalar}". [INVALID]',
        f'a.yaml:10: {BUNDLE}.env.A: A must be a string. Put it in quotes: "{scalar}". [INVALID]',
    ]


def test_keys_of_yaml_are_text(tmp_path: Path) -> None:
    text = (
        YAML.format(tag="'1'", env="{NO: a, on: b}") + "labels: {1.10: x, 2024-01-01: y, null: z}"
    )

    assert said(tmp_path, "a.yaml", text) == []


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"endpoint_type": "sync"},
            [f"endpoint_type: {ENDPOINT_TYPES} [INVALID]"],
        ),
        (
            {"endpoint_type": "SYNCH", "model_type": "chat"},
            [
                f"endpoint_type: {ENDPOINT_TYPES} [INVALID]",
                f"model_type: {MEANS}",
            ],
        ),
        (
            {"Endpoint-Type": "SYNC", "endpointType": "SYNC"},
            [
                f"Endpoint-Type: Endpoint-Type {NO_FIELD}: write endpoint_type. [UNKNOWN]",
                f"endpointType: endpointType {NO_FIELD}: write endpoint_type. [UNKNOWN]",
            ],
        ),
        (
            {
                "vendor_configuration": {
                    "bundleConfig": {"registy": "docker.io", "image": "A", "tag": 1}
                }
            },
            [
                f"{CAMEL}: bundleConfig {NO_FIELD}: write bundle_config. [UNKNOWN]",
                f"{CAMEL}.registy: registy {NO_FIELD}. Did you mean registry? [UNKNOWN]",
                f"{CAMEL}.image: image must be a lowercase image path",
                f'{CAMEL}.tag: tag must be a string. Put it in quotes: "1". [INVALID]',
            ],
        ),
        (
            {"comand": 1, "x" * 9_999: 1},
            [
                "comand: comand is not a field of this object. [UNKNOWN]",
                f"{'x' * 9_999}: {'x' * 9_999} is not a field of this object. [UNKNOWN]",
            ],
        ),
    ],
)
def test_a_misspelled_name_has_one_error_that_says_what_to_write(
    tmp_path: Path, changes: dict[str, Any], messages: list[str]
) -> None:
    found = said(tmp_path, "a.json", json.dumps({**VALID, **changes}))

    assert len(found) == len(messages)
    for message in messages:
        assert any(each.startswith(f"a.json:1: {message}") for each in found)
