"""Every rule of a template's input, with the code and path of its violation."""

import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import MAX_VIOLATIONS, Invalid
from app.domain.model_template import CreateModelTemplate
from app.domain.patterns import compiled
from app.domain.validation import objects, rules
from app.domain.validation.known_names import checked_with_names
from app.domain.validation.rules import violations
from app.domain.validation.untyped_input import checked
from tests.builders import a_create_command, a_parameter, a_wire_template, seeds, with_parameters

BUNDLE = ("vendorConfiguration", "bundleConfig")
ENDPOINT = ("vendorConfiguration", "endpointConfig")
JOB = ("vendorConfiguration", "fineTuningJobBundleConfig")
PARAMETERS = ("modelCreationParametersSchema", "parameters")


def bundle(**changes: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": changes}}


def endpoint(**changes: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"endpoint_config": changes}}


def job(**changes: Any) -> dict[str, Any]:
    image = {"registry": "docker.io", "image": "acme/tune", "tag": "1"}
    return {"vendor_configuration": {"fine_tuning_job_bundle_config": {**image, **changes}}}


def parameter(**changes: Any) -> dict[str, Any]:
    return with_parameters(a_parameter(**changes))


INVALID_CHANGES: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({"name": ""}, "REQUIRED", ("name",)),
    ({"name": "  \u2003 "}, "REQUIRED", ("name",)),
    ({"name": "n" * 256}, "OUT_OF_RANGE", ("name",)),
    ({"name": "n" + " " * 1_000}, "OUT_OF_RANGE", ("name",)),
    ({"name": "a\tb"}, "INVALID", ("name",)),
    ({"name": "a\n"}, "INVALID", ("name",)),
    ({"name": "a\x85b"}, "INVALID", ("name",)),
    ({"request_id": "r" * 256}, "OUT_OF_RANGE", ("requestId",)),
    ({"request_id": ""}, "OUT_OF_RANGE", ("requestId",)),
    ({"description": "d" * 20_001}, "OUT_OF_RANGE", ("description",)),
    ({"description": "a\0b"}, "INVALID", ("description",)),
    ({"description": "a\ud800b"}, "INVALID", ("description",)),
    ({"labels": {f"k{n}": "" for n in range(65)}}, "OUT_OF_RANGE", ("labels",)),
    ({"labels": {"-k": ""}}, "INVALID", ("labels", "-k")),
    ({"labels": {"k" * 64: ""}}, "INVALID", ("labels", "k" * 64)),
    ({"labels": {"a/b/c": ""}}, "INVALID", ("labels", "a/b/c")),
    ({"labels": {"k": "v "}}, "INVALID", ("labels", "k")),
    ({"labels": {"gpu_type": "v\n"}}, "INVALID", ("labels", "gpu_type")),
    (bundle(registry=""), "REQUIRED", (*BUNDLE, "registry")),
    (bundle(registry="https://docker.io"), "INVALID", (*BUNDLE, "registry")),
    (bundle(registry="docker.io:port"), "INVALID", (*BUNDLE, "registry")),
    (bundle(image="Acme/Model"), "INVALID", (*BUNDLE, "image")),
    (bundle(image="acme//model"), "INVALID", (*BUNDLE, "image")),
    (bundle(image="acme/model:1"), "INVALID", (*BUNDLE, "image")),
    (bundle(tag="  "), "REQUIRED", (*BUNDLE, "tag")),
    (bundle(tag="1@sha256:0"), "INVALID", (*BUNDLE, "tag")),
    (bundle(tag="t" * 129), "INVALID", (*BUNDLE, "tag")),
    (bundle(tag="1\n"), "INVALID", (*BUNDLE, "tag")),
    (bundle(command=["x"] * 257), "OUT_OF_RANGE", (*BUNDLE, "command")),
    (bundle(command=["x", "é" * 65_536]), "OUT_OF_RANGE", (*BUNDLE, "command", "1")),
    (bundle(command=["x", "\0"]), "INVALID", (*BUNDLE, "command", "1")),
    (bundle(streaming_command=["x" * 131_072]), "OUT_OF_RANGE", (*BUNDLE, "streamingCommand", "0")),
    (bundle(env={"": ""}), "INVALID", (*BUNDLE, "env", "")),
    (bundle(env={"1A": ""}), "INVALID", (*BUNDLE, "env", "1A")),
    (bundle(env={"A_B": "é" * 16_385}), "OUT_OF_RANGE", (*BUNDLE, "env", "A_B")),
    (bundle(env={f"A{n}": "" for n in range(257)}), "OUT_OF_RANGE", (*BUNDLE, "env")),
    (
        bundle(readiness_initial_delay_seconds=-1),
        "OUT_OF_RANGE",
        (*BUNDLE, "readinessInitialDelaySeconds"),
    ),
    (
        bundle(readiness_initial_delay_seconds=86_401),
        "OUT_OF_RANGE",
        (*BUNDLE, "readinessInitialDelaySeconds"),
    ),
    (bundle(healthcheck_route="readyz"), "INVALID", (*BUNDLE, "healthcheckRoute")),
    (bundle(predict_route="/a b"), "INVALID", (*BUNDLE, "predictRoute")),
    (bundle(predict_route="/" * 2_049), "OUT_OF_RANGE", (*BUNDLE, "predictRoute")),
    (bundle(streaming_predict_route="/a\n"), "INVALID", (*BUNDLE, "streamingPredictRoute")),
    (bundle(streaming_predict_route=""), "INVALID", (*BUNDLE, "streamingPredictRoute")),
    (endpoint(cpus=0), "OUT_OF_RANGE", (*ENDPOINT, "cpus")),
    (endpoint(memory="8gb"), "INVALID", (*ENDPOINT, "memory")),
    (endpoint(memory="٣Gi"), "INVALID", (*ENDPOINT, "memory")),
    (endpoint(memory="0Gi"), "OUT_OF_RANGE", (*ENDPOINT, "memory")),
    (endpoint(memory="0Ki"), "OUT_OF_RANGE", (*ENDPOINT, "memory")),
    (endpoint(storage="0.0"), "OUT_OF_RANGE", (*ENDPOINT, "storage")),
    (endpoint(storage=""), "REQUIRED", (*ENDPOINT, "storage")),
    (endpoint(gpus=1), "INCONSISTENT", (*ENDPOINT, "gpuType")),
    (endpoint(gpu_type="nvidia-tesla-t4"), "INCONSISTENT", (*ENDPOINT, "gpuType")),
    (endpoint(gpus=-1), "OUT_OF_RANGE", (*ENDPOINT, "gpus")),
    (endpoint(min_workers=2, max_workers=1), "INCONSISTENT", (*ENDPOINT, "minWorkers")),
    (endpoint(min_workers=-1), "OUT_OF_RANGE", (*ENDPOINT, "minWorkers")),
    (endpoint(per_worker=0), "OUT_OF_RANGE", (*ENDPOINT, "perWorker")),
    (job(mount_location="config.json"), "INVALID", (*JOB, "mountLocation")),
    (job(resources={"memory": "0"}), "OUT_OF_RANGE", (*JOB, "resources", "memory")),
    (job(resources={"gpus": 2}), "INCONSISTENT", (*JOB, "resources", "gpuType")),
    (job(tag="a b"), "INVALID", (*JOB, "tag")),
    (
        with_parameters(*(a_parameter(name=f"P{n}") for n in range(201))),
        "OUT_OF_RANGE",
        PARAMETERS,
    ),
    (
        with_parameters(a_parameter(name="A"), a_parameter(name="B"), a_parameter(name="A")),
        "DUPLICATE",
        (*PARAMETERS, "2", "name"),
    ),
    (parameter(name="1P"), "INVALID", (*PARAMETERS, "0", "name")),
    (parameter(name=""), "REQUIRED", (*PARAMETERS, "0", "name")),
    (parameter(name="P" * 129), "OUT_OF_RANGE", (*PARAMETERS, "0", "name")),
    (parameter(description="d" * 4_001), "OUT_OF_RANGE", (*PARAMETERS, "0", "description")),
    (parameter(default=1), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="int", default=True), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="int", default=2**63), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="int", default=1.5), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="float", default=math.nan), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="float", default=math.inf), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="bool", default="true"), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(default="a\ud800"), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(default={"a": ["b"]}), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="int", default=5, minimum=6), "OUT_OF_RANGE", (*PARAMETERS, "0", "default")),
    (parameter(default="abc", max_length=2), "OUT_OF_RANGE", (*PARAMETERS, "0", "default")),
    (parameter(default="abc", pattern="^b"), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(default="a", enum=["b", "c"]), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(default="d", enum=["b", "c"]), "INVALID", (*PARAMETERS, "0", "default")),
    (parameter(type="int", enum=[1, 2**63]), "INVALID", (*PARAMETERS, "0", "enum", "1")),
    (parameter(enum=["b", 1]), "INVALID", (*PARAMETERS, "0", "enum", "1")),
    (parameter(enum=["b", "c", "b"]), "DUPLICATE", (*PARAMETERS, "0", "enum", "2")),
    (parameter(type="float", enum=[1, 1.0]), "DUPLICATE", (*PARAMETERS, "0", "enum", "1")),
    (parameter(enum=["aa"], max_length=1), "OUT_OF_RANGE", (*PARAMETERS, "0", "enum", "0")),
    (parameter(enum=[f"{n}" for n in range(1_001)]), "OUT_OF_RANGE", (*PARAMETERS, "0", "enum")),
    (parameter(enum=[]), "OUT_OF_RANGE", (*PARAMETERS, "0", "enum")),
    (parameter(minimum=1), "INCONSISTENT", (*PARAMETERS, "0", "minimum")),
    (parameter(type="bool", maximum=1), "INCONSISTENT", (*PARAMETERS, "0", "maximum")),
    (parameter(type="int", min_length=1), "INCONSISTENT", (*PARAMETERS, "0", "minLength")),
    (parameter(type="int", pattern="a"), "INCONSISTENT", (*PARAMETERS, "0", "pattern")),
    (
        parameter(type="int", minimum=2, maximum=1),
        "INCONSISTENT",
        (*PARAMETERS, "0", "minimum"),
    ),
    (parameter(min_length=2, max_length=1), "INCONSISTENT", (*PARAMETERS, "0", "minLength")),
    (parameter(min_length=-1), "OUT_OF_RANGE", (*PARAMETERS, "0", "minLength")),
    (parameter(pattern="(?=a)"), "INVALID", (*PARAMETERS, "0", "pattern")),
    (parameter(pattern="("), "INVALID", (*PARAMETERS, "0", "pattern")),
    (parameter(pattern="a\ud800"), "INVALID", (*PARAMETERS, "0", "pattern")),
    (parameter(pattern="a" * 513), "OUT_OF_RANGE", (*PARAMETERS, "0", "pattern")),
]


