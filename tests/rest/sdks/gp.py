"""What a program does that keeps templates in SGP with scale-gp. The environment says where SGP is.

Reads `{"do": name, ...}` on standard input, and writes what came of it to standard output.
"""

import json
import sys
import time
from typing import Any

from scale_gp import APIStatusError, SGPClient
from scale_gp.types import ModelTemplate

client = SGPClient(_strict_response_validation=True)
templates = client.model_templates


def shown(template: ModelTemplate) -> Any:
    return template.to_dict(mode="json")


def keep(given: list[dict[str, Any]]) -> Any:
    """Creates and retrieves each template."""
    made = [templates.create(**each) for each in given]
    return {
        "created": [shown(each) for each in made],
        "retrieved": [shown(templates.retrieve(each.id)) for each in made],
    }


def page(limit: int) -> Any:
    """The ids of all templates, page by page, as the client does by itself."""
    return [each.id for each in templates.list(limit=limit)]


def delete(ids: list[str]) -> Any:
    return [client.model_templates.delete(id).to_dict() for id in ids]


def fail(attempts: list[dict[str, Any]]) -> Any:
    """The errors of calls, and how long each took with the client's own retries."""
    found = []
    for attempt in attempts:
        begun = time.monotonic()
        changed = client.with_options(**attempt.get("options", {}))
        call = getattr(changed.model_templates, attempt["call"])
        try:
            call(*attempt.get("args", ()), **attempt.get("kwargs", {}))
        except APIStatusError as error:
            found.append(
                {
                    "class": type(error).__name__,
                    "status": error.status_code,
                    "text": str(error),
                    "seconds": time.monotonic() - begun,
                }
            )
    return found


given = json.load(sys.stdin)
json.dump(globals()[given.pop("do")](**given), sys.stdout)
