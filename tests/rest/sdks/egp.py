"""What a program does that keeps templates in SGP with scale-egp, the older client. The environment
says where SGP is.

Reads `{"do": name, ...}` on standard input, and writes what came of it to standard output.
"""

import json
import sys
from typing import Any

from scale_egp.exceptions import EGPException
from scale_egp.sdk.client import EGPClient
from scale_egp.sdk.types.model_templates import ModelTemplate, ModelTemplateRequest

client = EGPClient()
templates = client.model_templates()


def shown(template: ModelTemplate) -> Any:
    return json.loads(template.json())


def create(values: dict[str, Any]) -> ModelTemplate:
    request = ModelTemplateRequest(**{"account_id": client.account_id, **values})
    fields = {name: getattr(request, name) for name in request.__fields__}
    del fields["endpoint_protocol"]
    return templates.create(**fields)


def keep(given: list[dict[str, Any]]) -> Any:
    """Creates, reads, lists, updates and deletes each template."""
    made = [create(each) for each in given]
    found = {
        "account": client.account_id,
        "created": [shown(each) for each in made],
        "read": [shown(templates.get(each.id)) for each in made],
        "listed": [shown(each) for each in templates.list()],
        "updated": [shown(rename(each)) for each in made],
    }
    return {**found, "deleted": [templates.delete(each.id) for each in made]}


def rename(template: ModelTemplate) -> ModelTemplate:
    configuration = template.vendor_configuration
    configuration.bundle_config.tag = "2"
    return templates.update(
        template.id, name=f"{template.name}-2", vendor_configuration=configuration
    )


def fail(given: dict[str, Any]) -> Any:
    """The texts of errors: of a template that violates rules, of one that exists, of none."""
    create(given)
    wrong = {**given, "name": "\u0007"}
    calls = [
        lambda: create(wrong),
        lambda: create(given),
        lambda: templates.get("none"),
        lambda: create({**given, "account_id": "b1"}),
    ]
    found = []
    for call in calls:
        try:
            call()
        except EGPException as error:
            found.append({"class": type(error).__name__, "code": error.code, "text": str(error)})
    return found


given = json.load(sys.stdin)
json.dump(globals()[given.pop("do")](**given), sys.stdout)
