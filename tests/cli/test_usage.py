"""Help, and invalid commands."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from app import __version__
from app.cli import program
from tests.program import ROOT, run


@pytest.mark.parametrize("arguments", [("-h",), ("--help",)])
def test_help_lists_all_commands(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    assert "keys" in run(environment, *arguments).stdout


def test_the_version_is_that_of_the_package(environment: dict[str, str]) -> None:
    assert run(environment, "--version").stdout.endswith(f"version {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "create", "--identity", "ci"),
        ("keys", "create", "--identity", "ci", "--account", "a:admin"),
        ("keys", "create", "--identity", "ci", "--account", ":read"),
        ("keys", "create", "--identity", "ci", "--type", "robot", "--account", "a"),
        ("keys", "create", "--identity", " ", "--account", "a"),
        ("nothing",),
        ("--nothing",),
    ],
)
def test_an_invalid_command_prints_help(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    result = run(environment, *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert "Usage: python -m app" in result.stderr


def commands(group: click.Group, *above: str) -> dict[tuple[str, ...], click.Command]:
    """All commands except groups, by their words."""
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, *above, name)
        else:
            found[*above, name] = command
    return found


COMMANDS = commands(program.main)


def parse(line: str) -> None:
    """Raises a UsageError if click does not take the words after the program's name."""
    part = next(part for part in re.split(r"\|\||&&|[|>]", line) if "python -m app" in part)
    words = shlex.split(part)[3:]
    command: click.Command = program.main
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0) if words and words[0][0] != "-" else "serve"]
    # A file of an example need not be here.
    words = [str(ROOT / "README.md") if re.fullmatch(r"[^-].*[*.].*", w) else w for w in words]
    with command.make_context("example", words):
        pass  # What it has opened is closed.


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_what_it_does_with_an_example_that_works(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    help = command.get_help(click.Context(command, info_name=" ".join(words)))

    examples = re.findall(r"^    ?(\S.*python -m app .*|python -m app .*)$", help, re.M)
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert examples
    assert all(f"python -m app {' '.join(words)}" in example for example in examples)
    for example in examples:
        parse(example)


def test_the_readme_has_each_command() -> None:
    table = (ROOT / "README.md").read_text().split("## Commands\n")[1].split("\n## ")[0]
    cells = [
        row.split(" | ")[0].replace("\\|", ";") for row in re.findall(r"^\| (`.*)", table, re.M)
    ]
    named: dict[tuple[str, ...], str] = {}
    for cell in cells:
        for text in re.findall("`(.*?)`", cell):
            named[tuple(re.findall(r"^[a-z]+(?: [a-z][a-z-]*)*", text)[0].split())] = text

    assert named.keys() == COMMANDS.keys()
    for words, text in named.items():
        options = {name for param in COMMANDS[words].params for name in param.opts}
        assert set(re.findall(r"--[a-z-]+", text)) <= options, words


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [(("srve",), "serve"), (("keys", "creat"), "create"), (("serve", "--prot", "1"), "--port")],
)
def test_a_misspelled_command_gets_a_suggestion(
    environment: dict[str, str], arguments: tuple[str, ...], suggestion: str
) -> None:
    result = run(environment, *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert re.search(rf"Did you mean .*'{suggestion}'", result.stderr)


@pytest.mark.parametrize("arguments", [("validate",), ("import",), ("schema", "check")])
def test_a_missing_file_is_named(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    result = run(environment, *arguments, "missing.file")

    assert (result.returncode, result.stdout) == (2, "")
    assert "missing.file" in result.stderr


OPENING = [
    *(("seed",), ("export",), ("import", "-"), ("db", "init"), ("db", "status")),
    *(("keys", "create", "--identity", "a", "--account", "a"), ("keys", "list")),
    ("keys", "revoke", "mt_1a2B3c4D"),
]
"""Every command but serve that opens the database."""


@pytest.mark.parametrize("arguments", OPENING, ids=" ".join)
def test_a_command_reports_an_unavailable_database(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    away = {"MODEL_TEMPLATES_MONGODB_URI": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"}
    missing = {"MODEL_TEMPLATES_ENVIRONMENT": "production"}

    unreached = run({**environment, **away}, *arguments)
    unset = run({**environment, **missing}, *arguments)

    assert (unreached.returncode, unset.returncode) == (3, 2)
    assert unreached.stderr.splitlines()[-1].startswith("Error: The database is not available")
    assert unset.stderr.startswith("Error: MODEL_TEMPLATES_MONGODB_URI is needed")
    assert unreached.stdout == unset.stdout == ""


def test_an_interrupt_or_a_closed_pipe_ends_it_quietly(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "app"]
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    waiting: subprocess.Popen[bytes] = subprocess.Popen(
        [*command, "schema", "check", "-"], cwd=ROOT, env=environment, **pipes
    )
    time.sleep(3)  # Until it waits for its pipe.
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate(timeout=30)
    left: subprocess.Popen[bytes]
    left = subprocess.Popen([*command, "schema", "print"], cwd=ROOT, env=environment, **pipes)
    assert left.stdout is not None
    assert left.stderr is not None
    left.stdout.close()
    complaint = left.stderr.read()
    left.communicate()

    assert (waiting.returncode, said) == (130, b"")
    assert complaint == b""


def in_a_shell(environment: dict[str, str], command: str) -> tuple[int, str]:
    """The exit status and the standard error of the program, started by a shell."""
    result = subprocess.run(
        ["sh", "-c", f'"$0" -m app {command}', sys.executable],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.returncode, result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", ["schema print", "config show"])
def test_a_full_disk_is_said_in_one_line(environment: dict[str, str], command: str) -> None:
    status, said = in_a_shell(environment, f"{command} > /dev/full")

    assert (status, said) == (1, "Error: cannot write: No space left on device\n")


@pytest.mark.parametrize(
    ("command", "status"), [("validate - <&-", 1), ("config show >&-", 0), ("nothing 2>&-", 2)]
)
def test_closed_streams_are_like_empty_ones(
    environment: dict[str, str], command: str, status: int
) -> None:
    assert in_a_shell(environment, command) == (status, "")
