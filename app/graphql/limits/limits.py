"""The limits as numbers. Nothing of GraphQL is imported here: the settings take their defaults."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """The most that one operation may have, once its fragments are laid in."""

    depth: int = 12
    aliases: int = 30
    directives: int = 8
    tokens: int = 2_000
    root_fields: int = 20
    mutations: int = 5
    cost: int = 300
    """Fields. One that does work of its own, with all below it, counts for each entry of the page
    that it is on. So no answer has more values than this many full pages."""
    answer: int = 32_000_000
    """Characters of what is answered, about, where aliases repeat what may be large already."""
    length: int = 100_000
    """Characters of the document, comments and spaces too."""
    introspection: bool = True
    introspection_depth: int = 25
    introspection_fields: int = 500
