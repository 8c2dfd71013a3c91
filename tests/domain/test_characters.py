"""Characters that show nothing or mislead, wherever a text may have them."""

import unicodedata
from functools import cache
from typing import Any

import pytest

from app.domain.characters import escaped, is_blank, is_clear
from app.domain.errors import UserError
from app.domain.formats import is_account_id
from app.domain.validation.rules import violations
from tests.builders import NAMED, a_create_command, a_viewer, a_wire_template, an_input
from tests.conftest import Login

BIDI = [*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
ZERO_WIDTH = [*"\u180e\u200b\u200c\u200d\u2060\u2063\ufeff\ufff9\U000e0041"]
SEPARATORS = ["\u2028", "\u2029"]
CONTROLS = [chr(code) for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"]
HIDDEN = [*BIDI, *ZERO_WIDTH, *SEPARATORS, *CONTROLS]
CLEAR = ["a", "Ünïcode 模型", "قالب النموذج", "🚀 1.0", "e\u0301", "a\u00a0b", "\u2764\ufe0f"]


@cache
def blanks() -> list[str]:
    """Characters that show nothing, to find which takes half a second."""
    spaces = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Zs"]
    return [*"\u034f\u115f\u1160\u2800\u3164\uffa0\ufe0f", *spaces]


def found(**changes: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Code and path of every violation of a create command."""
    errors: list[UserError] = violations(a_create_command(**changes))
    return [(error.code.name, error.path) for error in errors]


def bundle(**changes: Any) -> dict[str, Any]:
    return {"vendor_configuration": {"bundle_config": changes}}


def test_a_hidden_character_is_escaped_and_not_clear() -> None:
    for character in HIDDEN:
        assert not is_clear(f"a{character}b"), ascii(character)
        assert escaped(f"a{character}b") == "a" + ascii(character)[1:-1] + "b"


def test_a_lone_surrogate_is_escaped() -> None:
    assert escaped("\ud800é\udcff") == r"\ud800é\udcff"
    assert not is_clear("a\ud800")


def test_text_of_any_script_is_clear_and_stays_as_it_is() -> None:
    for text in CLEAR:
        assert is_clear(text)
        assert escaped(text) == text
        assert found(name=text) == []


def test_blank_text_shows_nothing() -> None:
    assert is_blank("")
    for character in [*HIDDEN, *blanks()]:
        assert is_blank(character * 2), ascii(character)
        assert not is_blank(f"{character}a")


def test_a_name_hides_nothing() -> None:
    for character in HIDDEN:
        assert found(name=f"a{character}b") == [("INVALID", ("name",))], ascii(character)


def test_a_name_is_not_blank() -> None:
    for character in blanks():
        assert found(name=character * 3) == [("REQUIRED", ("name",))], ascii(character)
        assert found(name=f"{character}a") == []


@pytest.mark.parametrize("field", ["healthcheck_route", "predict_route", "streaming_predict_route"])
def test_a_route_hides_nothing(field: str) -> None:
    for character in [*HIDDEN, "\u00a0", "\u3000"]:
        codes = {code for code, _ in found(**bundle(**{field: f"/a{character}b"}))}
        assert codes == {"INVALID"}, ascii(character)
    assert found(**bundle(**{field: "/v1/模型"})) == []


@pytest.mark.parametrize("field", ["registry", "image", "tag"])
def test_an_image_reference_hides_nothing(field: str) -> None:
    for character in HIDDEN:
        codes = {code for code, _ in found(**bundle(**{field: f"a{character}b"}))}
        assert codes == {"INVALID"}, ascii(character)


def test_a_mount_location_hides_nothing() -> None:
    image = {"registry": "docker.io", "image": "acme/tune", "tag": "1"}
    for character in HIDDEN:
        job = {**image, "mount_location": f"/a{character}/b"}
        errors = found(vendor_configuration={"fine_tuning_job_bundle_config": job})
        assert {code for code, _ in errors} == {"INVALID"}, ascii(character)


def test_a_script_may_have_several_lines_and_a_description_any_character() -> None:
    script = "if true; then\n\techo \x1b[31m\nfi\n"

    assert found(**bundle(command=["sh", "-c", script], env={"SCRIPT": script})) == []
    assert found(description="\u202b" + script) == []


@pytest.mark.parametrize("account", ["a", "1", "a:1", "acct_1", "Team-a.b", "a" * 64])
def test_an_account_has_an_id(account: str) -> None:
    assert is_account_id(account)
    assert found(account_id=account) == []


@pytest.mark.parametrize(
    "account", ["_a", ":a", "-a", "a b", "a\n", "é", "a/b", "a" * 65, "a\u200b"]
)
def test_another_text_is_no_account(account: str) -> None:
    assert not is_account_id(account)
    assert found(account_id=account) == [("INVALID", ("accountId",))]


@pytest.mark.parametrize("account", ["", "  "])
def test_an_account_is_required(account: str) -> None:
    assert not is_account_id(account)
    assert found(account_id=account) == [("REQUIRED", ("accountId",))]


async def test_an_account_is_judged_after_the_right_to_write_there(login: Login) -> None:
    create = "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) {"
    create += " errors { code path } } }"
    template = an_input(a_wire_template(account_id="a b"))
    stranger, owner = await login(), await login(a_viewer(**{"a b": "write"}))

    (error,) = (await stranger.post(create, input=template)).json()["errors"]
    answer = await owner.ask(create, input=template)

    assert error["extensions"] == {"code": "FORBIDDEN", **NAMED}
    errors = [{"code": "INVALID", "path": ["accountId"]}]
    assert answer == {"createModelTemplate": {"errors": errors}}
