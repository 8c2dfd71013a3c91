"""Numbers of JSON, YAML and GraphQL that are written with a point or an exponent."""

from decimal import Decimal


def number(text: str) -> float:
    """The number that the text writes: a float, unless it is an integer of 64 bits that a float
    would change, as 9007199254740993.0 is. Raises ValueError."""
    value = float(text)
    if not 2**53 <= abs(value) <= 2**63:  # NaN and the infinities are not, either.
        return value
    exact = Decimal(text)
    if exact != exact.to_integral_value() or not -(2**63) <= exact < 2**63:
        return value
    return value if int(value) == int(exact) else int(exact)
