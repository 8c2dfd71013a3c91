"""Plans and results, as text for people and as JSON for scripts."""

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec

from app.cli.apply.change_plan import Action, ChangePlan, Step
from app.cli.apply.differences import Difference
from app.cli.apply.sources import Files
from app.cli.apply.writes import Outcome, Result
from app.domain.characters import escaped
from app.transfer.files import FileMessage

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.ARCHIVE: "-", Action.UNCHANGED: "="}
MAX_TEXT, BEFORE_DIFFERENCE = 80, 20
"""Characters of a value that are shown, and how many of them are equal in both values."""


def plan_lines(plan: ChangePlan, *, shows_unchanged: bool) -> Iterator[str]:
    """The plan: a line for each template, and one for each field that an update changes."""
    for step in plan.steps:
        if shows_unchanged or step.action is not Action.UNCHANGED:
            where = f" ({step.source.file})" if step.source else " (no file: archived)"
            yield escaped(f"{SIGNS[step.action]} {'/'.join(step.key)}{where}")
        if step.action is Action.UPDATE:
            yield from (f"    {line(difference)}" for difference in step.differences)
    counts = Counter(step.action for step in plan.steps)
    yield (
        f"Plan: {counts[Action.CREATE]:,} to create, {counts[Action.UPDATE]:,} to update, "
        f"{counts[Action.ARCHIVE]:,} to archive, {counts[Action.UNCHANGED]:,} unchanged."
    )


def line(difference: Difference) -> str:
    """A difference as a line; the values of secrets are left out."""
    path = ".".join(difference.path)
    if difference.is_secret:
        return escaped(f"{path}: (a secret, not shown)")
    old, new = _excerpts(_text(difference.old), _text(difference.new))
    return escaped(f"{path}: {old} → {new}")


def _text(value: Any) -> str:
    return "(none)" if value is None else msgspec.json.encode(value).decode()


def _excerpts(*texts: str) -> list[str]:
    """Long texts from shortly before the first character that differs."""
    equal = takewhile(lambda characters: len({*characters}) == 1, zip(*texts, strict=False))
    start = max(sum(1 for _ in equal) - BEFORE_DIFFERENCE, 0)
    return [_excerpt(text, start) if len(text) > MAX_TEXT else text for text in texts]


def _excerpt(text: str, start: int) -> str:
    end = start + MAX_TEXT
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def failure_lines(results: list[Result]) -> Iterator[str]:
    """A line for each error of a template that is not as its file describes it."""
    for result in _in_order(results):
        for error in result.errors:
            path = ".".join(error["path"])
            text = f"{'/'.join(result.step.key)}: {path and f'{path}: '}{error['message']}"
            yield escaped(f"{text} [{error['code']}]")


def _in_order(results: list[Result]) -> list[Result]:
    """The results in the order of the plan; writes end in another."""
    return sorted(results, key=lambda result: result.step.key)


def tally(results: list[Result]) -> str:
    """How many templates have each outcome."""
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome)


def as_json(
    files: Files,
    plan: ChangePlan | None = None,
    results: list[Result] | None = None,
    error: str | None = None,
) -> str:
    """The plan and its results as one JSON object; docs/apply.md describes it."""
    made = {
        "errors": [_message(message) for message in files.errors],
        "warnings": [_message(message) for message in files.warnings],
        "plan": None if plan is None else [_step(step) for step in plan.steps],
        "results": None if results is None else [*map(_result, _in_order(results))],
        "stopped": error,
    }
    return msgspec.json.format(msgspec.json.encode(made)).decode()


def _path(file: Path) -> str:
    """The path as text; bytes that are not UTF-8 are escaped, as in other messages."""
    return str(file).encode(errors="backslashreplace").decode()


def _message(message: FileMessage) -> dict[str, Any]:
    return {"file": _path(message.file), "line": message.line, "message": message.text}


def _step(step: Step) -> dict[str, Any]:
    account, name = step.key
    return {
        "action": step.action,
        "account_id": account,
        "name": name,
        "file": _path(step.source.file) if step.source else None,
        "id": step.existing.id if step.existing else None,
        "revision": step.existing.revision if step.existing else None,
        "changes": [_change(difference) for difference in step.differences],
    }


def _change(difference: Difference) -> dict[str, Any]:
    if difference.is_secret:
        return {"path": difference.path, "hidden": True}
    return {"path": difference.path, "old": difference.old, "new": difference.new}


def _result(result: Result) -> dict[str, Any]:
    account, name = result.step.key
    return {
        "outcome": result.outcome,
        "account_id": account,
        "name": name,
        "id": result.id,
        "revision": result.revision,
        "errors": result.errors,
    }
