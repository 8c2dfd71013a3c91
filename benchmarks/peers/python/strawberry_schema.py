"""The schema of node/schema.graphql, as one writes it first with Strawberry and Motor."""

import os
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any
from uuid import uuid4

import strawberry
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

Document = dict[str, Any]


@cache
def templates() -> Any:
    """The collection, made in the event loop that uses it."""
    client: Any = AsyncIOMotorClient(os.environ["MONGODB_URI"], tz_aware=True)
    return client[os.environ["MONGODB_DATABASE"]].get_collection(
        "model_templates", write_concern=WriteConcern("majority", j=True)
    )


@strawberry.enum
class EndpointType(Enum):
    SYNC = "SYNC"
    ASYNC = "ASYNC"
    STREAMING = "STREAMING"
    BATCH = "BATCH"


@strawberry.enum
class ModelType(Enum):
    COMPLETION = "COMPLETION"
    CHAT_COMPLETION = "CHAT_COMPLETION"
    AGENT = "AGENT"
    EMBEDDING = "EMBEDDING"
    RERANKING = "RERANKING"
    GENERIC = "GENERIC"


@strawberry.enum
class EndpointProtocol(Enum):
    SGP = "SGP"
    COHERE = "COHERE"
    VLLM = "VLLM"


@strawberry.enum
class Vendor(Enum):
    LAUNCH = "LAUNCH"


@strawberry.enum
class ParameterType(Enum):
    str = "str"
    int = "int"
    float = "float"
    bool = "bool"


@strawberry.type
class EnvVar:
    name: str
    value: str


@strawberry.type
class BundleConfig:
    registry: str
    image: str
    tag: str
    command: list[str]
    env: list[EnvVar]
    readiness_initial_delay_seconds: int
    healthcheck_route: str | None
    predict_route: str | None
    streaming_command: list[str] | None
    streaming_predict_route: str | None


@strawberry.type
class EndpointConfig:
    cpus: int
    memory: str
    storage: str | None
    gpus: int | None
    gpu_type: str | None
    min_workers: int
    max_workers: int
    per_worker: int
    high_priority: bool
    endpoint_type: EndpointType


@strawberry.type
class VendorConfiguration:
    vendor: Vendor
    bundle_config: BundleConfig
    endpoint_config: EndpointConfig


@strawberry.type
class Parameter:
    name: str
    type: ParameterType
    description: str
    required: bool


@strawberry.type
class ParametersSchema:
    parameters: list[Parameter]


@strawberry.type
class ModelTemplate:
    id: strawberry.ID
    account_id: str
    name: str
    created_at: datetime
    created_by_user_id: str
    endpoint_type: EndpointType
    model_type: ModelType
    endpoint_protocol: EndpointProtocol
    vendor_configuration: VendorConfiguration
    model_creation_parameters_schema: ParametersSchema | None
    model_request_parameters_schema: ParametersSchema | None


def parameters_schema(document: Document | None) -> ParametersSchema | None:
    if document is None:
        return None
    return ParametersSchema(
        parameters=[
            Parameter(**{**parameter, "type": ParameterType(parameter["type"])})
            for parameter in document["parameters"]
        ]
    )


def model_template(document: Document) -> ModelTemplate:
    configuration = document["vendor_configuration"]
    bundle, endpoint = configuration["bundle_config"], configuration["endpoint_config"]
    env = [EnvVar(name=name, value=value) for name, value in bundle["env"].items()]
    endpoint_type = EndpointType(endpoint["endpoint_type"])
    return ModelTemplate(
        id=document["_id"],
        account_id=document["account_id"],
        name=document["name"],
        created_at=document["created_at"],
        created_by_user_id=document["created_by_user_id"],
        endpoint_type=EndpointType(document["endpoint_type"]),
        model_type=ModelType(document["model_type"]),
        endpoint_protocol=EndpointProtocol(document["endpoint_protocol"]),
        vendor_configuration=VendorConfiguration(
            vendor=Vendor(configuration["vendor"]),
            bundle_config=BundleConfig(**{**bundle, "env": env}),
            endpoint_config=EndpointConfig(**{**endpoint, "endpoint_type": endpoint_type}),
        ),
        model_creation_parameters_schema=parameters_schema(
            document["model_creation_parameters_schema"]
        ),
        model_request_parameters_schema=parameters_schema(
            document["model_request_parameters_schema"]
        ),
    )


