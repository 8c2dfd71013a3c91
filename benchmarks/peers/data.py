"""The data set: templates that are the same in every run, as documents, answers and inputs."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from app.domain.model_template import ModelTemplate
from app.domain.naming import camel
from app.domain.vendor_configuration import GpuType
from app.storage.codec import from_document
from app.storage.templates import stored

Document = dict[str, Any]

TEMPLATES, ACCOUNTS = 100_000, 100
NEW_ACCOUNTS = 10
"""Accounts that templates are created in, so that the lists of the others stay the same."""

CREATED = datetime(2025, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(seconds=7)
ENDPOINT_TYPES = ["SYNC", "ASYNC", "STREAMING", "BATCH"]
MODEL_TYPES = ["COMPLETION", "CHAT_COMPLETION", "AGENT", "EMBEDDING", "RERANKING", "GENERIC"]
PROTOCOLS = ["SGP", "COHERE", "VLLM"]
PARAMETER_TYPES = ["str", "int", "float", "bool"]
PARAMETERS = [
    *("temperature", "max_new_tokens", "top_p"),
    *("stop_sequences", "return_token_log_probs", "guided_json"),
]


class Schema(Enum):
    """The schema that a server answers in."""

    OURS = "ours"
    PEERS = "peers"


def template_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def account(number: int) -> str:
    """The account of a template, or the account with a number below ACCOUNTS."""
    return f"acct-{number % ACCOUNTS:03}"


def new_account(number: int) -> str:
    return f"new-{number % NEW_ACCOUNTS:03}"


def created_at(number: int) -> datetime:
    return CREATED + number * INTERVAL


def document(number: int) -> Document:
    """The document of a template, as the peers store it."""
    endpoint_type = ENDPOINT_TYPES[number % 4]
    streams = endpoint_type == "STREAMING"
    serve = ["python", "-m", "server"]
    return {
        "_id": template_id(number),
        "account_id": account(number),
        "name": f"template-{number:06}",
        "created_at": created_at(number),
        "created_by_user_id": "bench",
        "endpoint_type": endpoint_type,
        "model_type": MODEL_TYPES[number % 6],
        "endpoint_protocol": PROTOCOLS[number % 3],
        "vendor_configuration": {
            "vendor": "LAUNCH",
            "bundle_config": {
                "registry": "registry.example.com",
                "image": f"models/llm-{number % 50}",
                "tag": f"v1.{number % 30}",
                "command": [*serve, "--port", "5005", "--workers", "2"],
                "env": {
                    "LOG_LEVEL": "INFO",
                    "HF_HOME": "/cache/hf",
                    "CUDA_VISIBLE_DEVICES": "0,1",
                    "MODEL_NAME": f"llm-{number % 50}",
                    "OMP_NUM_THREADS": "4",
                },
                "readiness_initial_delay_seconds": 120,
                "healthcheck_route": "/readyz",
                "predict_route": "/predict",
                "streaming_command": [*serve, "--stream"] if streams else None,
                "streaming_predict_route": "/stream" if streams else None,
            },
            "endpoint_config": {
                "cpus": 4,
                "memory": "16Gi",
                "storage": "64Gi",
                "gpus": 1,
                "gpu_type": GpuType.NVIDIA_AMPERE_A10.value,
                "min_workers": 0,
                "max_workers": 2 + number % 4,
                "per_worker": 8,
                "high_priority": number % 5 == 0,
                "endpoint_type": endpoint_type,
            },
        },
        "model_creation_parameters_schema": _parameters(number, "creation"),
        "model_request_parameters_schema": _parameters(number, "request"),
    }


def _parameters(number: int, purpose: str) -> Document:
    return {
        "parameters": [
            {
                "name": name,
                "type": PARAMETER_TYPES[(number + index) % 4],
                "required": (number + index) % 2 == 0,
                "description": f"The {name} {purpose} parameter",
            }
            for index, name in enumerate(PARAMETERS)
        ]
    }


def our_document(number: int) -> Document:
    """The document of the same template, as our server stores it."""
    peers = document(number)
    template = {
        **peers,
        "created_by_identity_type": "user",
        "updated_at": peers["created_at"],
        "updated_by_user_id": peers["created_by_user_id"],
    }
    return stored(from_document(template, ModelTemplate))


def answer(number: int, schema: Schema) -> Document:
    """The template in a schema, with `createdAt` as a time."""
    found = document(number)
    return _in_schema({"id": found.pop("_id"), **found}, schema)


def _in_schema(values: Document, schema: Schema) -> Document:
    """Documents differ from the schema in the case of names. Maps of variables are lists of pairs
    in the peers' schema, and our enums show the names of members."""
    shown: Document = _camel(values)
    bundle = shown["vendorConfiguration"]["bundleConfig"]
    endpoint = shown["vendorConfiguration"]["endpointConfig"]
    if schema is Schema.PEERS:
        bundle["env"] = [{"name": name, "value": value} for name, value in bundle["env"].items()]
        return shown
    endpoint["gpuType"] = GpuType(endpoint["gpuType"]).name
    for name in ("modelCreationParametersSchema", "modelRequestParametersSchema"):
        for parameter in shown[name]["parameters"]:
            parameter["type"] = parameter["type"].upper()
    return shown


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            camel(name): each if name == "env" else _camel(each) for name, each in value.items()
        }
    return [*map(_camel, value)] if isinstance(value, list) else value


def new_input(number: int, name: str, schema: Schema) -> Document:
    """The input that creates a template like `number` in one of the new accounts."""
    created = answer(number, schema) | {"accountId": new_account(number), "name": name}
    given_by_key = {"createdByUserId"} if schema is Schema.OURS else set()
    left_out = {"id", "createdAt", *given_by_key}
    return {name: value for name, value in created.items() if name not in left_out}
