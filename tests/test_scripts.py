"""The scripts, and how CONTRIBUTING.md and CI refer to them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import LONGEST, SLOW

ROOT = Path(__file__).parents[1]
SCRIPTS = [
    ROOT / ".ci/run",
    *sorted(file for file in (ROOT / "scripts").iterdir() if not file.suffix),
]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PATHS = r"\.?\w[\w.-]*(?:/[\w.-]+)+|[\w-]+\.(?:py|graphql|lock|toml)|\.[\w-]+\.yaml|\.ci/run"


def test_there_are_scripts() -> None:
    assert {file.name for file in SCRIPTS} >= {"setup", "test", "check", "format", "schema"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_can_be_run_and_stops_at_the_first_failure(script: Path) -> None:
    first, *lines = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert first == "#!/usr/bin/env bash"
    assert lines[0].startswith("# ")
    assert "set -euo pipefail" in lines
    subprocess.run(["bash", "-n", script], check=True)


def test_contributing_names_every_script() -> None:
    assert {*re.findall(r"^\| `scripts/(\w+)`", CONTRIBUTING, re.M)} | {"setup", "run"} == {
        file.name for file in SCRIPTS
    }


def test_paths_in_contributing_exist() -> None:
    named = {
        path
        for code in re.findall(r"`([^`\n]+)`", CONTRIBUTING)
        for path in re.findall(PATHS, code)
    }

    assert {"app/domain", "tests/builders.py", "requirements.lock", ".ci/run"} <= named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_slow_and_long_paths_exist() -> None:
    assert [path for path in (*SLOW, *LONGEST) if not path.exists()] == []


def collected(*command: str) -> list[str]:
    """The tests that a command selects, those that it selects twice included."""
    asked = subprocess.run(
        [*command, "--collect-only", "-q"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    return sorted(line for line in asked.stdout.splitlines() if "::" in line)


@pytest.mark.slow
def test_all_tests_run_once_and_those_with_a_bystander_run_alone() -> None:
    pytest_ = (sys.executable, "-m", "pytest")
    alone = collected(*pytest_, "-m", "alone")
    watching = [
        file
        for file in ROOT.glob("tests/*/test_*.py")
        if "from tests.web.bystander import" in file.read_text()
    ]

    assert collected("scripts/test", "--all") == collected(*pytest_)
    assert {ROOT / test.partition("::")[0] for test in alone} >= {*watching}
    assert watching


def test_ci_runs_its_own_script() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())

    (job,) = workflow["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert job["timeout-minutes"] == 30


def test_hooks_use_the_tools_of_the_lock() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