@pytest.mark.parametrize(("changes", "code", "path"), INVALID_CHANGES)
def test_a_violation_has_the_path_of_its_field(
    changes: dict[str, Any], code: str, path: tuple[str, ...]
) -> None:
    found = violations(a_create_command(**changes))

    assert [(violation.code.name, violation.path) for violation in found] == [(code, path)]
    assert found[0].message.endswith(".")


@pytest.mark.parametrize("changes", [changes for changes, _, _ in INVALID_CHANGES])
def test_values_and_the_object_have_the_same_violations(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as raised:
        checked(CreateModelTemplate, a_wire_template(**changes), closed=True)

    assert [*raised.value.errors] == violations(a_create_command(**changes))


ACCEPTED: list[dict[str, Any]] = [
    {},
    *seeds(),
    {"name": " " + "n" * 255 + " "},
    {"name": "Größe 模型 ✨"},
    {"description": "d" * 20_000},
    {"description": "one\ntwo\ttabs"},
    {"labels": {"app.kubernetes.io/name": "v", "Team_1": "", "a": "1.0-rc_1"}},
    bundle(registry="localhost:5000"),
    bundle(registry="[::1]:5000/mirror"),
    bundle(registry="308100000000.dkr.ecr.us-west-2.amazonaws.com"),
    bundle(image="a/b-c/d__e/f.g"),
    bundle(tag="_1.0-RC.1"),
    bundle(command=[]),
    bundle(command=["x" * 8_192] * 256),
    bundle(command=["x" * 131_071, "é" * 65_535]),
    bundle(env={"_A1": "x" * 32_768, "b": ""}),
    bundle(readiness_initial_delay_seconds=0),
    bundle(readiness_initial_delay_seconds=86_400),
    bundle(streaming_predict_route=None),
    bundle(predict_route="/"),
    endpoint(memory="0.5Gi", storage="1E"),
    endpoint(memory="1000"),
    endpoint(min_workers=1, max_workers=1),
    endpoint(min_workers=0, max_workers=0),
    endpoint(gpus=8, gpu_type="nvidia-hopper-h100-1g20gb"),
    job(resources={"gpus": 1, "gpu_type": "nvidia-tesla-t4"}),
    with_parameters(),
    parameter(default="", pattern="^$"),
    parameter(type="int", default=-(2**63)),
    parameter(type="float", default=1, minimum=0.5, maximum=1),
    parameter(type="bool", default=False, enum=[True, False]),
    parameter(enum=["1", "01"], min_length=1, max_length=2, pattern="[0-9]+"),
    parameter(min_length=1, max_length=1),
    parameter(min_length=0, max_length=0),
    parameter(type="int", minimum=1, maximum=1),
    parameter(type="float", enum=[1, 2.5, -1]),
    parameter(enum=[f"{n}" for n in range(1_000)]),
    with_parameters(*(a_parameter(name=f"P{n}") for n in range(200))),
]


@pytest.mark.parametrize("changes", ACCEPTED)
def test_a_valid_input_is_accepted(changes: dict[str, Any]) -> None:
    assert violations(a_create_command(**changes)) == []


def test_all_violations_are_reported_at_once() -> None:
    command = a_create_command(
        name="",
        description="\0",
        labels={"-": ""},
        vendor_configuration={
            "bundle_config": {"tag": "a b", "env": {"A-B": ""}},
            "endpoint_config": {"cpus": 0, "min_workers": 5, "max_workers": 4, "gpus": 1},
        },
        **parameter(pattern="("),
    )

    assert {
        (violation.code.name, ".".join(violation.path)) for violation in violations(command)
    } == {
        ("REQUIRED", "name"),
        ("INVALID", "description"),
        ("INVALID", "labels.-"),
        ("INVALID", "vendorConfiguration.bundleConfig.tag"),
        ("INVALID", "vendorConfiguration.bundleConfig.env.A-B"),
        ("OUT_OF_RANGE", "vendorConfiguration.endpointConfig.cpus"),
        ("INCONSISTENT", "vendorConfiguration.endpointConfig.minWorkers"),
        ("INCONSISTENT", "vendorConfiguration.endpointConfig.gpuType"),
        ("INVALID", "modelCreationParametersSchema.parameters.0.pattern"),
    }


def test_a_message_is_a_sentence_about_the_field() -> None:
    (violation,) = violations(a_create_command(**bundle(command=["x", "x" * 132_000])))

    assert violation.message == "command[1] must be at most 131,071 bytes in UTF-8."


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": {f"{n}": "!" for n in range(60_000)}},
        bundle(env={f"{n}": "\0" for n in range(60_000)}),
        bundle(command=["\0"] * 150_000),
        with_parameters(
            *(a_parameter(name=f"P{n}", enum=["x"] * 1_000, pattern="y") for n in range(200))
        ),
    ],
    ids=["labels", "env", "command", "enum"],
)
def test_the_number_of_violations_is_limited(changes: dict[str, Any]) -> None:
    command = a_create_command(**changes)
    began = time.process_time()

    assert 0 < len(violations(command)) <= MAX_VIOLATIONS
    assert time.process_time() - began < 2


