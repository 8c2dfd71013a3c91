"""Templates stored by a newer release, with values that this release does not know."""

from collections.abc import Sequence
from typing import Any

from app.domain.naming import camel
from app.storage.driver import Database
from app.storage.templates import TEMPLATES
from tests.builders import a_parameter, a_wire_template, an_input, with_parameters
from tests.conftest import Caller

GPU = "nvidia-blackwell-b200"
TUNED = {
    "registry": "docker.io",
    "image": "tune",
    "tag": "1",
    "training_dataset_schema_type": "GENERATION",
    "resources": {"gpus": 1, "gpu_type": "nvidia-tesla-t4"},
}
WHOLE = {
    "endpoint_protocol": "SGP",
    "vendor_configuration": {
        "bundle_config": {"forwarder_type": "PASSTHROUGH"},
        "endpoint_config": {
            "gpus": 1,
            "gpu_type": "nvidia-tesla-t4",
            "endpoint_type": "ASYNC",
        },
        "fine_tuning_job_bundle_config": TUNED,
    },
    **with_parameters(a_parameter(name="A"), a_parameter(name="B", type="int")),
    "model_request_parameters_schema": {"parameters": [a_parameter()]},
}
"""A change of the minimal template: every field that has a value of an enum is set."""

ENDPOINT = "vendor_configuration.endpoint_config"
BUNDLE = "vendor_configuration.bundle_config"
JOB = "vendor_configuration.fine_tuning_job_bundle_config"
NULLABLE = {
    "endpoint_protocol": "TGI",
    f"{ENDPOINT}.gpu_type": GPU,
    f"{JOB}.resources.gpu_type": GPU,
    f"{JOB}.training_dataset_schema_type": "IMAGES",
}
NOT_NULLABLE = {
    "endpoint_type": "BIDI",
    "model_type": "VIDEO",
    "vendor_configuration.vendor": "LIFTOFF",
    f"{ENDPOINT}.endpoint_type": "BIDI",
    f"{BUNDLE}.forwarder_type": "GRPC",
    "model_creation_parameters_schema.parameters.1.type": "list",
    "model_request_parameters_schema.parameters.0.type": "list",
    "created_by_identity_type": "robot",
}
EVERYWHERE = NULLABLE | NOT_NULLABLE
"""Each kind of place in a template, and an unknown value for it."""


async def stored(store: Database, caller: Caller, values: dict[str, Any], **changes: Any) -> str:
    """Create a template, store the values in it as a newer release would, and return its id."""
    created = await caller.create(an_input(a_wire_template(**{**WHOLE, **changes})))
    id = str(created["modelTemplate"]["id"])
    await store[TEMPLATES].update_one({"_id": id}, {"$set": values})
    return id


async def answered(caller: Caller, query: str, **variables: Any) -> tuple[Any, list[Any]]:
    answer = (await caller.post(query, **variables)).json()
    return answer["data"], answer.get("errors", [])


def api_path(place: str) -> list[str | int]:
    """The path in a response for a path in a document."""
    return [int(part) if part.isdecimal() else camel(part) for part in place.split(".")]


def value_at(data: Any, path: Sequence[object]) -> Any:
    for key in path:
        data = data[key]
    return data


def not_known(name: Any, value: str) -> str:
    return f"{name} has a value that this release does not know: {value}."


async def updated(caller: Caller, id: str, **changes: Any) -> Any:
    query = """mutation($input: UpdateModelTemplateInput!) { updateModelTemplate(input: $input) {
      modelTemplate { revision archivedAt modelType
        vendorConfiguration { endpointConfig { gpuType } } }
      errors { code message path } } }"""
    data, errors = await answered(caller, query, input={"id": id, **changes})
    return data["updateModelTemplate"], errors
