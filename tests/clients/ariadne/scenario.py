"""Writes, reads, plans and changes one template, and prints every answer."""

import json
import sys

from pydantic import BaseModel
from templates_client import TemplatesClient
from templates_client.enums import GpuType, ModelEndpointType, ModelType, ParameterType
from templates_client.input_types import (
    CreateModelTemplateInput,
    LaunchBundleConfigInput,
    LaunchEndpointConfigInput,
    LaunchVendorConfigurationInput,
    ModelTemplateFilter,
    ParameterSchemaFieldInput,
    ParameterSchemaInput,
    UpdateModelTemplateInput,
)

_, url, key = sys.argv
client = TemplatesClient(url, headers={"x-api-key": key})

bundle = LaunchBundleConfigInput(
    registry="docker.io",
    image="acme/embedder",
    tag="1.0.0",
    command=["python", "-m", "serve"],
    env={"RUST_LOG": "info"},
)
endpoint = LaunchEndpointConfigInput(gpus=1, gpuType=GpuType.NVIDIA_AMPERE_A10)
parameter = ParameterSchemaFieldInput(
    name="MODEL_PATH", type=ParameterType.STR, description="Weights.", required=True
)
created = client.create_template(
    CreateModelTemplateInput(
        accountId="a1",
        name="embedder",
        endpointType=ModelEndpointType.ASYNC,
        modelType=ModelType.EMBEDDING,
        labels={"team": "search"},
        vendorConfiguration=LaunchVendorConfigurationInput(
            bundleConfig=bundle, endpointConfig=endpoint
        ),
        modelCreationParametersSchema=ParameterSchemaInput(parameters=[parameter]),
    )
).createModelTemplate
assert created.modelTemplate is not None
id, revision = created.modelTemplate.id, created.modelTemplate.revision

listed = client.list_templates(first=1, filter_=ModelTemplateFilter(labels={"team": "search"}))
planned = client.plan_launch(
    id=id,
    name="search-embedder",
    parameters={"MODEL_PATH": "s3://models/embedder"},
    labels={"team": "search", "product": "semantic-search"},
)
change = UpdateModelTemplateInput(id=id, expectedRevision=revision, labels={"team": "ranking"})
changed = client.update_template(change)
stale = client.update_template(change)


def shown(answer: BaseModel | None) -> object:
    return None if answer is None else answer.model_dump(mode="json", by_alias=True)


print(
    json.dumps(
        {
            "created": shown(created),
            "listed": shown(listed.modelTemplates),
            "planned": shown(planned.modelTemplate),
            "changed": shown(changed.updateModelTemplate),
            "stale": shown(stale.updateModelTemplate),
        }
    )
)
