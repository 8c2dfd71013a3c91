"""What lists can be narrowed by, and which words a template is found by."""

import pytest
from msgspec.structs import replace

from app.domain.access import Id
from app.domain.errors import BadUserInput
from app.domain.filter import FILTERED, SEARCHED, ModelTemplateFilter, searchable_words, words
from tests.builders import a_template


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("-- !", set()),
        ("vllm-chat_a10x4", {"vllm", "chat", "a10x4"}),
        ("Straße STRASSE", {"strasse"}),
        ("\ufb01ne-tuned \u2163", {"fine", "tuned", "iv"}),
        ("été 2026, 日本語\n", {"été", "2026", "日本語"}),
        ("\0a\ud800b", {"a", "b"}),
    ],
)
def test_words_are_runs_of_letters_and_digits_in_no_case(text: str, found: set[str]) -> None:
    assert {*words(text)} == found


def test_the_words_of_a_template_come_in_the_order_of_their_worth() -> None:
    template = a_template(
        name="Alpha",
        description="beta",
        labels={"gamma": "delta"},
        vendor_configuration={
            "bundle_config": {"registry": "no.example", "image": "epsilon/zeta", "tag": "eta"},
            "fine_tuning_job_bundle_config": {"registry": "r.io", "image": "theta", "tag": "1"},
        },
    )

    template = replace(template, id=Id("01A21059-7f8a-712d-bdf0-37451a4b1fa7"))

    assert searchable_words(template) == [
        *("alpha", "gamma", "delta", "no", "example", "epsilon", "zeta", "eta"),
        *("01a21059-7f8a-712d-bdf0-37451a4b1fa7", "beta"),
    ]
    assert len(SEARCHED) == 7


def test_filters_are_made_of_marked_fields() -> None:
    assert set(FILTERED) == {
        *("name", "model_type", "endpoint_type", "endpoint_protocol", "gpu_type"),
        "created_by_user_id",
    }
    path, _ = FILTERED["gpu_type"]
    assert path == ("vendor_configuration", "endpoint_config", "gpu_type")


@pytest.mark.parametrize(
    "filter",
    [
        ModelTemplateFilter(search=" ".join(f"w{n}" for n in range(17))),
        ModelTemplateFilter(labels={f"l{n}": "" for n in range(65)}),
    ],
)
def test_a_filter_has_a_limit(filter: ModelTemplateFilter) -> None:
    with pytest.raises(BadUserInput, match=r"filter: (search|labels) takes at most"):
        filter.checked()
