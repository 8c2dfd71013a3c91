"""Compares the server with its peers. Started by `benchmarks/peers/run`, which installs them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from benchmarks.peers.data import Schema, answer
from benchmarks.peers.database import database, load
from benchmarks.peers.facts import facts
from benchmarks.peers.load import Load
from benchmarks.peers.measure import Measurements, Measuring
from benchmarks.peers.processes import Cores, pin
from benchmarks.peers.report import markdown, series
from benchmarks.peers.servers import SERVERS, Server, Setting, command, create_keys, running
from benchmarks.peers.workloads import WORKLOADS, Workload

RESULTS = Path(__file__).with_name("results")


class Choices(click.ParamType[Any]):
    """Servers or workloads, by names that are separated by commas."""

    name = "names"

    def __init__(self, known: Iterable[Server | Workload]) -> None:
        self._known = {each.name: each for each in known}

    def convert(self, value: Any, *_: Any) -> list[Any]:
        """All those that are named, in their usual order."""
        if isinstance(value, list):
            return value
        names = {*value.split(",")}
        if unknown := names - self._known.keys():
            self.fail(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(self._known)}")
        return [each for name, each in self._known.items() if name in names]


@click.command()
@click.argument("environment", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cycles", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--seconds", type=click.IntRange(1), default=3, show_default=True, help="Length of a slice."
)
@click.option(
    "--only", "workloads", type=Choices(WORKLOADS), default=WORKLOADS, help="Workloads: W1,W2"
)
@click.option("--servers", type=Choices(SERVERS), default=SERVERS, help="Servers: mercurius,ours")
@click.option(
    "--keys",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="API keys that share the accounts of our server.",
)
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=RESULTS,
    help="Directory of the results.",
)
def main(
    environment: Path,
    cycles: int,
    seconds: int,
    workloads: list[Workload],
    servers: list[Server],
    keys: int,
    results: Path,
) -> None:
    """Compare the server with its peers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    with (
        tempfile.TemporaryDirectory(prefix="peers-") as temporary,
        database(Path(temporary, "mongod")) as opened,
    ):
        directory = Path(temporary)
        setting = Setting(environment, directory, opened, Cores.of_this_machine())
        load(opened)
        command(setting, "db", "init")
        body = {"data": {"modelTemplate": answer(0, Schema.PEERS)}}
        (directory / "body.json").write_text(json.dumps(body, default=str))
        with running(setting, servers, create_keys(setting, keys)) as started:
            for process in (opened.process.pid, os.getpid()):
                pin(process, setting.cores.others)
            measuring = Measuring(started, opened, Load(directory))
            measured = measuring.run(workloads, cycles, seconds)
        write(results, environment, measured, facts(setting, cycles, seconds, keys))


def write(results: Path, environment: Path, measured: Measurements, facts: str) -> None:
    """Write the measurements, the tables and the chart."""
    results.mkdir(exist_ok=True)
    (results / "measurements.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(measured)) + b"\n"
    )
    (results / "peers.md").write_text(markdown(measured, facts))
    click.echo(markdown(measured, facts))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(series(measured), file)
        file.flush()
        plot = Path(__file__).with_name("plot.py")
        python = environment / "python/bin/python"
        subprocess.run([python, plot, file.name, results / "peers.svg"], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
