"""Launch plans: the exact requests, and the errors that prevent them."""

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.launch.checks import warnings
from app.domain.launch.plan import EndpointNaming, LaunchAutoscaling, LaunchPlan, plan
from app.domain.model_template import ModelTemplate
from tests.builders import a_parameter, a_template, seeds, with_parameters

LABELS = {"team": "search", "product": "demo"}
BUNDLE = "vendorConfiguration.bundleConfig."
ENDPOINT = "vendorConfiguration.endpointConfig."
RESOURCES = "vendorConfiguration.fineTuningJobBundleConfig.resources."


def a_plan(
    template: ModelTemplate,
    parameters: Any = None,
    *,
    name: str = "my-model",
    labels: dict[str, str] | None = None,
    **autoscaling: int,
) -> LaunchPlan:
    naming = EndpointNaming(name=name, labels=LABELS if labels is None else labels)
    return plan(template, naming, parameters, LaunchAutoscaling(**autoscaling))


def codes(errors: Any) -> list[tuple[str, str]]:
    return [(error.code.name, ".".join(error.path)) for error in errors]


def a_seed(name: str) -> ModelTemplate:
    (wire,) = (wire for wire in seeds() if wire["name"] == name)
    return a_template(**{**wire, "account_id": "a1"})


def endpoint(kind: str, **changes: Any) -> dict[str, Any]:
    """A change of the minimal template: an endpoint of a type that Launch would take."""
    config = {"min_workers": 1, "per_worker": 1, **changes}
    bundle = {"streaming_command": ["/serve"]}
    vendor = {"bundle_config": bundle, "endpoint_config": config}
    return {"endpoint_type": kind, "vendor_configuration": vendor}


def a_job(resources: dict[str, Any]) -> dict[str, Any]:
    """A change of the minimal template: a fine-tuning job with these resources."""
    image = {"registry": "r.example", "image": "i", "tag": "t"}
    return {
        "vendor_configuration": {"fine_tuning_job_bundle_config": image | {"resources": resources}}
    }


@pytest.mark.parametrize("wire", seeds(), ids=lambda wire: wire["name"])
def test_every_seed_renders(wire: dict[str, Any]) -> None:
    template = a_template(**{**wire, "account_id": "a1"})
    schema = wire["model_creation_parameters_schema"]
    required = {field["name"]: "a/b" for field in schema["parameters"] if field["required"]}

    rendered = a_plan(template, required)
    bundle: Any = rendered.create_model_bundle_request

    assert rendered.errors == rendered.warnings == ()
    assert bundle["flavor"]["env"] == rendered.env
    assert (rendered.create_model_endpoint_request is None) == (wire["endpoint_type"] == "BATCH")
    assert warnings(template) == []


def test_the_requests_are_launchs_own() -> None:
    rendered = a_plan(
        a_seed("lora-completion-fine-tunable"),
        {"BASE_MODEL": "llama", "LEARNING_RATE": 1e-05},
        min_workers=1,
        max_workers=2,
    )

    registry = "692474966980.dkr.ecr.us-west-2.amazonaws.com"
    env = {"ADAPTER_CACHE": "/tmp/adapters", "BASE_MODEL": "llama", "LEARNING_RATE": "1e-05"}
    assert rendered.env == env
    assert rendered.create_model_bundle_request == {
        "name": "my-model",
        "schema_location": "TBA",
        "metadata": {},
        "flavor": {
            "flavor": "streaming_enhanced_runnable_image",
            "repository": f"{registry}/launch/inference/lora-serve",
            "tag": "1.14.3",
            "command": ["dumb-init", "--", "python", "-m", "lora_serve", "--port", "5005"],
            "streaming_command": [],
            "predict_route": "/predict",
            "healthcheck_route": "/readyz",
            "streaming_predict_route": "/generate_streaming",
            "env": env,
            "protocol": "http",
            "readiness_initial_delay_seconds": 300,
        },
    }
    assert rendered.create_model_endpoint_request == {
        "name": "my-model",
        "endpoint_type": "async",
        "cpus": 20,
        "gpus": 1,
        "gpu_type": "nvidia-ampere-a100e",
        "memory": "80Gi",
        "storage": "200Gi",
        "min_workers": 1,
        "max_workers": 2,
        "per_worker": 4,
        "high_priority": False,
        "labels": LABELS,
        "metadata": {},
    }
    assert rendered.create_docker_image_batch_job_bundle_request == {
        "name": "my-model-ft",
        "image_repository": "launch/fine-tune/lora",
        "image_tag": "1.14.3",
        "command": [
            *("python", "-m", "lora_train"),
            *("--config", "/workspace/launch_specific/config.json"),
        ],
        "env": {"WANDB_MODE": "offline"},
        "mount_location": "/workspace/launch_specific/config.json",
        "resource_requests": {
            "cpus": 40,
            "gpus": 4,
            "gpu_type": "nvidia-ampere-a100e",
            "memory": "320Gi",
            "storage": "600Gi",
        },
    }


