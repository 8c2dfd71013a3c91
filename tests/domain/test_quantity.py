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
        ("1M", 1_000_000),
        ("1G", 1_000_000_000),
        ("1T", 1_000_000_000_000),
        ("1P", 1_000_000_000_000_000),
        ("1E", 1_000_000_000_000_000_000),
        ("1Ki", 1_024),
        ("1Mi", 1_048_576),
        ("1Gi", 1_073_741_824),
        ("1Ti", 1_099_511_627_776),
        ("1Pi", 1_125_899_906_842_624),
        ("1Ei", 1_152_921_504_606_846_976),
        ("8Gi", 8 * 1_073_741_824),
        ("0.5Gi", 536_870_912),
        ("1.5G", 1_500_000_000),
    ],
)
def test_a_quantity_is_an_amount_of_bytes(text: str, amount: int) -> None:
    assert quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "8gb", "x8Gi"])
def test_text_that_is_not_a_quantity_has_no_amount(text: str) -> None:
    assert isnan(quantity(text))
