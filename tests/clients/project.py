"""A client project: copied, installed from its lock file, and run.

node and npm are those of the test extra: nobody need have any.
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = sysconfig.get_path("scripts")


def installed(source: Path, copy: Path) -> Path:
    """A copy with its npm packages, none of whose scripts has run."""
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    run(copy, "npm", "ci", "--ignore-scripts", seconds=180)
    return copy


def run(directory: Path, *command: str, seconds: float = 60, **environment: str) -> str:
    """What a command prints; one that fails fails the test with all that it said."""
    done = subprocess.run(
        command,
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
            "NODE_OPTIONS": "--use-system-ca",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
