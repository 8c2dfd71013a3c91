"""Running as an ordinary user, also where the tests run as root, as in CI."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY = 65_534


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Inside, the process has no more rights than an ordinary user."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)  # Linux takes root's capabilities away with it, and gives them back.
    try:
        yield
    finally:
        os.seteuid(0)
