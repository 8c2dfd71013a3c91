"""The OpenAPI document of SGP's routes."""

import inspect
import json
from functools import cache

import msgspec

from app.domain.model_template import CreateModelTemplate, ModelTemplate, ModelTemplateSpec
from app.rest.json_schemas import REF, JsonSchema, Use, ref, schemas
from app.rest.openapi_components import (
    HEADERS,
    PARAMETERS,
    content,
    example,
    example_answer,
    numbers,
    other_schemas,
)
from app.rest.openapi_errors import error_responses, errors_of
from app.rest.operations import DELETED
from app.rest.sgp_routes import OPERATIONS, USER_INFO, SgpOperation

TITLE = "Model Templates: SGP's routes"
ABOUT = (
    "The routes for model templates of the Scale GenAI Platform (SGP), version 4 as its client "
    "scale-gp calls them, and version 3 as scale-egp does. Unknown fields are refused. Null is the "
    "default of a field that cannot be null."
)


@cache
def document(version: str) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(_document(version))


def _document(version: str) -> JsonSchema:
    paths: dict[str, JsonSchema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": version, "description": ABOUT},
        "security": [{"api_key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "schemas": {**schemas(), **other_schemas()},
            "responses": error_responses(),
        },
    }


def _operation(operation: SgpOperation) -> JsonSchema:
    ours = [_parameter(name) for name in operation.parameters]
    ids = [_parameter("model_template_id")] if "{" in operation.path else []
    repeats = [_parameter("x-stainless-retry-count")] if operation.method == "POST" else []
    return {
        "operationId": operation.name,
        "summary": _summary(operation),
        "description": _about(operation),
        "tags": [operation.path.split("/")[1]],
        "parameters": [*ids, *ours, _parameter("x-selected-account-id"), *repeats],
        **({"requestBody": _body(operation)} if operation.takes_body else {}),
        "responses": {
            "200": _success(operation),
            **errors_of(operation),
        },
    }


def _about(operation: SgpOperation) -> str:
    return " ".join((inspect.getdoc(operation.run) or "").split())


def _summary(operation: SgpOperation) -> str:
    return _about(operation).partition(". ")[0].removesuffix(".")


def _body(operation: SgpOperation) -> JsonSchema:
    is_patch = operation.method == "PATCH"
    cls, use = (ModelTemplateSpec, Use.PATCH) if is_patch else (CreateModelTemplate, Use.CREATE)
    given = {"name": "sentence-embedding-2"} if is_patch else example()
    return {"required": True, "content": content(ref(cls, use), given)}


def _success(operation: SgpOperation) -> JsonSchema:
    template, shown = ref(ModelTemplate, Use.ANSWER), example_answer()
    one_page = {"items": [shown], **numbers(1)}
    schema, value = {
        "list": (
            ({"type": "array", "items": template}, [shown])
            if operation.is_v3
            else ({"$ref": REF + "Page"}, one_page)
        ),
        "delete": ({"$ref": REF + "Deleted"}, json.loads(DELETED)),
        USER_INFO[1:].replace("-", "_"): ({"$ref": REF + "UserInfo"}, None),
    }.get(operation.name.rpartition(".")[2], (template, shown))
    return {
        "description": "Done.",
        "headers": {"x-request-id": {"$ref": "#/components/headers/x-request-id"}},
        "content": content(schema, value),
    }


def _parameter(name: str) -> JsonSchema:
    return {"$ref": f"#/components/parameters/{name}"}
