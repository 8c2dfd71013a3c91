"""Lists of every filter, order and kind of search of the API, and what the contract says they have.

For comparisons between releases: everything is said in terms of the API, with templates as it shows
them. No search has a word of an image or an id, which 0.1.0 did not search, of `an_entry`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from tests.builders import a_wire_template

ORDERS = [
    {"field": field, "direction": direction}
    for field in ("CREATED_AT", "UPDATED_AT", "NAME")
    for direction in ("ASC", "DESC")
]
MIDDLE = "the time of the template in the middle"
USER = "who created the first template"

FILTERS: list[dict[str, Any]] = [
    {"search": "emb"},
    {"search": "CHAT vll"},
    {"search": "prose"},
    {"search": "team blue"},
    {"search": "nowhere"},
    {"search": " \t"},
    {"name": "vllm-chat-02"},
    {"name": "vllm"},
    {"modelType": ["EMBEDDING"]},
    {"modelType": ["EMBEDDING", "CHAT_COMPLETION"]},
    {"endpointType": ["SYNC", "STREAMING"]},
    {"endpointProtocol": ["VLLM"]},
    {"gpuType": ["NVIDIA_TESLA_T4", "NVIDIA_AMPERE_A10"]},
    {"labels": {"team": "blue"}},
    {"labels": {"team": "red", "tier": "gold"}},
    {"createdByUserId": USER},
    {"createdAfter": MIDDLE},
    {"createdBefore": MIDDLE},
    {"accountId": "a2"},
    {"search": "prose", "modelType": ["GENERIC"], "archived": None},
    {"labels": {"team": "blue"}, "createdAfter": MIDDLE, "archived": None},
    {"accountId": "a1", "endpointType": ["ASYNC"], "search": "embed", "archived": True},
]
ARCHIVED: list[dict[str, Any]] = [{}, {"archived": True}, {"archived": None}]

TABLE: list[tuple[dict[str, Any], dict[str, str]]] = [
    *((filter, order) for order in ORDERS for filter in ARCHIVED),
    *(
        (filter, ORDERS[(number + turn) % len(ORDERS)])
        for turn in (0, 3)
        for number, filter in enumerate(FILTERS)
    ),
    ({"createdByUserId": "nobody"}, ORDERS[0]),
]
"""63 filters and orders: lists of everything in each order, and each filter in two orders."""

SELECTION = """{ id name description labels endpointType modelType endpointProtocol accountId
  createdAt updatedAt archivedAt createdByUserId revision
  vendorConfiguration { bundleConfig { imageReference } endpointConfig { gpuType } } }"""
LIST = f"""query($filter: ModelTemplateFilter, $orderBy: ModelTemplateOrder, $after: String) {{
  modelTemplates(first: 9, after: $after, filter: $filter, orderBy: $orderBy) {{
    nodes {SELECTION} pageInfo {{ hasNextPage endCursor }} totalCount }} }}"""

KINDS = ("vllm-chat", "embedding", "ocr", "tiny-vllm")
Ask = Callable[..., Awaitable[Any]]
"""Sends a query with variables; returns the data."""


def an_entry(number: int) -> dict[str, Any]:
    """A template in wire format whose facets depend on its number."""
    gpu = (None, "nvidia-tesla-t4", "nvidia-ampere-a10", "nvidia-hopper-h100")[number % 4]
    return a_wire_template(
        account_id=("a1", "a1", "a2")[number % 3],
        name=f"{KINDS[number % 4]}-{number:02}",
        description=(None, "Some prose.", "Embeds PROSE, team by team")[number % 3],
        labels=({}, {"team": "blue"}, {"team": "red", "tier": "gold"})[number % 3],
        endpoint_type=("ASYNC", "SYNC", "STREAMING", "BATCH", "ASYNC")[number % 5],
        model_type=("EMBEDDING", "CHAT_COMPLETION", "GENERIC")[number % 3],
        endpoint_protocol=(None, "SGP", "VLLM")[number % 3],
        vendor_configuration={
            "bundle_config": {"image": "acme/server", "streaming_command": ["/serve"]},
            "endpoint_config": {"gpus": int(gpu is not None), "gpu_type": gpu},
        },
    )


def filter_of(case: dict[str, Any], templates: list[dict[str, Any]]) -> dict[str, Any]:
    """A filter of the table with the values that depend on the templates."""
    in_order = sorted(templates, key=lambda template: (_at(template["createdAt"]), template["id"]))
    named = {
        MIDDLE: in_order[len(in_order) // 2]["createdAt"],
        USER: in_order[0]["createdByUserId"],
    }
    return {name: named.get(v, v) if isinstance(v, str) else v for name, v in case.items()}


def expected(
    templates: list[dict[str, Any]], filter: dict[str, Any], order: dict[str, str]
) -> list[str]:
    """The ids that the list has, in order, computed from the contract."""
    field = {"CREATED_AT": "createdAt", "UPDATED_AT": "updatedAt", "NAME": "name"}[order["field"]]

    def place(template: dict[str, Any]) -> tuple[Any, str]:
        value = template[field]
        return (value if field == "name" else _at(value)), template["id"]

    admitted = [template for template in templates if _is_admitted(template, filter)]
    in_order = sorted(admitted, key=place, reverse=order["direction"] == "DESC")
    return [template["id"] for template in in_order]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _is_admitted(template: dict[str, Any], filter: dict[str, Any]) -> bool:
    configuration, labels = template["vendorConfiguration"], template["labels"]
    image = configuration["bundleConfig"]["imageReference"]
    texts = (template["name"], template["description"] or "", image, template["id"])
    parts = (*texts, *labels, *labels.values())
    words = re.split(r"[\W_]+", " ".join(parts).lower())
    facets = {
        **{name: template[name] for name in ("modelType", "endpointType", "endpointProtocol")},
        "gpuType": configuration["endpointConfig"]["gpuType"],
    }
    archived, at = filter.get("archived", False), _at(template["createdAt"])
    searched = filter.get("search", "").lower().split()
    return (
        all(any(word.startswith(begun) for word in words) for begun in searched)
        and all(name not in filter or value in filter[name] for name, value in facets.items())
        and all(
            name not in filter or filter[name] == template[name]
            for name in ("name", "accountId", "createdByUserId")
        )
        and filter.get("labels", {}).items() <= labels.items()
        and ("createdAfter" not in filter or at > _at(filter["createdAfter"]))
        and ("createdBefore" not in filter or at < _at(filter["createdBefore"]))
        and archived in (None, template["archivedAt"] is not None)
    )


async def all_pages(
    ask: Ask, filter: dict[str, Any], order: dict[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """The templates of a list, page by page, and its total count."""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        found = (await ask(LIST, filter=filter, orderBy=order, after=after))["modelTemplates"]
        nodes += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return nodes, found["totalCount"]
        after = found["pageInfo"]["endCursor"]


async def differences(ask: Ask, templates: Iterable[dict[str, Any]]) -> list[str]:
    """Which lists of the table differ from the contract, given all templates that there are."""
    there = list(templates)
    found = list[str]()
    for case, order in TABLE:
        filter = filter_of(case, there)
        wanted = expected(there, filter, order)
        nodes, total = await all_pages(ask, filter, order)
        listed = [node["id"] for node in nodes]
        if (listed, total) != (wanted, len(wanted)):
            missing, more = {*wanted} - {*listed}, {*listed} - {*wanted}
            found.append(f"{filter} {order}: missing {missing}, more {more}, {total} counted")
    return found
