"""The limits on operations. Nothing of GraphQL is imported, because the settings import this."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """The limits on one operation with its fragments expanded."""

    depth: int = 12
    aliases: int = 30
    directives: int = 8
    tokens: int = 2_000
    root_fields: int = 20
    mutations: int = 5
    cost: int = 300
    """Fields. A field that takes arguments, with its subfields, counts for each entry of the page
    that it is on. An answer therefore has at most as many values as this many full pages."""
    answer_bytes: int = 16 * 1024 * 1024
    """Bytes of the answer and of the documents that it is made of (see `answer_budget`)."""
    length: int = 100_000
    """Characters of the document, including comments and spaces."""
    introspection: bool = True
    introspection_depth: int = 25
    introspection_fields: int = 500