def test_what_is_absent_is_left_out_of_a_request() -> None:
    template = a_template(vendor_configuration={"bundle_config": {"streaming_predict_route": None}})

    rendered = a_plan(template)
    bundle: Any = rendered.create_model_bundle_request
    endpoint: Any = rendered.create_model_endpoint_request

    assert "gpu_type" not in endpoint
    assert "streaming_predict_route" not in bundle["flavor"]
    assert rendered.create_docker_image_batch_job_bundle_request is None


def test_creation_parameters_become_environment_variables() -> None:
    template = a_template(
        vendor_configuration={"bundle_config": {"env": {"A": "old", "Z": "z"}}},
        **with_parameters(
            a_parameter(name="A"),
            a_parameter(name="B", type="int"),
            a_parameter(name="C", type="float"),
            a_parameter(name="D", type="bool"),
            a_parameter(name="E", type="bool", default=False),
            a_parameter(name="F"),
        ),
    )

    rendered = a_plan(template, {"A": "new", "B": 3.0, "C": 2, "D": True, "F": None})

    assert rendered.env == {
        "A": "new",
        "Z": "z",
        "B": "3",
        "C": "2",
        "D": "true",
        "E": "false",
    }
    assert codes(rendered.warnings) == [
        ("INCONSISTENT", "modelCreationParametersSchema.parameters.0.name")
    ]


def test_a_plan_is_the_same_to_the_byte() -> None:
    template = a_seed("vllm-chat-h100")
    arguments = {"MODEL_NAME": "m", "MAX_MODEL_LEN": 2048}

    first, second = (msgspec.json.encode(a_plan(template, arguments)) for _ in range(2))

    assert first == second


WARNED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (endpoint("ASYNC", min_workers=0, per_worker=10), []),
    (endpoint("SYNC"), []),
    (endpoint("STREAMING"), []),
    (endpoint("SYNC", min_workers=0), [("OUT_OF_RANGE", ENDPOINT + "minWorkers")]),
    (endpoint("STREAMING", min_workers=0), [("OUT_OF_RANGE", ENDPOINT + "minWorkers")]),
    (endpoint("STREAMING", per_worker=2), [("OUT_OF_RANGE", ENDPOINT + "perWorker")]),
    (endpoint("SYNC", max_workers=251), [("OUT_OF_RANGE", ENDPOINT + "maxWorkers")]),
    (endpoint("SYNC", max_workers=250), []),
    (endpoint("SYNC", cpus=6, memory="28Gi", storage="639Gi"), []),
    (endpoint("SYNC", cpus=7), [("OUT_OF_RANGE", ENDPOINT + "cpus")]),
    (endpoint("SYNC", memory="29Gi"), [("OUT_OF_RANGE", ENDPOINT + "memory")]),
    (endpoint("SYNC", memory="29360129Ki"), [("OUT_OF_RANGE", ENDPOINT + "memory")]),
    (endpoint("SYNC", memory="29360128Ki"), []),
    (endpoint("SYNC", storage="640Gi"), [("OUT_OF_RANGE", ENDPOINT + "storage")]),
]


