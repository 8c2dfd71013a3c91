"""Checks bodies for POST /v5/models against the types of SGP's client for it, strictly."""

import json
import sys
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from scale_gp_beta.types.model_create_params import ModelLaunchModelCreateRequest
from typing_extensions import is_typeddict


def unknown(cls: Any, values: dict[str, Any]) -> list[str]:
    """The keys that a TypedDict lacks; it takes any."""
    hints = get_type_hints(cls)
    found = [name for name in values if name not in hints]
    for name in values.keys() & hints.keys():
        inner = (
            get_args(hints[name])[0]
            if get_origin(hints[name]) is not dict and get_args(hints[name])
            else hints[name]
        )
        if is_typeddict(inner):
            found += unknown(inner, values[name])
    return found


bodies = json.load(sys.stdin)
for body in bodies:
    TypeAdapter(ModelLaunchModelCreateRequest).validate_python(body)
json.dump([unknown(ModelLaunchModelCreateRequest, body) for body in bodies], sys.stdout)
