"""Templates that tests of the catalog make, find and remove behind its back."""

from typing import Any

from tests.program import Banner

CREATE = (
    "mutation($input: CreateModelTemplateInput!) "
    "{ createModelTemplate(input: $input) { modelTemplate { id } } }"
)
UPDATE = (
    "mutation($input: UpdateModelTemplateInput!) "
    "{ updateModelTemplate(input: $input) { errors { message } } }"
)
UPDATED: Any = {"data": {"updateModelTemplate": {"errors": []}}}
DELETE = "mutation($id: ID!) { deleteModelTemplate(input: {id: $id}) { errors { message } } }"
FIND = (
    "query($name: String!) "
    "{ modelTemplates(filter: {name: $name, archived: null}) { nodes { id } } }"
)
READ = """query($id: ID!) { modelTemplate(id: $id) {
  name description labels endpointType modelType revision archivedAt
  vendorConfiguration {
    bundleConfig { registry image tag command env }
    endpointConfig { cpus gpus gpuType memory endpointType }
    fineTuningJobBundleConfig { imageReference mountLocation resources { cpus } }
  }
  modelCreationParametersSchema {
    parameters { name type description required default enum minimum pattern }
  }
} }"""


def a_template(name: str) -> Any:
    """The smallest valid template."""
    return {
        "accountId": "demo",
        "name": name,
        "endpointType": "ASYNC",
        "modelType": "GENERIC",
        "vendorConfiguration": {
            "bundleConfig": {"registry": "docker.io", "image": "acme/a", "tag": "1"}
        },
    }


def found(site: Banner, name: str) -> Any:
    """The template of a name."""
    nodes = site.ask(FIND, name=name).json()["data"]["modelTemplates"]["nodes"]
    assert len(nodes) == 1
    return site.ask(READ, id=nodes[0]["id"]).json()["data"]["modelTemplate"]
