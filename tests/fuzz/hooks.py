"""What schemathesis is told of this API: values that get past the checks of arguments, and what is
a failure. It runs in schemathesis's own process, which finds this file by SCHEMATHESIS_HOOKS.
"""

import json
import os
from datetime import UTC
from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    NameNode,
    ObjectFieldNode,
    ValueNode,
    is_required_argument,
)
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.graphql import nodes

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
"""What a caller of this server can know: accounts, ids of templates and revisions, cursors."""

# A number is a name, an image, a tag and an amount; without them, hardly an input would be sound.
NUMBERS = st.integers(1, 10**9).map(str)
TEXTS = st.one_of(
    NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["/", "1Gi", "[a-z]+", *KNOWN["texts"]]), st.text()
)
STRINGS = TEXTS.map(nodes.String)
NAMES = st.from_regex("[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)


def an_object(fields: dict[str, ValueNode]) -> ValueNode:
    return nodes.Object(
        [ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in fields.items()]
    )


VALUES = st.recursive(
    st.one_of(
        st.just(nodes.Null),
        st.booleans().map(nodes.Boolean),
        st.integers(-(10**20), 10**20).map(nodes.Int),
        st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float),
        STRINGS,
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(nodes.List)
        | st.dictionaries(NAMES, inner, max_size=3).map(an_object)
    ),
    max_leaves=6,
)
IDS = st.one_of(
    st.sampled_from(KNOWN["accounts"]),
    st.sampled_from(KNOWN["accounts"]),
    st.sampled_from(KNOWN["ids"]),
    st.sampled_from(KNOWN["ids"]),
    TEXTS,
)
SCALARS = {
    "DateTime": st.datetimes(timezones=st.just(UTC)).map(lambda at: nodes.String(at.isoformat())),
    "ID": IDS.map(nodes.String),
    "Int": (st.integers(1, 100) | st.integers(1, 100) | st.integers(-(2**31), 2**31 - 1)).map(
        nodes.Int
    ),
    "JSON": VALUES,
    "String": STRINGS,
    "StringMap": st.dictionaries(NAMES, STRINGS, max_size=3).map(an_object),
}
for scalar, strategy in SCALARS.items():
    schemathesis.graphql.scalar(scalar, strategy)


@schemathesis.hook
def flatmap_body(context: HookContext, body: DocumentNode) -> st.SearchStrategy[DocumentNode]:
    """Some of a field's optional arguments: by itself, schemathesis gives all, and `first` beside
    `last` is refused."""
    (operation,) = body.definitions
    (field,) = operation.selection_set.selections
    known = context.operation.definition.raw.args
    optional = [
        argument.name.value
        for argument in field.arguments
        if argument.name.value in known and not is_required_argument(known[argument.name.value])
    ]
    if not optional:
        return st.just(body)
    return st.sets(st.sampled_from(optional)).map(
        lambda left_out: with_arguments(
            body,
            field,
            [argument for argument in field.arguments if argument.name.value not in left_out],
        )
    )


def with_arguments(
    body: DocumentNode, field: FieldNode, arguments: list[ArgumentNode]
) -> DocumentNode:
    (operation,) = body.definitions
    selections = changed(
        operation.selection_set, selections=(changed(field, arguments=tuple(arguments)),)
    )
    return changed(body, definitions=(changed(operation, selection_set=selections),))


def changed(node: Any, **changes: object) -> Any:
    return type(node)(**{**{key: getattr(node, key) for key in node.keys}, **changes})


@schemathesis.check
def no_unexpected_error(_: CheckContext, response: Response, case: Case) -> None:
    assert response.status_code < 500, response.status_code
    codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
    assert "INTERNAL_SERVER_ERROR" not in codes, codes
