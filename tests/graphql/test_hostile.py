"""Documents designed to stall the server."""

from time import process_time

import pytest

from tests.conftest import Caller
from tests.graphql.test_limits import (
    PARSE,
    TOO_COMPLEX,
    VALIDATION,
    VIEWER,
    errors,
    nested,
    numbered,
)


def bomb(fragments: int, spreads: int, spread: str = "...F%d ") -> str:
    """Each fragment spreads the next one this many times."""
    parts = [
        f"fragment F{number} on Query {{ {spread % (number + 1) * spreads}}}"
        for number in range(fragments)
    ]
    return f"{{ ...F0 }} {' '.join(parts)} fragment F{fragments} on Query {{ {VIEWER}}}"


HOSTILE = {
    "30 fragments of 2 spreads": (bomb(30, 2), TOO_COMPLEX),
    "6 fragments of 8 spreads": (bomb(6, 8), TOO_COMPLEX),
    "fragments in aliases": (bomb(30, 2, "a: x { ...F%d } "), TOO_COMPLEX),
    "a chain of 200 fragments": (bomb(198, 1), VALIDATION),
    "a chain of 1,000 fragments": (bomb(1_000, 1), PARSE),
    "a fragment in itself": ("{ ...A } fragment A on Query { ...A ...A }", VALIDATION),
    "fragments in a ring": (
        "{ ...A } fragment A on Query { ...B ...C } fragment B on Query { ...C ...A } "
        "fragment C on Query { ...A ...B }",
        VALIDATION,
    ),
    "101 aliases": (f"{{ {numbered(101, 'a#: ' + VIEWER)} }}", TOO_COMPLEX),
    "3,000 deep": (nested(3_000), PARSE),
    "a value 900 deep": (f"{{ node(id: {'[' * 900}{']' * 900}) {{ id }} }}", PARSE),
    "a type 900 deep": (f"query($a: {'[' * 900}ID{']' * 900}) {{ {VIEWER}}}", PARSE),
    "a comment of 900 KB": (f"#{'x' * 900_000}\n{{ {VIEWER}}}", PARSE),
    "a text of 900 KB": (f'{{ node(id: "{"x" * 900_000}") {{ id }} }}', PARSE),
    "2,000 overlapping fields": (f"{{ viewer {{ {'identityId ' * 1_990} }} }}", TOO_COMPLEX),
    "overlapping aliases": (f"{{ {'a: viewer { b: identityId } ' * 220} }}", TOO_COMPLEX),
    "overlapping fields in many operations": (
        numbered(7, f"query Q# {{ viewer {{ {'identityId ' * 275} }} }}"),
        VALIDATION,
    ),
    "an unused fragment, large": (
        f"{{ {VIEWER}}} fragment F on Viewer {{ {'identityId ' * 1_900} }}",
        TOO_COMPLEX,
    ),
    "10,000 unused fragments": (
        f"{{ {VIEWER}}} {numbered(10_000, 'fragment F# on Query { ' + VIEWER + '}')}",
        PARSE,
    ),
    "200 unused fragments": (
        f"{{ {VIEWER}}} {numbered(200, 'fragment F# on Viewer { identityId }')}",
        VALIDATION,
    ),
    "fragments of one name": (
        f"{{ ...F }} fragment F on Query {{ {VIEWER}}} fragment F on Query {nested(50)}",
        TOO_COMPLEX,
    ),
    "introspection in a ring": (
        f"{{ __schema {{ types {{ {'fields { type { ' * 5} name {'} ' * 13}",
        VALIDATION,
    ),
    "an empty selection": ("{ viewer { } }", PARSE),
    "an empty operation": ("{ }", PARSE),
    "nothing but a fragment": (f"fragment F on Query {{ {VIEWER}}}", VALIDATION),
    "a subscription": (f"subscription {{ {VIEWER}}}", VALIDATION),
    "a type": ("type A { a: ID }", VALIDATION),
}


@pytest.mark.parametrize(("query", "code"), HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_document_is_rejected_quickly(ann: Caller, query: str, code: str) -> None:
    began = process_time()
    found = await errors(ann, query)

    assert process_time() - began < 2  # It takes milliseconds; exponential work would take hours.
    assert {error["extensions"]["code"] for error in found} == {code}
    assert len(found) <= 20
