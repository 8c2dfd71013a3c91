"""The commands and pipelines of docs/apply.md."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.storage.driver import Database
from tests.builders import a_wire_template
from tests.program import ROOT, run, serving_with
from tests.test_readme import block

APPLY = (ROOT / "docs/apply.md").read_text()
READ_KEY, WRITE_KEY = "TEMPLATES_READ_KEY", "TEMPLATES_WRITE_KEY"


class Shell:
    """Runs scripts in a directory, with the command `model-templates` and a server to talk to."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.environment = environment
        self.directory = directory

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.directory,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def shell(
    environment: dict[str, str], mongod_uri: str, mongod: Database, tmp_path: Path
) -> Iterator[Shell]:
    given = {
        **environment,
        "MODEL_TEMPLATES_MONGODB_URI": mongod_uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": mongod.name,
    }
    command = tmp_path / "bin/model-templates"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\nexec python -m app "$@"\n')
    command.chmod(0o755)
    creating = block("sh", "## In a pipeline", APPLY).splitlines()
    with serving_with(given, "--port", "0") as server:
        read, write = [
            run(given, *line.removeprefix("python -m app ").split()).stdout.strip()
            for line in creating
        ]
        there = {
            "PATH": f"{command.parent}:{ROOT / '.venv/bin'}:{environment['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MODEL_TEMPLATES_SERVER_URL": server.url.removesuffix("/graphql"),
            "MODEL_TEMPLATES_API_KEY": server.key,
            READ_KEY: read,
            WRITE_KEY: write,
        }
        yield Shell({**environment, **there}, tmp_path)


def test_the_walkthrough_prints_what_is_shown(shell: Shell) -> None:
    done = shell.run(block("sh", "<!-- run -->", APPLY))

    assert (done.returncode, done.stderr) == (0, "")
    assert f"```\n{done.stdout}```" in APPLY


def github() -> dict[str, tuple[str, str]]:
    """The variable of the key, and the script, of each job."""
    jobs: dict[str, Any] = yaml.safe_load(block("yaml", "### GitHub Actions", APPLY))["jobs"]
    return {
        name: (
            re.findall(r"secrets\.(\w+)", job["env"]["MODEL_TEMPLATES_API_KEY"])[0],
            "\n".join(step["run"] for step in job["steps"] if "run" in step),
        )
        for name, job in jobs.items()
    }


def gitlab() -> dict[str, tuple[str, str]]:
    """As for GitHub; a script takes its key from the variable itself."""
    made: dict[str, Any] = yaml.safe_load(block("yaml", "### GitLab", APPLY))
    jobs = {name: made[name]["script"] for name in made if "script" in made[name]}
    return {name: (_key(script), "\n".join(script)) for name, script in jobs.items()}


def _key(script: list[str]) -> str:
    (name,) = re.findall(r"\$(TEMPLATES_\w+)", script[0])
    return str(name)


@pytest.mark.parametrize("jobs", [github(), gitlab()], ids=["github", "gitlab"])
def test_the_pipelines_work(shell: Shell, jobs: dict[str, tuple[str, str]]) -> None:
    templates = shell.directory / "templates"
    templates.mkdir()
    (templates / "echo.json").write_text(json.dumps(a_wire_template(account_id="acct_1")))

    def job(name: str) -> subprocess.CompletedProcess[str]:
        key, script = jobs[name]
        return shell.run(script, MODEL_TEMPLATES_API_KEY=shell.environment[key])

    shown, applied, again = job("diff"), job("apply"), job("diff")
    (templates / "echo.json").write_text("{")
    broken = job("diff")

    assert {name: key for name, (key, _) in jobs.items()} == {"diff": READ_KEY, "apply": WRITE_KEY}
    assert [result.returncode for result in (shown, applied, again)] == [0, 0, 0]
    assert shown.stdout.startswith("+ acct_1/echo (templates/echo.json)\nPlan: 1 to create, ")
    assert "Done: 1 created, " in applied.stdout
    assert again.stdout == "Plan: 0 to create, 0 to update, 0 to archive, 1 unchanged.\n"
    assert "templates/echo.json: cannot be read: " in broken.stderr
    assert broken.returncode == 1  # That of `[`.


def test_every_member_of_the_json_is_described(shell: Shell) -> None:
    (shell.directory / "echo.json").write_text(json.dumps(a_wire_template(account_id="acct_1")))

    done = shell.run(
        "model-templates apply . --output json",
        MODEL_TEMPLATES_API_KEY=shell.environment[WRITE_KEY],
    )

    report = json.loads(done.stdout)
    (step,), (result,) = report["plan"], report["results"]
    table = APPLY.split("## For scripts")[1].split("## In a pipeline")[0]
    assert {*report, *step, *result} <= {*re.findall(r"`(\w+)`", table)}
