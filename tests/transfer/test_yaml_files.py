"""Whatever a YAML file contains, it is named with its line, and the next file is checked."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli.template_commands import validate
from app.transfer.files import check_file
from app.transfer.yaml_loader import yaml_documents

VALID = """
name: sound
endpoint_type: ASYNC
model_type: GENERIC
vendor_configuration:
  bundle_config: {registry: docker.io, image: a/b, tag: "1.0", command: [serve]}
"""
MERGES = "a0: &a0 {x: 1, y: 2}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 14)
)
UNREADABLE: list[tuple[str, str]] = [
    *((f"a: 1\nb: !!{kind} maybe", rf"line 2: .*!!{kind}") for kind in ("bool", "int", "float")),
    *((f"a: 1\nb: !!{kind} ''", rf"line 2: .*!!{kind}") for kind in ("bool", "int", "float")),
    ("!!timestamp 2026-99-99", "line 1: .*!!timestamp"),
    ("!!timestamp soon", "line 1: .*!!timestamp"),
    ("a: 2026-02-30", "line 1: .*!!timestamp"),
    ("!!binary é", "line 1: "),
    ("a: " + "1" * 5_000, "line 1: .*!!int"),
    ("a: 1" + ":59" * 5_000, "integer"),
    ("a: 1\nb: !ours x", "line 2: .*'!ours'"),
    ("!!python/object/apply:os.system [ls]", "line 1: .*python/object"),
    ("!!map [a]", "line 1: "),
    ("{<<: 1}", "line 1: "),
    ("=", "line 1: "),
    ("*a", "line 1: .*undefined alias"),
    ("[&a 1, &a 2]", "line 1: .*duplicate anchor"),
    ("&a [*a]", "Circular"),
    ("&a {*a : 1}", "line 1: .*unhashable"),
    ("? [a]\n: 1", "line 1: .*unhashable"),
    (MERGES, r"line \d+: .*1,000,000 keys"),
    ("{a: " * 5_000, "nested too deeply"),
    ("{<<: " * 600 + "{}" + "}" * 600, "nested too deeply"),
    ("a:\n\tb: 1", "line 2: "),
    ("a: 1\nb: \0", r"line 2: .*U\+0000"),
    ("a: \x1b[31m", r"line 1: .*U\+001B"),
    ('"\\UFFFFFFFF"', "YAML"),
    ("!%FF x", "line 1: "),
    ("%YAML 9.9\n---\na", "line 1: "),
    ("a: [", "line 1: "),
]
DEEP = ("[" * 5_000, "nested too deeply")


@pytest.mark.parametrize(
    ("text", "reason"),
    [*UNREADABLE, pytest.param(*DEEP, marks=pytest.mark.slow)],
    ids=range(len(UNREADABLE) + 1),
)
def test_an_unreadable_file_has_one_message_and_the_next_is_checked(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text("7")
    (tmp_path / "c.yaml").write_text(VALID)

    result = CliRunner().invoke(validate, [str(tmp_path)])

    first, second = result.output.splitlines()
    assert result.exit_code == 1
    assert first.isprintable()
    assert first.startswith(f"{tmp_path}/a.yaml: cannot be read: ")
    assert re.search(reason, first)
    assert second == f"{tmp_path}/b.yaml:1: (all): The input must be an object. [INVALID]"


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_the_line_of_text_that_is_not_utf_8_is_named(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(b"a: 1\nb: \xff")

    (message,) = check_file(file)

    assert str(message) == f"{file}: cannot be read: line 2: is not UTF-8 text"


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (message,) = check_file(tmp_path / "gone.yaml")

    assert str(message) == f"{tmp_path}/gone.yaml: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    "text",
    [
        *("!!binary aGk=", "!!set {a}", "2026-01-01", "!!omap [a: b]", "!!pairs [a: b]", "! x"),
        *(".nan", ".inf", "{1: x, 2026-01-01: y, null: z, true: t, .nan: u}", '"\\ud800"'),
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        *("@", VALID + "@: x", VALID + "labels: @", VALID + "labels: {a: @}"),
        *(VALID + "description: @", VALID.replace("[serve]", "@"), VALID.replace("sound", "@")),
        VALID + "model_creation_parameters_schema: {parameters: [{name: A, type: str, "
        "description: d, required: false, default: @, enum: [@]}]}",
    ],
)
def test_a_value_that_json_does_not_have_is_at_most_a_violation(
    tmp_path: Path, place: str, text: str
) -> None:
    (tmp_path / "a.yaml").write_text(place.replace("@", text))

    assert all(str(message).isprintable() for message in check_file(tmp_path / "a.yaml"))


def test_a_template_that_is_too_large_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(VALID + f"description: {'d' * 1_000}\n---\n{VALID}")

    (message,) = check_file(file, max_bytes=1_000)

    assert re.fullmatch(
        rf"{file}:2: document 1: \(all\): The template must have at most 1,000 bytes as JSON, but "
        r"has 1,[0-9]{3}: description alone has 1,002\. \[OUT_OF_RANGE\]",
        str(message),
    )
    assert [*check_file(file)] == []


PIECES = st.sampled_from(
    [
        *("- ", ": ", "? ", "\n", "  ", "&a ", "*a", "<<: ", "{", "}", "[", "]", ",", "|", ">"),
        *("!!bool ", "!!int ", "!!timestamp ", "!!binary ", "!!set ", "!!omap ", "!x ", "%", "---"),
        *("'", '"', "\\U", "\\x", "#", "=", "~", "1:1", "0x", "2026-99-99", ".nan", "\t", "a"),
        *("\ufeff", "\u2028", "\x85", "name", "labels"),
    ]
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(text=st.lists(PIECES, max_size=14).map("".join))
def test_no_text_ends_the_check(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text)

    assert all(str(message).isprintable() for message in check_file(file))


FILES = sorted((Path(__file__).parents[1] / "reports" / "cases").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_both_parsers_read_the_same(file: Path) -> None:
    text = file.read_text()
    by_python = f"{text.rstrip()}\n# A tab in a comment \t is read by the slower one.\n"

    def read(text: str) -> list[tuple[object, ...]]:
        return [
            (each.value, each.repeated, each.line_of(("vendor_configuration", "bundle_config")))
            for each in yaml_documents(text)
        ]

    assert FILES
    assert read(text) == read(by_python) != []
