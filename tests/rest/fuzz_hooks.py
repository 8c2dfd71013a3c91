"""schemathesis hooks for SGP's routes: ids and accounts that exist. It runs in schemathesis's own
process, which finds this file by SCHEMATHESIS_HOOKS."""

import json
import os
import re
from itertools import count, cycle
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
"""What a caller of this server knows: an account and ids of templates."""

IDS, CALLS = cycle(KNOWN["ids"]), count()
KNOWING = 4
"""One in so many cases that are no examples stays as it is."""


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """The document's examples, and three of four other cases, are about what exists. Only values
    that obey the document are replaced: those that break it have to be refused."""
    is_example = case.meta is not None and case.meta.phase.name.value == "examples"
    if (number := next(CALLS)) % KNOWING == 0 and not is_example:
        return
    headers: Any = case.headers or {}
    for name in [name for name in headers if name.lower() == "x-selected-account-id"]:
        del headers[name]
    ids = case.path_parameters or {}
    if ids.get("model_template_id"):
        ids["model_template_id"] = next(IDS)
    replace_account(case.query or {})
    if isinstance(case.body, dict):
        replace_account(case.body)
        if isinstance(name := case.body.get("name"), str):
            # Unique, or else nearly all of them would be taken.
            case.body["name"] = f"{name} {number}"


def replace_account(values: dict[str, Any]) -> None:
    account = values.get("account_id")
    if isinstance(account, str) and re.fullmatch(r"[A-Za-z0-9][\w.:-]{0,63}", account, re.ASCII):
        values["account_id"] = KNOWN["account"]


@schemathesis.check
def broken_bodies_are_refused(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """A body that the document rules out. (schemathesis's own check also asks that servers refuse
    headers that they do not know.)"""
    modes = {} if case.meta is None else case.meta.components
    if any(where.value == "body" and it.mode.is_negative for where, it in modes.items()):
        assert 400 <= response.status_code < 500, response.status_code
