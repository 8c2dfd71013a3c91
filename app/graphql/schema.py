"""The schema, put together, and its text."""

import strawberry

from app.graphql.mutation import Mutation
from app.graphql.query import Query
from app.graphql.scalars import CONFIG, show_defaults

HEADER = "# Printed by `python -m app schema print`; a test compares it with the code.\n\n"

schema = strawberry.Schema(Query, Mutation, config=CONFIG)
show_defaults(schema._schema)


def sdl() -> str:
    """The text of schema.graphql."""
    return f"{HEADER}{schema.as_str()}\n"
