"""Kubernetes quantities in bytes."""

from math import isnan

import pytest

from app.domain.quantity import quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1000", 1_000),
        ("1k", 1_000),
        ("8Gi", 8 * 2**30),
        ("0.5Gi", 2**29),
        ("1.5G", 1_500_000_000),
        ("16Ei", 16 * 2**60),
        ("1E", 10**18),
    ],
)
def test_a_quantity_is_an_amount_of_bytes(text: str, amount: int) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "8gb", "x8Gi"])
def test_what_is_no_quantity_has_no_amount(text: str) -> None:
    assert isnan(quantity(text))
