"""How a repeated request is recognised."""

from typing import Any

import pytest

from app.domain.idempotency import idempotency_record
from tests.builders import a_create_command, a_parameter, with_parameters

REQUEST: dict[str, Any] = {"request_id": "r1", **with_parameters(a_parameter(enum=["a", "b"]))}


def digest(**changes: Any) -> str:
    record = idempotency_record(a_create_command(**{**REQUEST, **changes}))
    assert record is not None
    return record.digest


def test_a_command_without_a_request_has_no_record() -> None:
    assert idempotency_record(a_create_command()) is None


def test_a_record_has_the_request_and_a_sha_256() -> None:
    record = idempotency_record(a_create_command(**REQUEST))

    assert record is not None
    assert record.id == "r1"
    assert len(bytes.fromhex(record.digest)) == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"description": None},
        {"labels": {}},
        {"vendor_configuration": {"endpoint_config": {"cpus": 3, "high_priority": False}}},
        {"vendor_configuration": {"bundle_config": {"readiness_initial_delay_seconds": 120}}},
        {"vendor_configuration": {"endpoint_config": {"max_workers": None}}},
        {"vendor_configuration": {"endpoint_config": {"max_workers": 1}}},  # Of 0.1.0.
        with_parameters(a_parameter(enum=["a", "b"], default=None)),
    ],
)
def test_an_explicit_default_makes_no_difference(changes: dict[str, Any]) -> None:
    assert digest(**changes) == digest()


def test_the_order_of_a_map_makes_no_difference() -> None:
    assert digest(labels={"a": "1", "b": "2"}) == digest(labels={"b": "2", "a": "1"})


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"account_id": "a2"},
        {"description": ""},
        {"labels": {"a": ""}},
        {"vendor_configuration": {"endpoint_config": {"cpus": 4}}},
        {"vendor_configuration": {"endpoint_config": {"max_workers": 0}}},
        {"vendor_configuration": {"endpoint_config": {"endpoint_type": "ASYNC"}}},
        {"vendor_configuration": {"endpoint_config": {"high_priority": True}}},
        with_parameters(a_parameter(enum=["b", "a"])),
        with_parameters(a_parameter(enum=["a"])),
        with_parameters(),
    ],
)
def test_any_other_value_makes_another_digest(changes: dict[str, Any]) -> None:
    assert digest(**changes) != digest()


def test_a_digest_stays_the_same_in_later_releases() -> None:
    """It is stored, and a field that a release adds is left out while it has its default."""
    assert digest() == "1e5885ec9b43e3c8791fa232ac959248d7984f28423b7afcf6177f4152259945"
