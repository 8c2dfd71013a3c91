"""The schema and its SDL."""

from functools import cache

import strawberry

from app.graphql.mutation import Mutation
from app.graphql.query import Query
from app.graphql.scalars import CONFIG
from app.graphql.unknown_enum_values import Execution, reject_unknown_members

HEADER = "# Printed by `python -m app schema print`; a test compares it with the code.\n\n"

schema = strawberry.Schema(Query, Mutation, config=CONFIG, execution_context_class=Execution)
reject_unknown_members(schema._schema)


@cache
def sdl() -> str:
    """The schema in SDL, the content of schema.graphql."""
    return f"{HEADER}{schema.as_str()}\n"