@strawberry.input
class EnvVarInput:
    name: str
    value: str


@strawberry.input
class BundleConfigInput:
    registry: str
    image: str
    tag: str
    command: list[str]
    env: list[EnvVarInput]
    readiness_initial_delay_seconds: int
    healthcheck_route: str | None = None
    predict_route: str | None = None
    streaming_command: list[str] | None = None
    streaming_predict_route: str | None = None


@strawberry.input
class EndpointConfigInput:
    cpus: int
    memory: str
    storage: str | None = None
    gpus: int | None = None
    gpu_type: str | None = None
    min_workers: int
    max_workers: int
    per_worker: int
    high_priority: bool
    endpoint_type: EndpointType


@strawberry.input
class VendorConfigurationInput:
    vendor: Vendor
    bundle_config: BundleConfigInput
    endpoint_config: EndpointConfigInput


@strawberry.input
class ParameterInput:
    name: str
    type: ParameterType
    description: str
    required: bool


@strawberry.input
class ParametersSchemaInput:
    parameters: list[ParameterInput]


@strawberry.input
class CreateModelTemplateInput:
    account_id: str
    name: str
    created_by_user_id: str
    endpoint_type: EndpointType
    model_type: ModelType
    endpoint_protocol: EndpointProtocol
    vendor_configuration: VendorConfigurationInput
    model_creation_parameters_schema: ParametersSchemaInput | None = None
    model_request_parameters_schema: ParametersSchemaInput | None = None


def parameters_document(schema: ParametersSchemaInput | None) -> Document | None:
    if schema is None:
        return None
    return {
        "parameters": [
            {**vars(parameter), "type": parameter.type.value} for parameter in schema.parameters
        ]
    }


def new_document(input: CreateModelTemplateInput) -> Document:
    configuration = input.vendor_configuration
    bundle, endpoint = configuration.bundle_config, configuration.endpoint_config
    return {
        "_id": str(uuid4()),
        "account_id": input.account_id,
        "name": input.name,
        "created_at": datetime.now(UTC),
        "created_by_user_id": input.created_by_user_id,
        "endpoint_type": input.endpoint_type.value,
        "model_type": input.model_type.value,
        "endpoint_protocol": input.endpoint_protocol.value,
        "vendor_configuration": {
            "vendor": configuration.vendor.value,
            "bundle_config": {
                **vars(bundle),
                "env": {each.name: each.value for each in bundle.env},
            },
            "endpoint_config": {**vars(endpoint), "endpoint_type": endpoint.endpoint_type.value},
        },
        "model_creation_parameters_schema": parameters_document(
            input.model_creation_parameters_schema
        ),
        "model_request_parameters_schema": parameters_document(
            input.model_request_parameters_schema
        ),
    }


@strawberry.type
class Query:
    @strawberry.field
    async def model_template(self, id: strawberry.ID) -> ModelTemplate | None:
        document = await templates().find_one({"_id": id})
        return None if document is None else model_template(document)

    @strawberry.field
    async def model_templates(
        self, account_id: str, first: int = 50, before: datetime | None = None
    ) -> list[ModelTemplate]:
        condition: Document = {"account_id": account_id}
        if before is not None:
            condition["created_at"] = {"$lt": before}
        found = templates().find(condition).sort([("created_at", -1), ("_id", -1)]).limit(first)
        return [model_template(document) for document in await found.to_list(first)]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def create_model_template(self, input: CreateModelTemplateInput) -> ModelTemplate:
        document = new_document(input)
        await templates().insert_one(document)
        return model_template(document)
