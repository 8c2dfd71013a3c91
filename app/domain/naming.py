"""Names as the API spells them."""

from functools import cache


@cache
def camel(name: str) -> str:
    """The API's spelling of a field: `two_words` are `twoWords`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)
