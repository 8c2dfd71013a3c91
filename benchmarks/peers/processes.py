"""Processes of a run: the cores that they may use, their CPU time and their memory."""

import os
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

END_SECONDS = 30.0


class Cores(NamedTuple):
    """Cores by use. With a single one, everything shares it."""

    server: list[int]
    several_workers: list[int]
    others: list[int]
    """For mongod and the load."""

    @classmethod
    def of_this_machine(cls) -> "Cores":
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[:1], usable[:2], usable[1:] or usable)


def start(
    command: Sequence[str | Path],
    *,
    output: Path,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    cores: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program with its output in a file. It ends when this process does, and does not get
    the terminal's Ctrl-C, which `end` follows up on."""
    pinned = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
    with output.open("wb") as file:
        return subprocess.Popen(  # noqa: S603
            ["setpriv", "--pdeathsig", "TERM", *pinned, *command],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=None if environment is None else {**environment},
            cwd=directory,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, at the latest after END_SECONDS."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # It leads a session of its own.
        process.wait()


def pin(process: int, cores: Collection[int]) -> None:
    """Let all threads of a process run on these cores only."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def tree(process: int) -> Iterator[int]:
    """The ids of a process and all below it."""
    yield process
    for thread in Path(f"/proc/{process}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from tree(int(child))


def cpu_seconds(process: int) -> float:
    """The user and system time of a process and all below it."""
    ticks = 0
    for each in tree(process):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Memory of a process and all below it, in MiB. `pss` counts shared pages once."""

    pss: float
    rss: float

    @classmethod
    def of(cls, process: int) -> "Memory":
        kilobytes = dict.fromkeys(("Pss:", "Rss:"), 0)
        for each in tree(process):
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                name, *value = line.split()
                if name in kilobytes:
                    kilobytes[name] += int(value[0])
        return cls(kilobytes["Pss:"] / 1_024, kilobytes["Rss:"] / 1_024)
