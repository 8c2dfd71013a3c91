"""The responses that every client must get in the same five steps."""

import re
from typing import Any

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def _template(team: str, revision: int) -> dict[str, Any]:
    return {
        "name": "embedder",
        "revision": revision,
        "modelType": "EMBEDDING",
        "labels": {"team": team},
        "vendorConfiguration": {
            "bundleConfig": {
                "imageReference": "docker.io/acme/embedder:1.0.0",
                "env": {"RUST_LOG": "info"},
            },
            "endpointConfig": {"gpus": 1, "gpuType": "NVIDIA_AMPERE_A10", "memory": "8Gi"},
        },
    }


def check(answers: dict[str, Any]) -> None:
    """The answers to a create, a list, a plan, an update, and the same update again."""
    cursor = answers["listed"]["pageInfo"].pop("endCursor")
    id = answers["created"]["modelTemplate"]["id"]

    assert ID.fullmatch(id)
    assert isinstance(cursor, str)
    assert answers == {
        "created": {"modelTemplate": {"id": id, **_template("search", 1)}, "errors": []},
        "listed": {
            "nodes": [_template("search", 1)],
            "pageInfo": {"hasNextPage": False},
            "totalCount": 1,
        },
        "planned": {"launchPlan": _PLAN},
        "changed": {"modelTemplate": {"id": id, **_template("ranking", 2)}, "errors": []},
        "stale": {"modelTemplate": None, "errors": [_STALE]},
    }


ENDPOINT = {
    "endpoint_type": "async",
    "cpus": 3,
    "gpus": 0,
    "memory": "8Gi",
    "storage": "16Gi",
    "min_workers": 0,
    "max_workers": 1,
    "per_worker": 10,
    "high_priority": False,
}
"""The default endpoint request for Launch, without a GPU."""

_PLAN: dict[str, Any] = {
    "env": {"RUST_LOG": "info", "MODEL_PATH": "s3://models/embedder"},
    "createModelEndpointRequest": {
        **ENDPOINT,
        "name": "search-embedder",
        "gpus": 1,
        "gpu_type": "nvidia-ampere-a10",
        "labels": {"team": "search", "product": "semantic-search"},
        "metadata": {},
    },
    "errors": [],
}

_STALE = {
    "code": "STALE",
    "message": "expectedRevision is not the current revision (2).",
    "path": ["expectedRevision"],
}
