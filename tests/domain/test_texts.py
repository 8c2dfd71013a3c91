"""Texts by their form: API keys, text that can be stored, names as the API spells them."""

import pytest

from app.domain.api_key import digest, is_key, new_key
from app.domain.naming import camel
from app.domain.storable import is_storable


def test_a_new_key_is_a_key_of_its_own() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {46}
    assert all(map(is_key, keys))


@pytest.mark.parametrize("text", ["", "mt_", "mt_" + "a" * 42, "mt_" + "a" * 44, "mx_" + "a" * 43])
def test_another_text_is_no_key(text: str) -> None:
    assert not is_key(text)
    assert not is_key("mt_" + "a" * 43 + "\n")
    assert not is_key("mt_" + "a" * 42 + "=")


def test_a_digest_is_a_sha_256_in_hexadecimal() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert digest("abc") == expected


@pytest.mark.parametrize(
    ("text", "can_be_stored"),
    [
        *(("", True), ("a\x01", True), ("\ud7ff\ue000", True), ("\U0001f600", True)),
        *(("a\0", False), ("\ud800", False), ("\udbff", False), ("\udc00b", False)),
        ("\udfff", False),
    ],
)
def test_nul_and_lone_surrogates_cannot_be_stored(text: str, can_be_stored: bool) -> None:
    assert is_storable(text) is can_be_stored


@pytest.mark.parametrize(
    ("name", "spelled"), [("id", "id"), ("gpu_type", "gpuType"), ("a_b_c", "aBC")]
)
def test_a_name_is_spelled_in_camel_case(name: str, spelled: str) -> None:
    assert camel(name) == spelled
