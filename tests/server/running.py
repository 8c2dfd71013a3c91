"""A server in processes of its own, with what it logs and measures."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.program import ROOT

Series = list[tuple[str, dict[str, str], float]]


class Server:
    """A server that has started. What it writes goes to a file."""

    def __init__(self, directory: Path, uri: str, workers: int, **variables: str) -> None:
        self.directory = directory
        self._output = directory / "output"
        environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(directory),
            "MONGODB_URI": f"{uri}&heartbeatFrequencyMS=500",
            "MODEL_TEMPLATES_DATA_DIR": str(directory),
            "MODEL_TEMPLATES_LOG_FORMAT": "json",
            **variables,
        }
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "--port", "0", "--workers", str(workers)],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(lambda: "Development key" in self.output())
        self.url = re.findall(r"API +(\S+)", self.output())[0]
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])
        self.key = re.findall(r"Development key +(\S+)", self.output())[0]

    def output(self) -> str:
        return self._output.read_text()

    def lines(self, logger: str) -> list[dict[str, Any]]:
        """The lines of one logger."""
        lines = [line for line in self.output().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["logger"] == logger]

    def post(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """One answer, of one of the processes."""
        headers = {"x-api-key": self.key, **(headers or {})}
        body = {"query": query, "variables": variables}
        return httpx.post(self.url, json=body, headers=headers, verify=False).json()

    def end(self) -> float:
        """Terminates the server, and returns the seconds that it took."""
        begun = time.monotonic()
        self.process.terminate()
        assert self.process.wait(30) == 0
        return time.monotonic() - begun


class MeasuredServer(Server):
    """A server that serves metrics."""

    def __init__(self, directory: Path, uri: str, workers: int, **variables: str) -> None:
        self.metrics_port = free_port()
        address = f"127.0.0.1:{self.metrics_port}"
        variables |= {"MODEL_TEMPLATES_METRICS_ADDRESS": address}
        super().__init__(directory, uri, workers, **variables)

    def scraped(self) -> Series:
        """All series, with the labels that Prometheus adds."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        text = httpx.get(url, verify=False).raise_for_status().text
        added = {"job": "model-templates", "instance": f"127.0.0.1:{self.metrics_port}"}
        return [
            (sample.name, {**sample.labels, **added}, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series with these labels."""
        return sum(
            value
            for found, has, value in self.scraped()
            if found == f"model_templates_{name}" and labels.items() <= has.items()
        )

    def has(self, name: str) -> bool:
        return any(found == f"model_templates_{name}" for found, _, _ in self.scraped())

    def workers(self) -> list[int]:
        """The ids of the processes whose memory is reported."""
        return sorted(
            int(labels["pid"])
            for name, labels, _ in self.scraped()
            if name == "model_templates_memory_bytes"
        )

    def metrics_directories(self) -> list[Path]:
        return [*self.directory.glob("model-templates-metrics-*")]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
