"""The reference of SGP's routes for people: a static page that the OpenAPI document is rendered to,
without scripts, and without anything from another host."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain.cpu_time import off_loop
from app.rest.openapi import document
from app.web.auth import Authentication
from app.web.compression import page_response
from app.web.pages.assets import Assets
from app.web.pages.page import Page, plain

TITLE = "Reference · Model Templates"
_DOCUMENT_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-cache",
}

Json = dict[str, Any]


class Reference:
    """The OpenAPI document, and the page; both are made at the first request. With
    `authentication`, the document is only for callers with a key."""

    def __init__(self, version: str, authentication: Authentication | None = None) -> None:
        self._version = version
        self._authentication = authentication
        self._page: Page | None = None

    async def openapi(self, request: Request) -> Response:
        """The document as a response. Raises RequestError for a caller without a key."""
        if self._authentication is not None:
            await self._authentication.caller(request.scope)
        content = await off_loop(True, document, self._version)
        return page_response(content.decode(), _DOCUMENT_HEADERS, request.scope)

    async def page(self, assets: Assets, request: Request) -> Response:
        """The page as a response."""
        if self._page is None:
            self._page = await off_loop(True, self._rendered, assets)
        return await self._page.answer(request)

    def _rendered(self, assets: Assets) -> Page:
        return plain(assets, TITLE, _body(json.loads(document(self._version))))


def _body(api: Json) -> str:
    return "\n".join(
        [
            f"<main><h1>{escape(api['info']['title'])}</h1>",
            f"<p>{escape(api['info']['description'])} ",
            'For programs: <a href="/openapi.json">OpenAPI 3.1</a>. <a href="/">Home</a></p>',
            rendered(api),
            "</main>",
        ]
    )


def rendered(api: Json) -> str:
    """The operations, errors and schemas of an OpenAPI document, as HTML below a heading."""
    operations = [
        (method, path, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    return "\n".join(
        [
            _contents(operations, api),
            *(_operation(api, *each) for each in operations),
            "<h2>Errors</h2>",
            *_errors(api),
            *(_schema(name, schema) for name, schema in api["components"]["schemas"].items()),
        ]
    )


def _contents(operations: list[tuple[str, str, Json]], api: Json) -> str:
    links = [
        f'<li><a href="#{escape(operation["operationId"])}"><strong>{_route(method, path)}'
        f"</strong><span>{escape(operation['summary'])}</span></a></li>"
        for method, path, operation in operations
    ]
    return f'<nav aria-label="Operations"><ul class="links">{"".join(links)}</ul></nav>'


def _route(method: str, path: str) -> str:
    return f"{method.upper()} {escape(path)}"


def _operation(api: Json, method: str, path: str, operation: Json) -> str:
    parts = [
        f'<h2 id="{escape(operation["operationId"])}"><code>{_route(method, path)}</code></h2>',
        f"<p>{escape(operation['description'])}</p>",
        _parameters(api, operation["parameters"]),
    ]
    if "requestBody" in operation:
        parts += ["<p>Body: ", *_content(operation["requestBody"]["content"])]
    parts += ["<p>Answer: ", *_content(operation["responses"]["200"]["content"])]
    statuses = [status for status in operation["responses"] if status != "200"]
    links = ", ".join(f'<a href="#{status}">{status}</a>' for status in statuses)
    return "\n".join([*parts, f"<p>Errors: {links}</p>"])


def _parameters(api: Json, refs: list[Json]) -> str:
    found = [api["components"]["parameters"][each["$ref"].rpartition("/")[2]] for each in refs]
    rows = [
        f"<li><code>{escape(each['name'])}</code> ({each['in']}, {_type(each['schema'])}) "
        f"{escape(each.get('description', ''))}</li>"
        for each in found
    ]
    return f"<ul>{''.join(rows)}</ul>"


def _content(content: Json) -> Iterator[str]:
    (json_content,) = content.values()
    yield f"{_type(json_content['schema'])}</p>"
    if "example" in json_content:
        yield _example(json_content["example"])


def _example(value: Any) -> str:
    text = escape(json.dumps(value, indent=2, ensure_ascii=False), quote=False)
    return (
        f'<details><summary>Example</summary><pre tabindex="0"><code>{text}</code></pre></details>'
    )


def _errors(api: Json) -> Iterator[str]:
    for name, response in api["components"]["responses"].items():
        status = name.removeprefix("Error")
        if status.isdecimal():
            yield f'<h2 id="{status}">{status}</h2><p>{escape(response["description"])}</p>'
            (content,) = response["content"].values()
            yield _example(content["example"])


def _schema(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    rows = [
        _field(field, each, is_required=field in required)
        for field, each in schema["properties"].items()
    ]
    about = escape(schema.get("description", ""))
    title = f'<h2 id="{escape(name)}">{escape(name)}</h2>'
    return f"{title}<p>{about}</p><ul>{''.join(rows)}</ul>"


def _field(name: str, schema: Json, *, is_required: bool) -> str:
    required = ", required" if is_required else ""
    about = escape(schema.get("description", ""))
    kind = f"{_type(schema)}{required}{_default(schema)}"
    return f"<li><code>{escape(name)}</code> ({kind}) {about}</li>"


def _default(schema: Json) -> str:
    if "default" not in schema:
        return ""
    return f", default <code>{escape(json.dumps(schema['default']))}</code>"


def _type(schema: Json) -> str:
    """The type of a value as HTML, with a link to the schema of an object."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return escape(str(schema.get("type", "any value")))
