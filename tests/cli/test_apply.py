"""apply and diff, as programs, on a server with a real MongoDB."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.storage.driver import Database
from tests.builders import a_wire_template
from tests.program import ROOT, Banner, run, serving_with

FILES = 500


class Site:
    """A server, a directory of files, and the audit log: a line for each write."""

    def __init__(self, environment: dict[str, str], server: Banner, directory: Path) -> None:
        self.local = environment
        self.server = server
        self.directory = directory
        self.audit_log = Path(environment["MODEL_TEMPLATES_AUDIT_LOG"])
        unset = ("MODEL_TEMPLATES_MONGODB_URI", "MODEL_TEMPLATES_AUDIT_LOG")
        self.remote = {
            **{name: value for name, value in environment.items() if name not in unset},
            "MODEL_TEMPLATES_SERVER_URL": server.url.removesuffix("/graphql"),
            "MODEL_TEMPLATES_API_KEY": server.key,
        }

    def write(self, count: int = 1, **changes: Any) -> None:
        for number in range(count):
            name = f"t{number:03}"
            template = a_wire_template(name=name, account_id="demo", **changes)
            (self.directory / f"{name}.json").write_text(json.dumps(template))

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        done = run(self.remote, *arguments, **options)
        assert self.server.key not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def apply(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("apply", str(self.directory), "--quiet", *arguments)

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app", "apply", str(self.directory), *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), **self.remote},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def writes(self) -> Counter[str]:
        """The number of writes by action."""
        if not self.audit_log.exists():
            return Counter()
        lines = self.audit_log.read_text().splitlines(keepends=True)
        return Counter(json.loads(line)["action"] for line in lines if line.endswith("\n"))

    def wait_for_writes(self, count: int) -> None:
        deadline = time.monotonic() + 30
        while self.writes().total() < count:
            assert time.monotonic() < deadline
            time.sleep(0.001)


@pytest.fixture
def site(
    environment: dict[str, str], mongod_uri: str, mongod: Database, tmp_path: Path
) -> Iterator[Site]:
    given = {
        **environment,
        "MODEL_TEMPLATES_MONGODB_URI": mongod_uri,
        "MODEL_TEMPLATES_MONGODB_DATABASE": mongod.name,
        "MODEL_TEMPLATES_AUDIT_LOG": str(tmp_path / "audit.ndjson"),
        "MODEL_TEMPLATES_LOG_LEVEL": "warning",
    }
    (tmp_path / "templates").mkdir()
    with serving_with(given, "--port", "0") as server:
        yield Site(given, server, tmp_path / "templates")


def done(created: int = 0, updated: int = 0, archived: int = 0, unchanged: int = 0) -> str:
    return (
        f"Done: {created:,} created, {updated:,} updated, {archived:,} archived, "
        f"{unchanged:,} unchanged, 0 stale, 0 refused.\n"
    )


def test_many_files_are_written_once(site: Site) -> None:
    site.write(FILES)

    first, again = site.apply(), site.apply("--prune")

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith(done(created=FILES))
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == (
        f"Plan: 0 to create, 0 to update, 0 to archive, {FILES} unchanged.\n{done(unchanged=FILES)}"
    )
    assert site.writes() == {"create": FILES}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_is_completed_by_the_next(site: Site, how: signal.Signals) -> None:
    site.write(100)
    with site.start() as process:
        site.wait_for_writes(5)
        command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.send_signal(how)
        output, errors = process.communicate(timeout=30)
    before = site.writes()["create"]

    completed = site.apply()

    assert site.server.key.encode() not in command
    assert site.server.key not in output + errors
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert errors == ""
        assert output.splitlines()[-1].startswith("Done: ")
    assert 5 <= before < 100
    # What was under way when it was interrupted may have been done since.
    created, unchanged = map(int, re.findall(r"(\d+) (?:created|unchanged),", completed.stdout))
    assert (completed.returncode, completed.stderr) == (0, "")
    assert unchanged >= before
    assert created + unchanged == 100
    assert site.writes() == {"create": 100}


def test_runs_at_the_same_time_end_like_one(site: Site) -> None:
    site.write(30, description="Old.")
    assert site.apply().returncode == 0
    site.write(20)
    for number in range(40, 60):
        template = a_wire_template(name=f"t{number:03}", account_id="demo")
        (site.directory / f"t{number:03}.json").write_text(json.dumps(template))

    processes = [site.start("--quiet") for _ in range(3)]
    ended = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [errors for _, errors in ended] == ["", "", ""]
    report = json.loads(site.apply("--output", "json").stdout)
    assert Counter(step["action"] for step in report["plan"]) == {"unchanged": 50}
    assert Counter(step["revision"] for step in report["plan"]) == {1: 10 + 20, 2: 20}


def test_the_database_and_a_server_give_the_same(site: Site) -> None:
    site.write(3, labels={"team": "ml"})
    directory = str(site.directory)

    local = run(site.local, "apply", directory)
    remote = site.run("diff", directory)
    site.write(2)
    changed = site.run("diff", directory)
    updated = site.apply()
    unchanged = run(site.local, "diff", directory, "--quiet")

    assert (local.returncode, local.stderr) == (0, "")
    assert local.stdout.endswith(done(created=3))
    assert (remote.returncode, remote.stderr) == (0, "")
    assert remote.stdout.endswith("Plan: 0 to create, 0 to update, 0 to archive, 3 unchanged.\n")
    assert changed.returncode == 1
    assert changed.stdout == (
        f"~ demo/t000 ({directory}/t000.json)\n"
        '    labels.team: "ml" → (none)\n'
        f"~ demo/t001 ({directory}/t001.json)\n"
        '    labels.team: "ml" → (none)\n'
        f"= demo/t002 ({directory}/t002.json)\n"
        "Plan: 0 to create, 2 to update, 0 to archive, 1 unchanged.\n"
    )
    assert updated.stdout.endswith(done(updated=2, unchanged=1))
    assert (unchanged.returncode, unchanged.stdout) == (
        0,
        "Plan: 0 to create, 0 to update, 0 to archive, 3 unchanged.\n",
    )
    events = [json.loads(line) for line in site.audit_log.read_text().splitlines()]
    assert [event["identity"] for event in events] == ["command line"] * 3 + ["developer"] * 2
    assert [event["action"] for event in events] == ["create"] * 3 + ["update"] * 2


def test_a_dry_run_and_a_bad_file_write_nothing(site: Site) -> None:
    site.write(2)
    planned = site.apply("--dry-run")
    (site.directory / "bad.yaml").write_text("name: x\n")

    refused = site.apply("--output", "json")
    compared = site.run("diff", str(site.directory))

    assert (planned.returncode, planned.stderr) == (2, "")
    assert planned.stdout.endswith("Plan: 2 to create, 0 to update, 0 to archive, 0 unchanged.\n")
    assert refused.returncode == 1
    report = json.loads(refused.stdout)
    assert report["plan"] is report["results"] is None
    assert {error["file"] for error in report["errors"]} == {str(site.directory / "bad.yaml")}
    assert (compared.returncode, compared.stdout) == (2, "")
    assert "endpoint_type: " in compared.stderr
    assert site.writes() == {}


def test_prune_archives_what_has_no_file(site: Site) -> None:
    site.write(2)
    site.apply()
    (site.directory / "t000.json").unlink()

    result = site.apply("--prune", "--output", "json")

    assert (result.returncode, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert [(step["action"], step["name"]) for step in report["plan"]] == [
        ("archive", "t000"),
        ("unchanged", "t001"),
    ]
    assert [(each["outcome"], each["revision"]) for each in report["results"]] == [
        ("archived", 2),
        ("unchanged", 1),
    ]
    assert report["stopped"] is None
    assert site.writes() == {"create": 2, "archive": 1}


def test_standard_input_is_applied(site: Site) -> None:
    site.write()
    text = (site.directory / "t000.json").read_text()

    applied = site.run("apply", "-", given=text)
    same = site.run("diff", "-", "--quiet", given=text)

    assert applied.stdout.startswith("+ demo/t000 (-)\n")
    assert applied.stdout.endswith(done(created=1))
    assert same.returncode == 0


def test_a_terminal_gets_a_progress_bar(site: Site) -> None:
    site.write(5)
    ours, theirs = os.openpty()

    with site.start("--quiet", stderr=theirs) as process:
        output, _ = process.communicate(timeout=30)
    os.close(theirs)
    with open(ours, "rb") as terminal:
        shown = terminal.read1().decode()

    assert output.endswith(done(created=5))
    assert re.search(r"templates +\[#+\] +100%", shown)


def test_an_unreachable_server_or_a_refused_key_has_its_status(site: Site) -> None:
    site.write()
    nowhere = {**site.remote, "MODEL_TEMPLATES_SERVER_URL": "http://127.0.0.1:9"}
    wrong = {**site.remote, "MODEL_TEMPLATES_API_KEY": "mt_wrong"}
    without = {**site.remote, "MODEL_TEMPLATES_API_KEY": ""}
    directory = str(site.directory)

    unreachable = run(nowhere, "apply", directory, "--output", "json")
    refused = run(wrong, "diff", directory)
    missing = run(without, "apply", directory)
    other = site.run("apply", directory, "--server", "http://ann:pw@127.0.0.1")

    assert [result.returncode for result in (unreachable, refused)] == [3, 3]
    assert [result.returncode for result in (missing, other)] == [2, 2]
    assert unreachable.stderr.startswith("Error: http://127.0.0.1:9/graphql: ")
    assert f"Error: {json.loads(unreachable.stdout)['stopped']}\n" == unreachable.stderr
    assert refused.stderr == (
        f"Error: {site.server.url} refuses the key in MODEL_TEMPLATES_API_KEY: A valid API key is "
        "required in the x-api-key header.\n"
    )
    assert missing.stderr.startswith("Error: MODEL_TEMPLATES_API_KEY is needed to talk to ")
    assert other.stderr.startswith("Error: --server: the value is not valid; the format is ")
    assert "pw" not in other.stderr
    assert not any(result.stdout for result in (refused, missing, other))
