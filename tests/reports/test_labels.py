"""Names and labels of endpoints, which Launch writes into YAML without quotes."""

import pytest
import yaml

from app.domain.launch.yaml_text import yaml_kind
from tests.conftest import Caller
from tests.reports.reported import LABELS, case, created, planned, told


@pytest.fixture
async def id(dan: Caller) -> str:
    return (await created(dan, case("02")))[0]


async def test_what_yaml_reads_as_something_else_is_a_warning(dan: Caller, id: str) -> None:
    plan = await planned(dan, id, name="2024", labels={"team": "on", "product": "1.10"})

    assert plan["errors"] == []
    assert told(plan["warnings"]) == [
        ("INVALID", "name"),
        ("INVALID", "labels.team"),
        ("INVALID", "labels.product"),
    ]
    assert plan["warnings"][1]["message"] == (
        "team is read as true or false in YAML, where Launch writes it without quotes, and "
        "Kubernetes refuses labels that are no text, so the endpoint would not be built. Write "
        "text, such as team-on."
    )
    assert plan["createModelEndpointRequest"]["labels"] == {"team": "on", "product": "1.10"}


@pytest.mark.parametrize(
    "text",
    [
        *("on", "On", "OFF", "yes", "No", "true", "False", "null", "Null", ""),
        *("0", "2024", "0x1F", "0b11", "017", "0o17", "1_000", "1.10", "1.", "1e3", "1.5E-3"),
        *("1.5e+3", "2024-01-01"),
    ],
)
def test_yaml_reads_it_as_something_else(text: str) -> None:
    assert yaml_kind(text)
    if isinstance(yaml.safe_load(text), str):  # In YAML 1.1, which Launch's PyYAML reads.
        assert text in ("0o17", "1e3", "1.5E-3")


@pytest.mark.parametrize(
    "text",
    [
        "search",
        "v2024",
        "2024-1-1",
        "190.20.30",
        "1.10.0",
        "2024-Q1",
        "a-on",
        "y",
        "n",
        "nan",
        "inf",
        "0xZZ",
        "1e3a",
        "e3",
    ],
)
def test_yaml_reads_it_as_text(text: str) -> None:
    assert isinstance(yaml.safe_load(text), str)
    assert yaml_kind(text) is None


@pytest.mark.parametrize("text", ["1:30", "190:20:30.15", ".inf", ".NaN", "~", "2024-13-45"])
def test_texts_that_no_label_may_be_are_told_all_the_same(text: str) -> None:
    assert yaml_kind(text)


@pytest.mark.parametrize("name", ["endpoint-test_docker_bundle-6", "a.b", "A", "0a", "a" * 63])
async def test_a_name_may_have_underscores_and_points(dan: Caller, id: str, name: str) -> None:
    plan = await planned(dan, id, name=name)

    assert plan["errors"] == plan["warnings"] == []
    assert plan["createModelEndpointRequest"]["name"] == name


@pytest.mark.parametrize("name", ["_a", "a_", ".a", "a.", "-a", "a b", "é", "a\n", "a/b"])
async def test_a_name_is_alphanumeric_at_both_ends(dan: Caller, id: str, name: str) -> None:
    assert told((await planned(dan, id, name=name, labels=LABELS))["errors"]) == [
        ("INVALID", "name")
    ]
