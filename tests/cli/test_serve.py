"""serve: starting the server, and what it prints."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app import main, opened_database
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
        deadline = time.monotonic() + 60
        while "no database" in (health := run({**environment, "PORT": port}, "health")).stderr:
            assert time.monotonic() < deadline  # It has two seconds, few where many tests run.

    assert health.returncode == 0
    assert run({**environment, "PORT": port}, "health").returncode == 1


def test_only_one_process_takes_the_token_of_the_link(environment: dict[str, str]) -> None:
    with serving_with(environment, "--port", "0", "--workers", "2") as server:
        token = server.links[0].partition("#token=")[2]
        address = server.url.replace("/graphql", "/development-key")

        def get(secret: str) -> httpx.Response:
            return httpx.get(address, headers={"authorization": f"Bearer {secret}"}, verify=False)

        with ThreadPoolExecutor(8) as pool:
            answers = [*pool.map(get, [token] * 16)]
        (taken,) = (answer for answer in answers if answer.status_code == 200)
        again = [get(taken.json()["session"]) for _ in range(8)]

    assert [answer.status_code for answer in answers].count(403) == 15
    assert taken.json()["key"] == server.key
    assert [answer.json() for answer in again] == [taken.json()] * 8
    assert not any(Path(environment["MODEL_TEMPLATES_DATA_DIR"], "tokens").iterdir())


def test_workers_know_a_host_of_the_command_line(
    environment: dict[str, str], mongod_uri: str
) -> None:
    there = {**environment, "MONGODB_URI": mongod_uri}
    with serving_with(there, "--port", "0", "--workers", "2", "--host", "0.0.0.0") as server:
        answers = [
            httpx.get(
                server.url.replace("/graphql", path), headers={"host": "10.0.0.7"}, verify=False
            )
            for path in ("/", "/development-key") * 4
        ]

    assert {answer.status_code for answer in answers} == {200, 404}
    assert "#token" not in server.text


def test_pages_without_a_named_host_are_warned_of(
    environment: dict[str, str], mongod_uri: str
) -> None:
    there = {
        **environment,
        "MONGODB_URI": mongod_uri,
        "MODEL_TEMPLATES_ENVIRONMENT": "production",
        "MODEL_TEMPLATES_PLAYGROUND": "on",
    }
    for hosts in ("", "a.example"):
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", "0"],
            cwd=ROOT,
            env={**there, "MODEL_TEMPLATES_ALLOWED_HOSTS": hosts},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        text = ""
        while "  Database  " not in text:
            text += process.stdout.readline()
        process.terminate()
        process.communicate(timeout=30)

        assert ("Playground" in text) is bool(hosts)
        assert ("needs hosts in MODEL_TEMPLATES_ALLOWED_HOSTS" in text) is not bool(hosts)


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

    with opened_database.database(settings) as opened:
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

    with opened_database.database(Settings()) as opened:
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
        opened = Path(urlsplit((tmp_path / "opened").read_text().strip()).path)
        mode, (redirect,) = opened.stat().st_mode, re.findall('href="([^"]+)"', opened.read_text())
        (code / "watched.py").write_text("changed = True")
        server.wait_for("Reloading")
        server.wait_for("Started server process")
        after = server.send()

    assert before["totalCount"] == 6
    assert after == before
    assert server.links[0].startswith(f"{server.url}#token=")
    assert (mode & 0o77, redirect) == (0, server.links[0])
