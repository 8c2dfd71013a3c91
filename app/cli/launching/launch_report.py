"""The output of `launch`. Secrets are masked."""

import json
import sys
from collections.abc import Iterator
from time import monotonic
from typing import Any

import click

from app.domain.characters import escaped
from app.launch.answers import READY, LaunchEndpoint
from app.launch.decision import MERGED, Action, Decision
from app.launch.pace import Pace
from app.launch.provenance import KEY
from app.launch.redaction import MASK, Redactor
from app.launch.request_changes import ABSENT, Change

MARKS = {Action.CREATE: "+", Action.CHANGE: "~", Action.REPLACE: "-/+", Action.KEEP: "="}
VERBS = {
    Action.CREATE: "is created",
    Action.CHANGE: "is changed",
    Action.REPLACE: "is deleted and created anew",
    Action.KEEP: "stays as it is",
}
TO_BE_MADE, AS_ABOVE = "<id of the bundle>", "<as above>"


class Report:
    """Prints lines without secrets, and progress on standard error."""

    def __init__(self, redactor: Redactor, pace: Pace) -> None:
        self._redactor = redactor
        self._pace = pace
        self._on_terminal = sys.stderr.isatty()
        self._last: tuple[str, float] = ("", 0.0)

    def say(self, text: str, *, err: bool = False) -> None:
        self._end_line()
        click.echo(self._redactor.text(text), err=err)

    def decision(self, decision: Decision, origin: str) -> None:
        """The lines about the coming changes."""
        for line in _lines(decision, origin, self._redactor):
            self.say(line)

    def bundle(self, path: str, body: dict[str, Any], reused: str | None, origin: str) -> None:
        for line in _bundle(path, body, reused, origin, self._redactor):
            self.say(line)

    def progress(self, endpoint: LaunchEndpoint, seconds: float) -> None:
        """One line that is written over on a terminal; elsewhere a line for each state, and one
        from time to time."""
        if endpoint.status == READY:
            return  # The result says so.
        state = " ".join(filter(None, [endpoint.status, endpoint.workers]))
        line = escaped(self._redactor.text(f"{endpoint.name}: {state}, {seconds:.0f} s"))
        if self._on_terminal:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
            self._last = (state, monotonic())
        elif state != self._last[0] or monotonic() - self._last[1] >= self._pace.report:
            click.echo(line, err=True)
            self._last = (state, monotonic())

    def _end_line(self) -> None:
        if self._on_terminal and self._last[0]:
            click.echo(err=True)
        self._last = ("", 0.0)


def _lines(decision: Decision, origin: str, redactor: Redactor) -> Iterator[str]:
    wanted, endpoint = decision.wanted, decision.endpoint
    if decision.action is not Action.KEEP:
        body = wanted.bundle_body()
        yield from _bundle("/v2/model-bundles", body, decision.bundle_id, origin, redactor)
    id = f" ({endpoint.id})" if endpoint else ""
    reason = f", because of: {decision.reason}" if decision.reason else ""
    what = f"{wanted.name}{id} {VERBS[decision.action]}{reason}"
    yield escaped(f"Endpoint  {MARKS[decision.action]} {what}")
    yield from (_change(change, redactor) for change in decision.changes)
    yield from (f"Note: {escaped(note)}" for note in decision.notes)
    if decision.action is Action.KEEP:
        return
    if decision.action is Action.CHANGE and endpoint is not None:
        yield f"PUT /v1/model-endpoints/{endpoint.id}"
        return
    if decision.action is Action.REPLACE and endpoint is not None:
        yield f"DELETE /v1/model-endpoints/{endpoint.id}"
    body = wanted.endpoint_body(decision.bundle_id or TO_BE_MADE)
    body["metadata"][KEY]["request"] = AS_ABOVE
    yield "POST /v1/model-endpoints"
    yield _json(body, redactor)


def _bundle(
    path: str, body: dict[str, Any], reused: str | None, origin: str, redactor: Redactor
) -> Iterator[str]:
    if reused is not None:
        yield escaped(f"Bundle    = {body['name']} is reused ({reused})")
        return
    yield escaped(f"Bundle    + {body['name']} is made from {origin}")
    yield f"POST {path}"
    yield _json(body, redactor)


def _change(change: Change, redactor: Redactor) -> str:
    name = change.path[-1]
    before, after = (_shown(value, name, redactor) for value in (change.before, change.after))
    if _may_have_been_secret(change):
        before = MASK
    return escaped(f"    {'.'.join(change.path)}: {before} -> {after}")


def _may_have_been_secret(change: Change) -> bool:
    """Whether a variable is gone, of an earlier state of the template, which may have said so."""
    is_inside = len(change.path) > 1 or isinstance(change.before, dict)
    return change.after is ABSENT and is_inside and change.path[0] != MERGED


def _shown(value: Any, name: str, redactor: Redactor) -> str:
    if value is ABSENT:
        return "none"
    masked = redactor.value(value, name)
    return masked if isinstance(masked, str) else json.dumps(masked, ensure_ascii=False)


def _json(body: dict[str, Any], redactor: Redactor) -> str:
    return json.dumps(redactor.value(body), indent=2)
