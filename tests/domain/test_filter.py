"""Filters, and the words that a search finds a template by."""

from enum import Enum

import pytest
from msgspec.structs import replace

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.filter import (
    FILTERED,
    SEARCHED,
    ModelTemplateFilter,
    is_facet,
    searchable_words,
    words,
)
from tests.builders import a_template

UUID = "0198d5c2-6a3e-7c4f-9d1b-2f6b8a1c3e5d"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("-- !", []),
        ("vllm-chat_a10x4", ["vllm", "chat", "a10x4"]),
        ("b a B", ["b", "a"]),
        ("Straße STRASSE", ["strasse"]),
        ("\ufb01ne-tuned \u2163", ["fine", "tuned", "iv"]),
        ("été 2026, 日本語\n", ["été", "2026", "日本語"]),
        ("\0a\ud800b", ["a", "b"]),
        (f"id {UUID.upper()}", ["id", *UUID.split("-")]),
        ("n" * 300, ["n" * 255]),
    ],
)
def test_words_are_runs_of_letters_and_digits_in_no_case(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


def test_the_words_of_a_template_are_in_order_of_importance() -> None:
    template = a_template(
        name="Alpha",
        description="beta",
        labels={"gamma": "delta"},
        vendor_configuration={
            "bundle_config": {"registry": "no.example", "image": "epsilon/zeta", "tag": "eta"},
            "fine_tuning_job_bundle_config": {"registry": "r.io", "image": "theta", "tag": "1"},
        },
    )

    assert searchable_words(replace(template, id=Id(UUID))) == [
        *("alpha", "no", "example", "epsilon", "zeta", "eta"),
        *(*UUID.split("-"), "gamma", "delta", "beta"),
    ]
    assert len(SEARCHED) == 8


def test_a_digest_is_found_and_changes_no_words_of_a_template_without_one() -> None:
    digits = "9f" * 32
    pinned = {"bundle_config": {"digest": f"sha256:{digits}"}}
    with_digest, without = a_template(vendor_configuration=pinned), a_template()
    shown = with_digest.vendor_configuration.bundle_config.image_reference

    found = searchable_words(replace(with_digest, id=Id(UUID)))

    assert shown == f"docker.io/library/echo-model:0.1.0@sha256:{digits}"
    assert {*words(shown)} <= {*found}
    assert [word for word in found if word not in ("sha256", digits)] == searchable_words(
        replace(without, id=Id(UUID))
    )


def test_the_end_of_a_long_description_is_not_searched() -> None:
    description = " ".join(f"w{number}" for number in range(200))

    found = searchable_words(a_template(description=description))

    assert len(found) == 128
    assert found[-1] == f"w{127 - found.index('w0')}"


def test_filters_are_derived_from_marked_fields() -> None:
    assert set(FILTERED) == {
        *("name", "model_type", "endpoint_type", "endpoint_protocol", "gpu_type"),
        "created_by_user_id",
    }
    path, kind = FILTERED["gpu_type"]
    assert path == ("vendor_configuration", "endpoint_config", "gpu_type")
    assert {name for name, (_, kind) in FILTERED.items() if is_facet(kind)} == {
        *("model_type", "endpoint_type", "endpoint_protocol", "gpu_type")
    }
    assert issubclass(kind, Enum)
    assert FILTERED["name"] == (("name",), str)


@pytest.mark.parametrize(
    "filter",
    [
        ModelTemplateFilter(),
        ModelTemplateFilter(search="s" * 1_000),
        ModelTemplateFilter(search=" ".join(f"w{n}" for n in range(16))),
        ModelTemplateFilter(labels={f"l{n}": "" for n in range(64)}),
    ],
)
def test_a_filter_within_the_limits_is_accepted(filter: ModelTemplateFilter) -> None:
    assert filter.checked() is filter


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        (
            ModelTemplateFilter(search="s" * 1_001),
            "filter: search must have at most 1,000 characters",
        ),
        (
            ModelTemplateFilter(search=" ".join(f"w{n}" for n in range(17))),
            "filter: search must have at most 16 words",
        ),
        (
            ModelTemplateFilter(labels={f"l{n}": "" for n in range(65)}),
            "filter: labels must have at most 64 pairs",
        ),
    ],
)
def test_a_filter_has_a_limit(filter: ModelTemplateFilter, message: str) -> None:
    with pytest.raises(BadUserInput) as raised:
        filter.checked()

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("search", "finds_nothing"),
    [(None, False), ("", False), ("  ", False), ("-", True), (" !? ", True), ("a!", False)],
)
def test_a_search_without_a_word_finds_nothing(search: str | None, finds_nothing: bool) -> None:
    assert ModelTemplateFilter(search=search).finds_nothing() is finds_nothing