def test_patterns_of_a_schema_are_bounded_together() -> None:
    heavy = [
        a_parameter(name=f"P{n}", pattern=rf"^[a-z]{{900}}|x|{n}$", default="x") for n in range(200)
    ]
    small = [
        a_parameter(name=f"P{n}", pattern=rf"^[a-z]{{1,40}}|{n}$", default="x") for n in range(200)
    ]
    began = time.process_time()
    found = violations(a_create_command(**with_parameters(*heavy)))

    assert time.process_time() - began < 1  # 200 of them would take two seconds.
    assert 150 < len(found) < 195  # What a program's size is, is RE2's to say.
    assert [(error.code.name, error.path) for error in found] == [
        ("OUT_OF_RANGE", (*PARAMETERS, str(n), "pattern")) for n in range(200 - len(found), 200)
    ]
    assert violations(a_create_command(**with_parameters(*small))) == []


def test_a_message_repeats_why_re2_refuses_a_pattern() -> None:
    (violation,) = violations(a_create_command(**parameter(pattern="(")))

    assert violation.message.startswith("pattern must be ")
    assert violation.message.endswith(": missing ): (.")


def test_patterns_after_one_that_is_too_much_are_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PROGRAMS", 3 * compiled("a").programsize)
    parameters = [a_parameter(name=f"P{n}", pattern="a") for n in range(100)]

    found = violations(a_create_command(**with_parameters(*parameters)))

    assert [error.path for error in found] == [
        (*PARAMETERS, str(n), "pattern") for n in range(3, 100)
    ]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from("abcdef"), "type": st.sampled_from(["str", "int", "bool"])},
            optional={
                "default": st.sampled_from([None, "a", 1, 1.5, 2**63]),
                "enum": st.sampled_from([None, ["a", "a"], [1, 2]]),
                "minimum": st.sampled_from([None, 2.0, 1e30]),
                "maximum": st.sampled_from([None, 1.0]),
                "min_length": st.sampled_from([None, 2, 2**40]),
                "max_length": st.sampled_from([None, 1]),
                "pattern": st.sampled_from([None, "^a$", "("]),
            },
        ),
        max_size=4,
    )
)
def test_parameters_that_are_not_looked_at_one_by_one_obey_all_rules(
    parameters: list[dict[str, Any]],
) -> None:
    changes = with_parameters(*(a_parameter(**parameter) for parameter in parameters))
    command = a_create_command(**changes)
    found = violations(command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "_is_simple", lambda _: False)
        assert violations(command) == found


@pytest.mark.parametrize(("number", "is_recognised"), [(MAX_VIOLATIONS - 1, True), (5_000, False)])
def test_as_many_unknown_names_are_compared_with_fields_as_there_may_be_errors(
    number: int, is_recognised: bool
) -> None:
    unknown = {f"other_{n}": 1 for n in range(number)}
    template = {**unknown, **a_wire_template(), "endpointType": "ASYNC"}

    with pytest.raises(Invalid) as raised:
        checked_with_names(CreateModelTemplate, template)

    found = [error.message for error in raised.value.errors]
    assert len(found) == MAX_VIOLATIONS
    assert any("write endpoint_type" in message for message in found) is is_recognised
