"""Decisions: the changes in Launch after which an endpoint runs a plan. Nothing is sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.launch.answers import FAILED, PENDING, READY, LaunchBundle, LaunchEndpoint
from app.launch.errors import CannotChange
from app.launch.pace import Pace
from app.launch.provenance import (
    EndpointProvenance,
    Wanted,
    endpoint_provenance,
    made_from,
)
from app.launch.request_changes import ABSENT, Change, changes, unset

FIXED = frozenset(["name", "endpoint_type", "nodes_per_worker"])
"""Keys of a request for an endpoint that a PUT does not take: it drops them silently."""

DEFAULTS = dict.fromkeys(["nodes_per_worker"], 1)
"""Launch's defaults of such keys."""

MERGED = "labels"
"""Launch adds a PUT's labels to those that are there."""

LAUNCHS_LABELS = {"user_id", "endpoint_name", "endpoint_id"}
"""Labels that Launch itself sets."""


class Action(Enum):
    """A kind of change to an endpoint."""

    CREATE = "create"
    CHANGE = "change"
    REPLACE = "delete and create"
    KEEP = "keep"


class Permissions(Struct, frozen=True, kw_only=True):
    """Permissions of the caller beyond creating and changing endpoints of the template."""

    adopt: bool = False
    """Change an endpoint that was made from another template, or by other means."""

    replace: bool = False
    """Delete an endpoint that cannot be changed, and create it anew."""

    reapply: bool = False
    """Send the request again even if nothing differs."""