@pytest.mark.parametrize(("changes", "expected"), WARNED)
def test_a_warning_of_a_template_is_an_error_of_its_plan(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    template = a_template(**changes)

    assert codes(warnings(template)) == expected
    assert codes(a_plan(template).errors) == expected


@pytest.mark.parametrize(
    ("gpu_type", "cpus", "memory", "storage"),
    [
        (None, 6, 28, 639),
        ("nvidia-tesla-t4", 62, 248, 639),
        ("nvidia-ampere-a10", 62, 248, 639),
        ("nvidia-ampere-a100", 94, 998, 639),
        ("nvidia-ampere-a100e", 94, 998, 639),
        ("nvidia-hopper-h100", 190, 1998, 1299),
        ("nvidia-hopper-h100-1g20gb", 46, 498, 639),
        ("nvidia-hopper-h100-3g40gb", 94, 998, 639),
    ],
)
def test_resources_are_limited_by_the_node(
    gpu_type: str | None, cpus: int, memory: int, storage: int
) -> None:
    hardware = {"gpu_type": gpu_type, "gpus": 0 if gpu_type is None else 1}
    room = {"cpus": cpus, "memory": f"{memory}Gi", "storage": f"{storage}Gi"}
    more = {"cpus": cpus + 1, "memory": f"{memory + 1}Gi", "storage": f"{storage + 1}Gi"}
    node = {"cpus": cpus + 1, "memory": f"{memory + 2}Gi", "storage": f"{storage + 1}Gi"}
    over = {"cpus": cpus + 2, "memory": f"{memory + 3}Gi", "storage": f"{storage + 2}Gi"}

    fits = a_template(**endpoint("SYNC", **hardware, **room))
    does_not = a_template(**endpoint("SYNC", **hardware, **more))
    whole, too_large = (a_template(**a_job(hardware | used)) for used in (node, over))

    each = ["cpus", "memory", "storage"]
    assert warnings(fits) == []
    assert codes(warnings(does_not)) == [("OUT_OF_RANGE", ENDPOINT + name) for name in each]
    assert codes(a_plan(does_not).errors) == codes(warnings(does_not))
    assert warnings(whole) == []
    assert codes(warnings(too_large)) == [("OUT_OF_RANGE", RESOURCES + name) for name in each]
    rendered = a_plan(too_large)
    assert (codes(rendered.warnings), rendered.errors) == (codes(warnings(too_large)), ())
    assert rendered.create_docker_image_batch_job_bundle_request is not None


def test_a_warning_says_how_much_there_is_room_for() -> None:
    template = a_template(**endpoint("SYNC", cpus=7, memory="29Gi", max_workers=251))

    workers, cpus, memory = (warning.message for warning in warnings(template))

    assert workers == "maxWorkers must be at most 250, or Launch refuses the endpoint."
    assert cpus.startswith("cpus must be at most 6 on nodes without GPUs, or Launch refuses ")
    assert memory.startswith("memory must be at most 28Gi on nodes without GPUs, or Launch ")


def test_commands_are_needed_by_type() -> None:
    silent: dict[str, Any] = {"bundle_config": {"command": [], "streaming_command": []}}
    command, streaming = ("REQUIRED", BUNDLE + "command"), ("REQUIRED", BUNDLE + "streamingCommand")
    expected: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
        "SYNC": ([command], [command]),
        "ASYNC": ([command], [command]),
        "STREAMING": ([streaming], []),  # Launch runs the image's entry point.
        "BATCH": ([], []),
    }
    for kind, (violations, errors) in expected.items():
        vendor = {**silent, "endpoint_config": {"min_workers": 1, "per_worker": 1}}
        template = a_template(endpoint_type=kind, vendor_configuration=vendor)
        assert codes(warnings(template)) == violations
        rendered = a_plan(template)
        assert codes(rendered.errors) == errors
        assert codes([*rendered.errors, *rendered.warnings]) == violations


