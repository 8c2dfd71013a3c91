"""Kubernetes quantities: amounts of memory and storage, such as 8Gi."""

import re
from fractions import Fraction
from math import nan

_FACTORS = {
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,64}(?:\.[0-9]{1,64})?")


def quantity(text: str) -> float:
    """The amount in bytes; NaN, with which every comparison is false, if the text is
    not a quantity."""
    number = text.rstrip("kKMGTPEi")
    try:
        return float(number) * _FACTORS.get(text[len(number) :], 1)
    except ValueError:
        return nan


def whole_bytes(text: str) -> int | None:
    """The amount in bytes, exact and rounded down; None if the text is not a quantity."""
    number = text.rstrip("kKMGTPEi")
    if not _NUMBER.fullmatch(number):
        return None
    factor = _FACTORS.get(text[len(number) :], 1)
    # Most have no fraction, and are made twenty times faster.
    return int(number) * factor if number.isdecimal() else int(Fraction(number) * factor)
