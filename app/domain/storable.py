"""Text that MongoDB stores unchanged."""

import re


def is_storable(text: str) -> bool:
    """Whether the text has neither NUL nor a lone surrogate, which BSON cannot hold."""
    return _UNSTORABLE.search(text) is None


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
