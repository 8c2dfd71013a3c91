"""Processes on this machine."""

from pathlib import Path


def processes_of(directory: Path) -> list[int]:
    """The ids of processes whose command line contains the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if entry.name.isdecimal() and f"{directory}/mongod".encode() in command:
            found.append(int(entry.name))
    return found
