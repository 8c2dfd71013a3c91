"""The program, run in a process of its own."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx

ROOT = Path(__file__).parents[1]


def run(
    environment: dict[str, str], *arguments: str, given: str = "", cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run one command until it ends; `given` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=cwd,
        input=given,
        env={"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


class Banner:
    """The output of a server at startup."""

    def __init__(self, text: str, output: IO[str] | None = None) -> None:
        self.text = text
        self._output = output
        self.url = re.findall(r"API +(\S+)", text)[0]
        self.key = re.findall(r"Development key +(\S+)", text)[0]
        found = (re.findall(rf"{page} +(\S+)", text) for page in ("Playground", "Catalog"))
        self.links = [link for links in found for link in links]
        self.curl = next(line for line in text.splitlines() if "curl" in line)

    def wait_for(self, said: str) -> None:
        """Read on until the server has printed a text."""
        assert self._output is not None
        while said not in (line := self._output.readline()):
            assert line

    def send(self) -> Any:
        """Send the request of the printed curl command."""
        words = shlex.split(self.curl)
        assert words[:3] == ["curl", "-s", self.url]
        options = dict(zip(words[3::2], words[4::2], strict=True))
        headers = [words[i + 1].split(": ") for i, word in enumerate(words) if word == "-H"]
        answer = httpx.post(self.url, content=options["-d"], headers=dict(headers))
        return answer.json()["data"]["modelTemplates"]

    def ask(self, query: str, key: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"x-api-key": key or self.key}
        body = {"query": query, "variables": variables}
        # Loading certificates, which plain HTTP does not need, takes 20 ms.
        return httpx.post(self.url, json=body, headers=headers, verify=False)


@contextmanager
def serving_with(
    environment: dict[str, str], *arguments: str, cwd: Path = ROOT
) -> Iterator[Banner]:
    """A server, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    text = ""
    try:
        while "curl" not in text:
            line = process.stdout.readline()
            assert line, text
            text += line
        yield Banner(text, process.stdout)
    finally:
        process.send_signal(signal.SIGTERM)
        text, _ = process.communicate(timeout=30)
    assert process.returncode == 0, text
    assert "Traceback" not in text
