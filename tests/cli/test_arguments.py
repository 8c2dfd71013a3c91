"""Arguments that name accounts, people and files."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli.arguments import Account, Grant, Identity, Name
from app.cli.template_commands import validate

NOT_ACCOUNTS = ["", " ", "_a", "a b", "a\n", "a/b", "é", "a\u202eb", "a" * 65, "\ud800"]
HOSTILE = ["a\nb", "a\rb", "a\x1b[31mb", "a\u2028b", "a\u202eb", "a\x9bb", "a\x85b", "a\udcffb"]


@pytest.mark.parametrize("text", NOT_ACCOUNTS)
def test_an_account_has_the_form_of_one(text: str) -> None:
    for kind in (Account(), Grant()):
        with pytest.raises(click.BadParameter) as error:
            kind.convert(text, None, None)
        assert error.value.message.isprintable()
    assert Account().convert("team:a.b-1_2", None, None) == "team:a.b-1_2"
    assert Grant().convert("a:1:read", None, None).account_id == "a:1"


@pytest.mark.parametrize("text", ["", "\u3000", "\u2800", "\u200b", "a\u200bb", "a\x1bb", *HOSTILE])
def test_an_identity_is_clear_text(text: str) -> None:
    with pytest.raises(click.BadParameter) as error:
        Identity().convert(text, None, None)
    assert error.value.message.isprintable()
    assert Identity().convert("Ann Ünger", None, None) == "Ann Ünger"


def test_an_account_of_an_earlier_release_can_be_named() -> None:
    assert Name().convert("old account", None, None) == "old account"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("text", ["[", "[]"])
def test_a_file_name_is_printed_on_one_line(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.json").write_text(text)

    result = CliRunner().invoke(validate, [str(tmp_path)])

    (line,) = result.output.splitlines()
    assert result.exit_code == 1
    assert line.isprintable()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_missing_file_is_named_on_one_line(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(validate, [str(tmp_path / name)])

    assert result.exit_code == 2
    assert all(line.isprintable() for line in result.output.splitlines())
    assert len(result.output.splitlines()) == 4
