"""schemathesis hooks for this API: values that pass the checks of arguments, and what counts as
a failure. It runs in schemathesis's own process, which finds this file by SCHEMATHESIS_HOOKS.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import schemathesis
from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    NameNode,
    ObjectFieldNode,
    ValueNode,
    Visitor,
    visit,
)
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.graphql import nodes

KNOWN = json.loads(os.environ["FUZZ_KNOWN"])
"""What a caller of this server knows: accounts, ids of templates and revisions, cursors."""

# A number is a valid name, image, tag and amount; without them, few inputs would be valid.
NUMBERS = st.integers(1, 10**9).map(str)
TEXTS = st.one_of(
    NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["/", "1Gi", "[a-z]+", *KNOWN["texts"]]), st.text()
)
STRINGS = TEXTS.map(nodes.String)
NAMES = st.from_regex("[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)


def an_object(fields: Mapping[str, ValueNode]) -> ValueNode:
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
IDS = st.sampled_from([*KNOWN["accounts"], *KNOWN["ids"]]) | TEXTS
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


class Known(Visitor):
    """Replaces ids and accounts of a document by existing ones, and omits some arguments: by
    itself, schemathesis passes all of them, and `first` together with `last` is an error."""

    def __init__(self, id: str, account: str, left_out: set[str]) -> None:
        super().__init__()
        self.values = {"id": nodes.String(id), "accountId": nodes.String(account)}
        self.left_out = left_out

    def enter_argument(self, node: ArgumentNode, *_: object) -> Any:
        return REMOVE if node.name.value in self.left_out else self.known(node)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> Any:
        return self.known(node)

    def known(self, node: ArgumentNode | ObjectFieldNode) -> Any:
        if (value := self.values.get(node.name.value)) is None:
            return None
        return type(node)(name=node.name, value=value)


PAGES = ("first", "last", "after", "before")
KNOWLEDGE = st.builds(
    Known,
    st.sampled_from(KNOWN["ids"]),
    st.sampled_from(KNOWN["accounts"]),
    st.sets(st.sampled_from(PAGES), min_size=2),
)


@schemathesis.hook
def flatmap_body(_: HookContext, body: DocumentNode) -> st.SearchStrategy[DocumentNode]:
    """Two out of three documents use ids and accounts that exist."""
    knowing = KNOWLEDGE.map(lambda known: visit(body, known))
    return knowing | knowing | st.just(body)


@schemathesis.check
def no_unexpected_error(_: CheckContext, response: Response, case: Case[Any]) -> None:
    assert response.status_code < 500, response.status_code
    codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
    assert "INTERNAL_SERVER_ERROR" not in codes, codes
