"""schemathesis hooks for SGP's routes: ids and accounts that exist. It runs in schemathesis's own
process, which finds this file by SCHEMATHESIS_HOOKS."""

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import HookContext

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
"""What a caller of this server knows: accounts and ids of templates."""

Values = dict[str, Any]


def known(given: Any, name: str, values: list[str]) -> st.SearchStrategy[Any]:
    """Three times out of four with a value that exists."""
    if not isinstance(given, dict):
        return st.just(given)
    knowing = st.sampled_from(values).map(lambda value: {**given, name: value})
    return st.one_of(*[knowing] * 3, st.just(given))


@schemathesis.hook
def flatmap_path_parameters(_: HookContext, path_parameters: Values) -> st.SearchStrategy[Values]:
    if "model_template_id" not in (path_parameters or {}):
        return st.just(path_parameters)
    return known(path_parameters, "model_template_id", KNOWN["ids"])


@schemathesis.hook
def flatmap_body(context: HookContext, body: Any) -> st.SearchStrategy[Any]:
    assert context.operation is not None
    is_create = context.operation.method.upper() == "POST"
    return known(body, "account_id", KNOWN["accounts"]) if is_create else st.just(body)


@schemathesis.hook
def flatmap_headers(_: HookContext, headers: Values) -> st.SearchStrategy[Values]:
    """Most without the header that restricts the request to an account that is not the key's."""
    rest = {name: value for name, value in (headers or {}).items() if "account" not in name.lower()}
    return st.one_of(*[st.just(rest)] * 3, st.just(headers))
