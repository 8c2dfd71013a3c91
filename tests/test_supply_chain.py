"""Packages are pinned by their hashes, and images by their digests."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import hatch_build

ROOT = Path(__file__).parents[1]


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def pins(lock: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    return dict(re.findall(r"^(\S+)==(\S+)", text_of(lock), re.M))


def test_images_and_actions_are_pinned() -> None:
    dockerfile = text_of("Dockerfile")
    workflow = yaml.safe_load(text_of(".github/workflows/ci.yml"))
    (job,) = workflow["jobs"].values()
    images = [
        *re.findall(r"^ARG PYTHON=(.*)$", dockerfile, re.M),
        yaml.safe_load(text_of("compose.yaml"))["services"]["mongodb"]["image"],
        job["container"]["image"],
    ]

    for image in images:
        assert re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.M)) == {"${PYTHON}", "dependencies"}
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions)


LOCKS = [
    *sorted(file.name for file in ROOT.glob("requirements*.lock")),
    "benchmarks/peers/python/requirements.lock",
]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_version_and_hashes(name: str) -> None:
    text = text_of(name)
    packages = re.findall(r"^\S.*?(?=^\S|\Z)", text, re.M | re.S)

    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9.-]+==[\w.]+ ", package), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package
    assert "://" not in text


def test_what_builds_the_wheel_is_locked() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    needed = [*project["build-system"]["requires"], hatch_build.NODE]
    pinned, tested = pins("requirements-build.lock"), pins("requirements-test.lock")

    assert project["dependency-groups"]["build"] == needed
    assert {re.split("[<>=]", requirement)[0] for requirement in needed} <= pinned.keys()
    assert {name: tested.get(name) for name in pinned} == pinned


@pytest.mark.parametrize(
    "file",
    ["Dockerfile", ".ci/run", "scripts/setup", "scripts/mutate", "benchmarks/peers/run"],
)
def test_pip_installs_what_is_locked_only(file: str) -> None:
    text = text_of(file).replace("\\\n", " ")
    commands = re.findall(r"(?:pip|\[@\]\}\")\S* (?:install|wheel)\b.*", text)

    assert commands
    for command in commands:
        assert "--require-hashes" in command or "--no-index" in command, command
        assert "wheel " not in command or "--no-build-isolation" in command, command
