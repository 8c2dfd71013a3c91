"""The parts of the OpenAPI document that operations share: parameters, headers, and schemas of what
is no template, with examples."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import msgspec

from app.domain.access import Id, Identity, IdentityType
from app.domain.fields import compact
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.numbered_pages import DEFAULT_LIMIT, MAX_LIMIT
from app.rest.details import Detail
from app.rest.json_schemas import REF, JsonSchema, Use, ref
from app.rest.user_info import UserInfo

EXAMPLE = "01-bge-embedding-a10.json"
"""The seed that the examples show."""

EXAMPLE_ACCOUNT = "acct_1"

PARAMETERS: dict[str, JsonSchema] = {
    "model_template_id": {
        "name": "model_template_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
        "example": "01a20a4b-d737-7591-a374-e9672ece7c9d",
    },
    "page": {
        "name": "page",
        "in": "query",
        "description": "Number of the page, from 1.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1},
        "example": 1,
    },
    "limit": {
        "name": "limit",
        "in": "query",
        "description": "Templates on a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "example": DEFAULT_LIMIT,
    },
    "account_id": {
        "name": "account_id",
        "in": "query",
        "description": "The account that owns the templates; by default all that the key can read.",
        "schema": {"type": "string"},
        "example": EXAMPLE_ACCOUNT,
    },
    "x-selected-account-id": {
        "name": "x-selected-account-id",
        "in": "header",
        "description": "Restricts the request to one account of the key.",
        "schema": {"type": "string"},
        "example": EXAMPLE_ACCOUNT,
    },
    "x-stainless-retry-count": {
        "name": "x-stainless-retry-count",
        "in": "header",
        "description": "How often the client has sent the same request before. Above 0, a create "
        "answers the template of that name if the same caller created it with the same fields.",
        "schema": {"type": "integer", "minimum": 0},
    },
}

HEADERS: dict[str, JsonSchema] = {
    "x-request-id": {
        "description": "The id of the request, which is in the log of the server.",
        "required": True,
        "schema": {"type": "string"},
    },
    "retry-after": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "x-should-retry": {
        "description": "Whether SGP's client shall send the request again by itself.",
        "required": True,
        "schema": {"type": "string", "enum": ["false"]},
    },
}


def content(schema: JsonSchema, value: Any) -> JsonSchema:
    """The content of a request or response, with an example."""
    shown = {} if value is None else {"example": value}
    return {"application/json": {"schema": schema, **shown}}


def numbers(total: int) -> dict[str, int]:
    """The numbers of a page."""
    return {"total_item_count": total, "current_page": 1, "items_per_page": DEFAULT_LIMIT}


def other_schemas() -> dict[str, JsonSchema]:
    """The schemas of what is no template, by name."""
    _, found = msgspec.json.schema_components([Detail, UserInfo], ref_template=REF + "{name}")
    whole = {"type": "integer", "minimum": 0}
    return {
        **{name: _without_titles(schema) for name, schema in found.items()},
        "Page": {
            "type": "object",
            "description": "A page of templates, oldest first. Past the end, items is empty.",
            "properties": {
                "items": {"type": "array", "items": ref(ModelTemplate, Use.ANSWER)},
                **dict.fromkeys(numbers(1), whole),
            },
            "required": ["items", *numbers(1)],
        },
        "Deleted": {
            "type": "object",
            "properties": {"success": {"const": True}, "count": {"const": 1}},
            "required": ["success", "count"],
        },
        "Error": {
            "type": "object",
            "properties": {
                "detail": {"type": "array", "minItems": 1, "items": {"$ref": REF + "Detail"}}
            },
            "required": ["detail"],
            "additionalProperties": False,
        },
        "ErrorV3": {
            "type": "object",
            "properties": {"detail": {"type": "string"}},
            "required": ["detail"],
            "additionalProperties": False,
        },
    }


def _without_titles(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "title"}


def example() -> Any:
    """The body of a create."""
    seed = json.loads(files("seeds").joinpath(EXAMPLE).read_text())
    return {"account_id": EXAMPLE_ACCOUNT, **seed}


def example_answer() -> Any:
    """The answer to it."""
    template = ModelTemplate.create(
        msgspec.convert(example(), CreateModelTemplate),
        id=PARAMETERS["model_template_id"]["example"],
        identity=Identity(identity_id=Id("me"), identity_type=IdentityType.USER),
        at=datetime(2026, 11, 25, 19, 28, tzinfo=UTC),
    )
    return msgspec.to_builtins(compact(template.as_shown()))