@pytest.mark.parametrize(
    ("kind", "overrides"),
    [("SYNC", {"min_workers": 1}), ("STREAMING", {"min_workers": 1, "per_worker": 1})],
)
def test_sgps_defaults_need_overrides(kind: str, overrides: dict[str, Any]) -> None:
    commands = {"bundle_config": {"streaming_command": ["/serve"]}}
    template = a_template(endpoint_type=kind, vendor_configuration=commands)

    warned, plan = warnings(template), a_plan(template)
    rendered = a_plan(template, **overrides)
    endpoint: Any = rendered.create_model_endpoint_request

    assert {error.path[-1] for error in warned} == {
        "minWorkers" if name == "min_workers" else "perWorker" for name in overrides
    }
    assert list(plan.errors) == warned
    assert all(error.message.endswith("set it to 1.") for error in warned)
    assert plan.env is plan.create_model_bundle_request is None
    assert rendered.errors == ()
    assert endpoint.items() >= overrides.items()


def test_a_different_endpoint_type_is_only_a_warning() -> None:
    template = a_template(
        endpoint_type="BATCH",
        vendor_configuration={"endpoint_config": {"endpoint_type": "SYNC", "cpus": 99}},
    )

    rendered = a_plan(template)

    assert rendered.errors == ()
    assert rendered.create_model_endpoint_request is None
    assert codes(rendered.warnings) == codes(warnings(template))
    assert ("INCONSISTENT", ENDPOINT + "endpointType") in codes(rendered.warnings)


ARGUMENTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"name": ""}, [("REQUIRED", "name")]),
    ({"name": "a" * 63}, []),
    ({"name": "a" * 64}, [("OUT_OF_RANGE", "name")]),
    ({"name": "-a"}, [("INVALID", "name")]),
    ({"name": "a_b.c-d"}, []),
    ({"name": "a_"}, [("INVALID", "name")]),
    ({"name": "a b"}, [("INVALID", "name")]),
    ({"name": "a\n"}, [("INVALID", "name")]),
    ({"labels": {}}, [("REQUIRED", "labels.team"), ("REQUIRED", "labels.product")]),
    ({"labels": {**LABELS, "team": "a b"}}, [("INVALID", "labels.team")]),
    ({"labels": {**LABELS, "cost centre": "7"}}, [("INVALID", "labels.cost centre")]),
    ({"labels": {**LABELS, "acme.example/cost": "7", "a.b_c": "7"}}, []),
    ({"labels": {**LABELS, "user_id": "1"}}, [("INVALID", "labels.user_id")]),
    ({"labels": {**LABELS, "endpoint_name": "e"}}, [("INVALID", "labels.endpoint_name")]),
    ({"parameters": {"X": 1}}, [("UNKNOWN", "modelCreationParameters.X")]),
    ({"parameters": []}, [("INVALID", "modelCreationParameters")]),
    ({"min_workers": -1}, [("OUT_OF_RANGE", "autoscaling.minWorkers")]),
    ({"min_workers": 2}, [("INCONSISTENT", "autoscaling.minWorkers")]),
    ({"min_workers": 2, "max_workers": 1}, [("INCONSISTENT", "autoscaling.minWorkers")]),
    ({"max_workers": 251}, [("OUT_OF_RANGE", "autoscaling.maxWorkers")]),
    ({"per_worker": 0}, [("OUT_OF_RANGE", "autoscaling.perWorker")]),
    ({"min_workers": 0, "max_workers": 0, "per_worker": 50}, []),
]


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS)
def test_an_invalid_argument_is_named(
    arguments: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert codes(a_plan(a_template(), **arguments).errors) == expected


def test_an_override_below_the_templates_own_minimum_is_named() -> None:
    template = a_template(**endpoint("SYNC", min_workers=2, max_workers=3))

    assert codes(a_plan(template, max_workers=1).errors) == [
        ("INCONSISTENT", "autoscaling.maxWorkers")
    ]


def test_text_that_an_environment_cannot_hold_is_an_error() -> None:
    template = a_template(**with_parameters(a_parameter(name="A")))

    assert codes(a_plan(template, {"A": "a\0b"}).errors) == [
        ("INVALID", "modelCreationParameters.A")
    ]


def test_a_variable_is_at_most_as_long_as_linux_takes() -> None:
    template = a_template(**with_parameters(a_parameter(name="AB")))
    most = 131_072 - len("AB=\0")

    assert a_plan(template, {"AB": "é" * (most // 2)}).errors == ()
    (error,) = a_plan(template, {"AB": "é" * (most // 2) + "xx"}).errors
    assert (error.code.name, error.message) == (
        "OUT_OF_RANGE",
        "AB must be at most 131,068 bytes in UTF-8: Linux starts no container with more.",
    )


@pytest.mark.parametrize(
    "text",
    [
        *("${a-", "${a:-", "${b-}", "x_args=", "--a.", "a-", "0", "5", "[", "*", ":", "\\"),
        "'",
        "=a",
    ],
)
def test_no_command_takes_long_to_look_at(text: str) -> None:
    bundle = {"command": ["sh", text * (131_071 // len(text))], "env": {"b": "x" * 32_000}}
    template = a_template(vendor_configuration={"bundle_config": bundle})
    began = time.process_time()

    warnings(template)

    assert time.process_time() - began < 1


def test_all_errors_are_reported_at_once() -> None:
    template = a_template(
        **endpoint("STREAMING", per_worker=9), **with_parameters(a_parameter(required=True))
    )

    rendered = a_plan(template, {"Q": 1}, name="", labels={"team": "t"}, min_workers=0)

    assert sorted(codes(rendered.errors)) == [
        ("OUT_OF_RANGE", "autoscaling.minWorkers"),
        ("OUT_OF_RANGE", ENDPOINT + "perWorker"),
        ("REQUIRED", "labels.product"),
        ("REQUIRED", "modelCreationParameters.P"),
        ("REQUIRED", "name"),
        ("UNKNOWN", "modelCreationParameters.Q"),
    ]


VALUES = st.one_of(
    st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text())
)
EVERY_TYPE = with_parameters(
    a_parameter(name="A"),
    a_parameter(name="B", type="int"),
    a_parameter(name="C", type="float"),
    a_parameter(name="D", type="bool", default=True),
)


@given(st.dictionaries(st.sampled_from(["A", "B", "C", "D", "E"]), VALUES))
def test_a_rendered_environment_has_texts_only(parameters: dict[str, Any]) -> None:
    rendered = a_plan(a_template(**EVERY_TYPE), parameters)
    bundle: Any = rendered.create_model_bundle_request

    if rendered.errors:
        assert rendered.env is bundle is None
    else:
        assert {type(value) for value in (rendered.env or {}).values()} <= {str}
        assert bundle["flavor"]["env"] == rendered.env


def test_the_request_for_sgp_does_what_those_for_launch_do() -> None:
    changes = with_requests(endpoint("STREAMING", gpus=1, gpu_type="nvidia-tesla-t4"))
    rendered = a_plan(a_template(**changes))

    assert rendered.create_sgp_model_request == {
        "name": "my-model",
        "model_vendor": "launch",
        "model_type": "generic",
        "on_conflict": "error",
        "model_metadata": {},
        "vendor_configuration": {
            "model_image": {
                "registry": "docker.io",
                "repository": "library/echo-model",
                "tag": "0.1.0",
                "command": ["/serve"],
                "streaming_command": ["/serve"],
                "predict_route": "/predict",
                "streaming_predict_route": "/generate_streaming",
                "healthcheck_route": "/readyz",
                "env_vars": {},
                "readiness_delay": 120,
                "request_schema": {
                    "type": "object",
                    "properties": {"P": {"type": "string", "description": ""}},
                    "required": [],
                    "additionalProperties": False,
                },
            },
            "model_infra": {
                "endpoint_type": "streaming",
                "cpus": 3,
                "memory": "8Gi",
                "storage": "16Gi",
                "gpus": 1,
                "gpu_type": "nvidia-tesla-t4",
                "min_workers": 1,
                "max_workers": 1,
                "per_worker": 1,
                "high_priority": False,
                "labels": LABELS,
            },
        },
    }


def with_requests(changes: dict[str, Any]) -> dict[str, Any]:
    return {**changes, "model_request_parameters_schema": {"parameters": [a_parameter()]}}


def test_sgp_deploys_no_batch_model() -> None:
    rendered = a_plan(a_template(**endpoint("BATCH")))

    assert rendered.create_model_bundle_request is not None
    assert rendered.create_sgp_model_request is None
