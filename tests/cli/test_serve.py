"""serve: starting the server, and what it prints."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app import main
from app.server import run as server
from app.settings import Settings
from app.storage import embedded
from tests.conftest import Caller
from tests.processes import processes_of
from tests.program import ROOT, Banner, run, serving_with


def test_it_serves_seeded_templates_and_keeps_them(environment: dict[str, str]) -> None:
    with serving_with(environment, "--port", "0", "--seed") as first:
        before = first.send()
    with serving_with(environment, "--port", "0") as second:
        after = second.send()
    left_over = processes_of(Path(environment["MODEL_TEMPLATES_DATA_DIR"]))
    again = run(environment, "seed")

    assert left_over == []
    assert before["totalCount"] == 6
    assert after == before
    assert second.key == first.key
    assert again.stdout == "0 templates created in the account demo\n"
    kept = Path(environment["MODEL_TEMPLATES_DATA_DIR"], "development.key")
    assert kept.stat().st_mode & 0o77 == 0


def test_several_processes_serve_one_database(environment: dict[str, str]) -> None:
    with serving_with(environment, "--port", "0", "--workers", "2", "--seed") as server:
        assert server.send()["totalCount"] == 6
        port = server.url.rsplit(":", 1)[1].split("/")[0]
        health = run({**environment, "PORT": port}, "health")

    assert health.returncode == 0
    assert run({**environment, "PORT": port}, "health").returncode == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_mongod_is_started_again(environment: dict[str, str], workers: str) -> None:
    with serving_with(environment, "--port", "0", "--workers", workers, "--seed") as server:
        before = server.send()
        for process in processes_of(Path(environment["MODEL_TEMPLATES_DATA_DIR"])):
            os.kill(process, signal.SIGKILL)
        server.wait_for("mongod stopped: it was killed")
        killed = time.monotonic()
        server.wait_for("mongod runs again")

        assert server.send() == before
    assert time.monotonic() - killed < 10
    assert processes_of(Path(environment["MODEL_TEMPLATES_DATA_DIR"])) == []


async def test_a_database_in_memory_can_be_seeded_and_served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedded, "find_mongod", lambda: None)
    settings = Settings(data_dir=tmp_path)

    with main.database(settings) as opened:
        key = await server._prepare(settings, opened, seed=True)
        caller = Caller(main.create_app(settings, opened.database), key)
        templates = await caller.ask("{ modelTemplates { totalCount } }")

    assert templates == {"modelTemplates": {"totalCount": 6}}


def test_workers_exit_when_their_parent_is_killed(environment: dict[str, str]) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", "0", "--workers", "2"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    text = ""
    while "curl" not in text:
        text += server.stdout.readline()

    server.kill()
    server.communicate(timeout=30)  # Until the last process that holds its output has ended.

    with pytest.raises(httpx.ConnectError):
        httpx.get(Banner(text).url)


def test_an_invalid_key_file_is_replaced(environment: dict[str, str]) -> None:
    file = Path(environment["MODEL_TEMPLATES_DATA_DIR"], "development.key")
    file.write_bytes(b"\xff no key")

    with serving_with(environment, "--port", "0") as server:
        assert server.key == file.read_text().strip()
    assert len(run(environment, "keys", "list").stdout.splitlines()) == 1


def test_without_a_mongod_the_server_warns_of_data_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "find_mongod", lambda: None)

    with main.database(Settings()) as opened:
        banner = server._banner(Settings(), opened, "http://h/graphql", "mt_key")

    assert not opened.is_lasting
    assert "!!! IN MEMORY: EVERYTHING IS LOST WHEN THE SERVER STOPS !!!" in banner
    assert "http://h/catalog" in banner


def test_changed_code_is_served_and_a_browser_opened(
    environment: dict[str, str], tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "watched.py").write_text("")
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o700)
    there = {**environment, "BROWSER": f"{browser} %s"}
    with serving_with(there, "--port", "0", "--reload", "--open", "--seed", cwd=code) as server:
        before = server.send()
        deadline = time.monotonic() + 30
        while not (tmp_path / "opened").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        opened = (tmp_path / "opened").read_text().strip()
        (code / "watched.py").write_text("changed = True")
        server.wait_for("Reloading")
        server.wait_for("Started server process")
        after = server.send()

    assert before["totalCount"] == 6
    assert after == before
    assert opened == server.url
