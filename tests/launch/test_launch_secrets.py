"""Secrets are in no output, no process list and no traceback of a launch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import a_parameter, with_parameters
from tests.launch.conftest import LABELS, Launching, Templates
from tests.launch.fake_launch import KEY, Call
from tests.launch.fake_records import Failure
from tests.program import ROOT

SECRET = 'hf_"quoted"\\and\nsecond-line-of-it'
SHORT = "s3c"


@pytest.fixture
def template(templates: Templates) -> str:
    return templates.create(
        **with_parameters(
            a_parameter(name="HF_TOKEN", secret=True),
            a_parameter(name="PIN", secret=True),
            a_parameter(name="MODEL"),
        ),
    )


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    file = f"HF_TOKEN={tmp_path / 'token'}"
    return ("--set-file", file, "--set-env", "PIN=THE_PIN", "--set", "MODEL=m")


def assert_hidden(output: str) -> None:
    for text in (SECRET, *SECRET.splitlines(), KEY, '"s3c"', "\\and"):
        assert text not in output


@pytest.mark.slow
def test_a_secret_reaches_launch_and_nothing_else(
    launching: Launching, template: str, given: tuple[str, ...]
) -> None:
    first = launching.launch(template, *given, THE_PIN=SHORT)
    again = launching.launch(template, *given, THE_PIN=SHORT)
    launching.fake.forget()
    changed = launching.launch(template, *given, THE_PIN="s3d")

    (bundle, _) = launching.fake.bundles
    assert [each.exit_code for each in (first, again, changed)] == [0, 0, 0]
    assert bundle["flavor"]["env"] == {"HF_TOKEN": SECRET, "PIN": SHORT, "MODEL": "m"}
    assert launching.fake.writes() == ["POST bundle", "PUT endpoint"]
    assert '"HF_TOKEN": "***"' in first.output
    assert "    env.PIN: *** -> ***\n" in changed.output
    for result in launching.results:
        assert_hidden(result.output)


def test_errors_that_repeat_the_request_are_masked(
    launching: Launching, template: str, given: tuple[str, ...]
) -> None:
    def violation(call: Call) -> Failure | None:
        detail = [{"loc": ["body", "flavor"], "msg": f"no {SECRET}", "input": call.body}]
        return Failure(422, {"detail": detail}) if call.method == "POST" else None

    def text(call: Call) -> Failure | None:
        return Failure(400, f"{call.body} {SECRET} {KEY}") if call.method == "POST" else None

    launching.fake.fails = violation
    violated = launching.launch(template, *given, THE_PIN=SHORT)
    launching.fake.fails = text
    rejected = launching.launch(template, *given, THE_PIN=SHORT)

    assert (violated.exit_code, rejected.exit_code) == (1, 1)
    assert "(status 422): flavor: no ***" in violated.stderr
    assert_hidden(violated.output + rejected.output)


def test_a_secret_on_the_command_line_is_refused(launching: Launching, template: str) -> None:
    result = launching.launch(template, "--set", "HF_TOKEN=hf_typed")

    assert (result.exit_code, result.stdout, launching.fake.calls) == (2, "", [])
    assert "Use --set-env HF_TOKEN=VARIABLE or --set-file HF_TOKEN=PATH." in result.stderr
    assert "hf_typed" not in result.output


def test_a_violation_does_not_repeat_a_secret(templates: Templates, launching: Launching) -> None:
    parameter = a_parameter(name="HF_TOKEN", secret=True, pattern="^hf_", enum=["hf_a", "hf_b"])
    id = templates.create(**with_parameters(parameter))

    result = launching.launch(id, "--set-env", "HF_TOKEN=THE_TOKEN", THE_TOKEN="wrong-secret")

    assert (result.exit_code, launching.fake.calls) == (1, [])
    assert "--set HF_TOKEN: " in result.stderr
    assert "wrong-secret" not in result.output


@pytest.mark.slow
def test_a_variable_that_is_gone_may_have_been_secret(
    templates: Templates, launching: Launching
) -> None:
    id = templates.create(**with_parameters(a_parameter(name="LICENSE", secret=True)))
    launching.launch(id, "--set-env", "LICENSE=THE_LICENSE", THE_LICENSE="opaque-text")
    templates.update(id, modelCreationParametersSchema=None)

    result = launching.launch(id)

    assert result.exit_code == 0
    assert "    env.LICENSE: *** -> none\n" in result.stdout
    assert "opaque-text" not in result.output


@pytest.mark.slow
def test_neither_the_process_list_nor_a_traceback_has_a_secret(
    launching: Launching, template: str, given: tuple[str, ...]
) -> None:
    command_lines = list[bytes]()
    running = list[subprocess.Popen[str]]()

    def done(_: Call) -> None:
        for process in (running[0].pid, *_children(running[0].pid)):
            command_lines.append(Path(f"/proc/{process}/cmdline").read_bytes())

    launching.fake.done = done
    crash = "import app.launch.convergence as c; c.carry_out = None; "
    start = "import runpy; runpy.run_module('tests.launch.quick_program', run_name='__main__')"
    environment = {**os.environ, **launching.environment, "THE_PIN": SHORT, "PYTHONPATH": str(ROOT)}
    options = ("--name", "embed", "--yes", *LABELS)
    for code in (start, crash + start):
        running[:] = [
            subprocess.Popen(
                [sys.executable, "-c", code, "launch", template, *options, *given],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        ]
        output, _ = running[0].communicate(timeout=60)
        assert_hidden(output)

        assert ("Traceback" in output) == (code != start)
        launching.fake.endpoints.clear()
        launching.fake.forget()

    assert command_lines
    assert_hidden(b"".join(command_lines).decode())


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