class Decision(Struct, frozen=True, kw_only=True):
    """The change to an endpoint, and its bundle, which is made if it is None."""

    action: Action
    wanted: Wanted
    endpoint: LaunchEndpoint | None = None
    bundle_id: str | None = None
    changes: tuple[Change, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()


def decide(
    wanted: Wanted,
    found: LaunchEndpoint | None,
    bundles: Sequence[LaunchBundle],
    may: Permissions,
    pace: Pace,
) -> Decision:
    """The decision, from what is there. Raises CannotChange."""
    reused = next((b.id for b in bundles if made_from(b, wanted.bundle_digest)), None)
    if found is None:
        return Decision(action=Action.CREATE, wanted=wanted, bundle_id=reused)
    provenance = endpoint_provenance(found)
    _check_origin(found, provenance, wanted, may)
    if provenance is not None and provenance.bundle_digest == wanted.bundle_digest:
        reused = provenance.bundle_id  # Others may be just like it.
    before = requested(found, wanted)
    differing = [*changes(before, content(wanted.endpoint_request))]
    fixed = [*_unchangeable(differing)]
    made = Decision(
        action=Action.CHANGE,
        wanted=wanted,
        endpoint=found,
        bundle_id=reused,
        changes=(
            *differing,
            *_bundle_changes(provenance, bundles, wanted),
            *_template_changes(provenance, wanted),
        ),
        notes=(*_kept_labels(before, wanted), *_drift(found, before, differing)),
    )
    return _with_action(made, found, fixed, may, pace)


def requested(endpoint: LaunchEndpoint, wanted: Wanted) -> dict[str, Any]:
    """The request that an endpoint was last made or changed by. Of one that was not launched from
    a template only what Launch reports is known, of what is wanted."""
    if (provenance := endpoint_provenance(endpoint)) is not None:
        return provenance.request
    reported = {
        **msgspec.to_builtins(endpoint),
        **(endpoint.resource_state or {}),
        **(endpoint.deployment_state or {}),
    }
    labels = {k: v for k, v in (endpoint.labels or {}).items() if k not in LAUNCHS_LABELS}
    keys = {*FIXED, *content(wanted.endpoint_request)}
    return {key: value for key, value in {**reported, MERGED: labels}.items() if key in keys}


def _with_action(
    made: Decision,
    found: LaunchEndpoint,
    fixed: Sequence[Change],
    may: Permissions,
    pace: Pace,
) -> Decision:
    def but(action: Action, reason: str = "") -> Decision:
        return replace(made, action=action, reason=reason)

    if not found.has_run and found.status == FAILED:
        return but(Action.REPLACE, "its build failed, and Launch cannot change what never ran")
    if fixed:
        what = " and ".join(map(_named, fixed))
        if not may.replace:
            raise CannotChange(
                f"Launch cannot change {what} of the endpoint {found.name}. Nothing was written. "
                "Use another name, or --replace to delete the endpoint and create it anew: it "
                "answers no requests meanwhile."
            )
        return but(Action.REPLACE, f"Launch cannot change {what} of an endpoint")
    if not found.has_run and may.replace and found.is_building:
        return but(Action.REPLACE, "it is not built yet")
    if made.changes:
        return made
    if not made.wanted.is_run_by(found):
        return but(Action.CHANGE, "its metadata is written differently")
    if found.status == FAILED:
        return but(Action.CHANGE, "its last build failed")
    if found.has_run and is_stalled(found, pace):
        return but(Action.CHANGE, "its build has not begun")
    return but(Action.CHANGE, "--reapply") if may.reapply else but(Action.KEEP)


def is_stalled(endpoint: LaunchEndpoint, pace: Pace) -> bool:
    """Whether the endpoint has waited for its build for so long that it may wait for ever."""
    age = (datetime.now(UTC) - endpoint.last_update).total_seconds()
    return endpoint.status == PENDING and age > pace.stalled


def _check_origin(
    found: LaunchEndpoint,
    provenance: EndpointProvenance | None,
    wanted: Wanted,
    may: Permissions,
) -> None:
    if may.adopt or (provenance is not None and provenance.template_id == wanted.template_id):
        return
    origin = (
        "was not launched from a template"
        if provenance is None
        else f"was launched from the template {provenance.template} ({provenance.template_id})"
    )
    raise CannotChange(
        f"The endpoint {found.name} ({found.id}) {origin}. Nothing was written. Use another name, "
        "or --adopt to change that endpoint."
    )


def content(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request without its metadata."""
    return {key: value for key, value in request.items() if key != "metadata"}


def _unchangeable(differing: Sequence[Change]) -> Iterator[Change]:
    """Those that a PUT would pass over: other values of fixed keys, and values taken away."""
    for each in differing:
        (key, *_) = each.path
        if key in FIXED:
            default = DEFAULTS.get(key)
            if _value(each.before, default) != _value(each.after, default):
                yield each
    yield from (each for each in unset(differing) if each.path[0] not in {MERGED, *FIXED})


def _value(value: Any, default: Any) -> Any:
    return default if value is ABSENT or value is None else value


def _named(change: Change) -> str:
    name = ".".join(change.path)
    if change.after is ABSENT or change.after is None:
        return f"{name} ({change.before}, which it would have to remove)"
    return f"{name} ({change.before} to {change.after})"


def _bundle_changes(
    provenance: EndpointProvenance | None, bundles: Sequence[LaunchBundle], wanted: Wanted
) -> list[Change]:
    """Differences to the bundle that the endpoint runs, or that it is another one."""
    if provenance is not None and provenance.bundle_digest == wanted.bundle_digest:
        return []
    known = provenance.bundle_id if provenance else None
    current = next((bundle for bundle in bundles if bundle.id == known), None)
    planned = wanted.bundle_request["flavor"]
    differing = [*changes(current.flavor, planned, only=True)] if current else []
    return differing or [Change(path=("bundle",), before=known or "unknown", after="another")]


def _template_changes(provenance: EndpointProvenance | None, wanted: Wanted) -> Iterator[Change]:
    origin = (provenance.template_id, provenance.template_revision) if provenance else (ABSENT,) * 2
    if origin[0] != wanted.template_id:
        yield Change(path=("template",), before=origin[0], after=wanted.template_id)
    if origin[1] != wanted.template_revision:
        yield Change(path=("template revision",), before=origin[1], after=wanted.template_revision)


def _kept_labels(before: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    kept = (before.get(MERGED) or {}).keys() - wanted.endpoint_request[MERGED].keys()
    if kept:
        yield f"Launch keeps the labels {', '.join(sorted(kept))}: a change cannot remove labels."


def _drift(
    found: LaunchEndpoint, before: Mapping[str, Any], differing: Sequence[Change]
) -> Iterator[str]:
    """Numbers of workers that Launch reports, and that are not those which it was asked for."""
    if differing or found.status != READY:
        return
    for key, value in (found.deployment_state or {}).items():
        if key.endswith("_workers") and key in before and value != before[key]:
            yield (
                f"Launch reports {key} {value} instead of {before[key]}: if somebody else has "
                "changed it, --reapply sends the request again."
            )
