"""Values of creation parameters from the command line, files and variables."""

from pathlib import Path
from typing import Any

import click
import pytest

from app.cli.launching.given_values import GivenValues
from app.cli.launching.template_lookup import Parameter

PARAMETERS = [
    Parameter(name="TEXT", type="STR", is_secret=False),
    Parameter(name="SIZE", type="INT", is_secret=False),
    Parameter(name="RATE", type="FLOAT", is_secret=False),
    Parameter(name="FAST", type="BOOL", is_secret=False),
    Parameter(name="TOKEN", type="STR", is_secret=True),
    Parameter(name="LATER", type="TENSOR", is_secret=False),
]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("TEXT", "", ""),
        ("TEXT", "a=b ", "a=b "),
        ("TEXT", "1", "1"),
        ("SIZE", "-8", -8),
        ("SIZE", "+8", 8),
        ("SIZE", "123456789012345678901234567890", 123456789012345678901234567890),
        ("SIZE", "1e3", 1_000),
        ("SIZE", "1000.0", 1_000),
        ("SIZE", "9007199254740993.0", 9_007_199_254_740_993),
        ("RATE", "1", 1),
        ("RATE", "0.50", 0.5),
        ("RATE", "1e-3", 0.001),
        ("FAST", "true", True),
        ("FAST", "False", False),
    ],
)
def test_a_value_has_the_type_of_its_parameter(name: str, text: str, value: Any) -> None:
    typed = GivenValues(((name, text),)).typed(PARAMETERS)

    assert typed == {name: value}
    assert type(typed[name]) is type(value)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("SIZE", "1.5")], "--set SIZE: '1.5' is not an integer, such as 8"),
        ([("SIZE", "1e999")], "--set SIZE: '1e999' is not an integer, such as 8"),
        ([("SIZE", "१")], "is not an integer"),
        ([("SIZE", "1" * 31)], "is not an integer"),
        ([("RATE", "nan")], "--set RATE: 'nan' is not a number, such as 0.5"),
        ([("RATE", "inf")], "is not a number"),
        ([("RATE", "1e999")], "--set RATE: '1e999' is not a number, such as 0.5"),
        ([("RATE", "-1e999")], "is not a number"),
        ([("RATE", "")], "is not a number"),
        ([("FAST", "yes")], "--set FAST: 'yes' is not true or false"),
        ([("SIZ", "1")], "--set SIZ: the template has no such creation parameter; did you mean"),
        ([("X\x1b", "1")], r"--set X\x1b: the template has no such creation parameter; it has"),
        ([("TEXT", "a"), ("TEXT", "b")], "--set TEXT: the parameter is set twice"),
        ([("TOKEN", "abcdef")], "--set TOKEN: the parameter is secret"),
        ([("LATER", "1")], "--set LATER: this release does not know its type"),
    ],
)
def test_a_value_of_another_type_is_explained(pairs: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(click.UsageError) as error:
        GivenValues(tuple(pairs)).typed(PARAMETERS)

    assert said in error.value.message
    assert error.value.message.isprintable()
    assert "abcdef" not in error.value.message


def test_a_file_loses_the_newline_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "size").write_text("8\n")
    (tmp_path / "token").write_bytes(b"a\r\n\r\n")

    paths = (("SIZE", f"{tmp_path}/size"), ("TOKEN", f"{tmp_path}/token"))

    assert GivenValues((), paths).typed(PARAMETERS) == {"SIZE": 8, "TOKEN": "a\r\n"}


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_MINE", "0.5")

    given = GivenValues((), (), (("RATE", "OF_MINE"), ("TEXT", "OF_MINE")))

    assert given.typed(PARAMETERS) == {"RATE": 0.5, "TEXT": "0.5"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff", "is not UTF-8 text"),
        (b"x" * 1_000_001, "is larger than 1 MB"),
        (b"hidden", "--set-file SIZE: the value is not an integer"),
    ],
)
def test_a_file_that_does_not_do_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "value"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(click.UsageError) as error:
        GivenValues((), (("SIZE", str(file)),)).typed(PARAMETERS)

    assert said in error.value.message
    assert "hidden" not in error.value.message


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(click.UsageError, match="--set-env TOKEN: the variable NOT_SET is not set"):
        GivenValues((), (), (("TOKEN", "NOT_SET"),)).typed(PARAMETERS)
