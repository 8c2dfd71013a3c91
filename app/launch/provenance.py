"""The metadata by which a launch recognizes what an earlier one has made."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from app.launch.answers import LaunchBundle, LaunchEndpoint

KEY = "model_templates"
"""The key in `metadata`."""

RESERVED = {"_llm", "_CONVERTED_FROM_ARTIFACT_LIKE", "_MODEL_BUNDLE_CHANGED"}
"""Keys of metadata that Launch sets and removes itself."""


def digest(request: Mapping[str, Any]) -> str:
    """The SHA-256 of a request without its metadata, the same for each order of its keys."""
    content = {key: value for key, value in request.items() if key != "metadata"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class BundleProvenance(Struct, frozen=True, kw_only=True):
    """Which state of which template a bundle was made from, and the digest of its request."""

    template_id: str
    template_revision: int
    request_digest: str


class EndpointProvenance(Struct, frozen=True, kw_only=True):
    """Which state of which template an endpoint runs, with its request, which has no secrets.

    `template` is the template's account and name at that time. Launch names the bundle of an
    endpoint, but does not say which of the bundles of that name it is."""

    template_id: str
    template_revision: int
    template: str
    bundle_id: str
    bundle_digest: str
    request_digest: str
    request: dict[str, Any]


class Wanted(Struct, frozen=True, kw_only=True):
    """The requests of a launch plan, and the state of the template that they are from."""

    template_id: str
    template_revision: int
    template: str
    bundle_request: dict[str, Any]
    endpoint_request: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.bundle_request["name"])

    @property
    def bundle_digest(self) -> str:
        return digest(self.bundle_request)

    def bundle_body(self) -> dict[str, Any]:
        """The body of the request for the bundle: the plan's, with provenance."""
        provenance = BundleProvenance(
            template_id=self.template_id,
            template_revision=self.template_revision,
            request_digest=self.bundle_digest,
        )
        ours = {KEY: msgspec.to_builtins(provenance)}
        planned = self.bundle_request.get("metadata") or {}
        return {**self.bundle_request, "metadata": {**planned, **ours}}

    def endpoint_body(
        self, bundle_id: str, others: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The body of the request for the endpoint: the plan's, with its bundle and provenance.
        `others` is metadata that somebody else has written, and that is kept."""
        request = {key: value for key, value in self.endpoint_request.items() if key != "metadata"}
        provenance = EndpointProvenance(
            template_id=self.template_id,
            template_revision=self.template_revision,
            template=self.template,
            bundle_id=bundle_id,
            bundle_digest=self.bundle_digest,
            request_digest=digest(self.endpoint_request),
            request=request,
        )
        kept = {key: value for key, value in (others or {}).items() if key not in RESERVED}
        planned = self.endpoint_request.get("metadata") or {}
        ours = {KEY: msgspec.to_builtins(provenance)}
        return {
            **self.endpoint_request,
            "model_bundle_id": bundle_id,
            "metadata": {**kept, **planned, **ours},
        }

    def is_run_by(self, endpoint: LaunchEndpoint) -> bool:
        """Whether the endpoint was last asked for exactly this."""
        provenance = endpoint_provenance(endpoint)
        return provenance is not None and (
            provenance.template_id,
            provenance.template_revision,
            provenance.bundle_digest,
            provenance.request_digest,
        ) == (
            self.template_id,
            self.template_revision,
            self.bundle_digest,
            digest(self.endpoint_request),
        )


def endpoint_provenance(endpoint: LaunchEndpoint) -> EndpointProvenance | None:
    """The provenance of an endpoint; None if it was not launched from a template."""
    try:
        return msgspec.convert((endpoint.metadata or {}).get(KEY), EndpointProvenance)
    except msgspec.ValidationError:
        return None


def made_from(bundle: LaunchBundle, request_digest: str) -> bool:
    """Whether the bundle was made by a request with this digest."""
    try:
        provenance = msgspec.convert((bundle.metadata or {}).get(KEY), BundleProvenance)
    except msgspec.ValidationError:
        return False
    return provenance.request_digest == request_digest
