"""Conversion of Python names to the API's spelling."""

from functools import cache


@cache
def camel(name: str) -> str:
    """The API's spelling of a field name: `two_words` becomes `twoWords`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)
