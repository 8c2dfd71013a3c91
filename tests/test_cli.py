"""The command line, run as people run it: as a process of its own."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import __version__, main, serving
from app.api.schema import sdl
from app.settings import Settings
from app.storage import embedded
from tests.conftest import Caller
from tests.processes import processes_of

ROOT = Path(__file__).parents[1]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine without settings; all data in the test's own directory."""
    ours = ("MODEL_TEMPLATES_", "MONGODB_URI", "PORT", "WEB_CONCURRENCY", "LOG_LEVEL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "MODEL_TEMPLATES_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


class Banner:
    """What a starting server prints."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.url = re.findall(r"Model Templates +(\S+)", text)[0]
        self.key = re.findall(r"Development key +(\S+)", text)[0]
        self.curl = next(line for line in text.splitlines() if "curl" in line)

    def send(self) -> Any:
        """Do what the curl line does."""
        words = shlex.split(self.curl)
        assert words[:3] == ["curl", "-s", self.url]
        options = dict(zip(words[3::2], words[4::2], strict=True))
        headers = [words[i + 1].split(": ") for i, word in enumerate(words) if word == "-H"]
        answer = httpx.post(self.url, content=options["-d"], headers=dict(headers))
        return answer.json()["data"]["modelTemplates"]

    def ask(self, query: str, key: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"x-api-key": key or self.key}
        body = {"query": query, "variables": variables}
        return httpx.post(self.url, json=body, headers=headers)


@contextmanager
def serving_with(
    environment: dict[str, str], *arguments: str, directory: Path = ROOT
) -> Iterator[Banner]:
    """A server, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=directory,
        env=environment,
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
        yield Banner(text)
    finally:
        process.send_signal(signal.SIGTERM)
        text, _ = process.communicate(timeout=30)
    assert process.returncode == 0, text
    assert "Traceback" not in text


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


def test_keys_are_made_and_revoked_beside_a_running_server(environment: dict[str, str]) -> None:
    viewer = "{ viewer { identityId accounts { accountId canWrite } } }"
    with serving_with(environment, "--port", "0") as server:
        made = run(
            environment,
            *("keys", "create", "--identity", "ci", "--type", "service_account"),
            *("--account", "a:1:read", "--account", "b"),
        )
        key = made.stdout.strip()
        assert server.ask(viewer, key).json()["data"]["viewer"] == {
            "identityId": "ci",
            "accounts": [
                {"accountId": "a:1", "canWrite": False},
                {"accountId": "b", "canWrite": True},
            ],
        }

        revoked = run(environment, "keys", "revoke", key[:11])
        deadline = time.monotonic() + 30
        while server.ask(viewer, key).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.2)

    listed = run(environment, "keys", "list").stdout.splitlines()
    assert re.fullmatch(r"mt_[\w-]{43}\n", made.stdout)
    assert revoked.stdout == f"{key[:11]} is revoked\n"
    assert len(listed) == 2
    assert re.fullmatch(
        rf"{key[:11]}  \S+  revoked \S+  service_account ci  a:1:read b:write", listed[1]
    )
    assert run(environment, "keys", "revoke", key[:11]).returncode == 1


def test_several_processes_serve_one_database(environment: dict[str, str]) -> None:
    with serving_with(environment, "--port", "0", "--workers", "2", "--seed") as server:
        assert server.send()["totalCount"] == 6
        port = server.url.rsplit(":", 1)[1].split("/")[0]
        health = run({**environment, "PORT": port}, "health")

    assert health.returncode == 0
    assert run({**environment, "PORT": port}, "health").returncode == 1


@pytest.mark.parametrize(
    ("settings", "status", "message"),
    [
        ({"ENVIRONMENT": "production"}, 2, "MODEL_TEMPLATES_MONGODB_URI is needed"),
        ({"HOST": "0.0.0.0"}, 2, "MODEL_TEMPLATES_MONGODB_URI is needed"),
        ({"MONGODB_URI": "mongodb://h", "MONGODB_DATABASE": "a b"}, 2, "MODEL_TEMPLATES_MONGODB"),
        ({"MONGODB_URI": "mongodb://h/?tls=true&tlsCAFile=/nope"}, 2, "MODEL_TEMPLATES_MONGODB"),
        ({"DATA_DIR": "/proc/nope"}, 2, "no database can be kept in /proc/nope"),
        ({"PORT": "http"}, 2, "MODEL_TEMPLATES_PORT: "),
        ({"MONGODB_URI": "http://user:secret@h"}, 2, "MODEL_TEMPLATES_MONGODB_URI: not a URI"),
        ({"MONGODB_URI": "mongodb://u:secret@127.0.0.1:9"}, 3, "The database is not available"),
    ],
)
def test_it_does_not_start_without_what_it_needs(
    environment: dict[str, str], settings: dict[str, str], status: int, message: str
) -> None:
    ours = {f"MODEL_TEMPLATES_{name}": value for name, value in settings.items()}
    begun = time.monotonic()

    result = run({"MODEL_TEMPLATES_PORT": "0", **environment, **ours})

    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.splitlines()[-1].startswith(f"Error: {message}")
    assert "secret" not in result.stderr
    assert "Traceback" not in result.stderr
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_named(environment: dict[str, str], workers: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        result = run(environment, "--port", port, "--workers", workers)

    assert result.returncode == 1
    assert f"Error: cannot listen on 127.0.0.1, port {port}" in result.stderr


async def test_a_database_in_memory_can_be_seeded_and_served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedded, "find_mongod", lambda: None)
    settings = Settings(data_dir=tmp_path)

    with main.database(settings) as opened:
        key = await serving._prepare(settings, opened, seed=True)
        caller = Caller(main.create_app(settings, opened.database), key)
        templates = await caller.ask("{ modelTemplates { totalCount } }")

    assert templates == {"modelTemplates": {"totalCount": 6}}


def test_workers_end_with_a_parent_that_was_killed(environment: dict[str, str]) -> None:
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


@pytest.mark.parametrize("arguments", [("-h",), ("--help",)])
def test_help_is_the_whole_programs(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    assert "keys" in run(environment, *arguments).stdout


def test_the_version_is_that_of_the_package(environment: dict[str, str]) -> None:
    assert run(environment, "--version").stdout.endswith(f"version {__version__}\n")


def test_a_key_file_that_holds_none_is_renewed(environment: dict[str, str]) -> None:
    file = Path(environment["MODEL_TEMPLATES_DATA_DIR"], "development.key")
    file.write_bytes(b"\xff no key")

    with serving_with(environment, "--port", "0") as server:
        assert server.key == file.read_text().strip()
    assert len(run(environment, "keys", "list").stdout.splitlines()) == 1


def test_without_a_mongod_the_loss_of_data_is_announced_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "find_mongod", lambda: None)

    with main.database(Settings()) as opened:
        banner = serving._banner(Settings(), opened, "http://h/graphql", "mt_key")

    assert not opened.is_lasting
    assert "!!! IN MEMORY: EVERYTHING IS LOST WHEN THE SERVER STOPS !!!" in banner


def test_the_schema_is_printed(environment: dict[str, str]) -> None:
    assert run(environment, "schema", "print").stdout == sdl()


def test_db_init_can_be_repeated(environment: dict[str, str]) -> None:
    for _ in range(2):
        assert run(environment, "db", "init").stdout == "indexes and validator are in place\n"


def test_db_status_shows_what_is_there_and_how_lists_are_read(
    environment: dict[str, str],
) -> None:
    before = run(environment, "db", "status")
    run(environment, "seed")
    after = run(environment, "db", "status")

    assert before.returncode == 1
    assert "index list_by_name                                MISSING" in before.stdout
    assert "python -m app db init" in before.stderr
    assert "MISSING" not in after.stdout
    assert re.search(r"^model_templates +6 documents", after.stdout, re.M)
    assert re.search(r"^  search, one word +IXSCAN list_by_created_at", after.stdout, re.M)
    assert "SORT" not in after.stdout.replace("SORT_MERGE", "")


SOUND = """
name: sound
endpoint_type: ASYNC
model_type: GENERIC
id: what the server adds is passed over
vendor_configuration:
  bundle_config: {registry: docker.io, image: a/b, tag: "1.0", command: [serve]}
"""
UNSOUND = """
name: unsound
endpoint_type: STREAMNG
vendor_configuration:
  bundle_config: {registry: docker.io, image: a/b, tag: 1.0, env: {A-B: "", GPU_TYPE: 2}}
  endpoint_config: {cpus: 0, min_worker: 1}
model_request_parameters_schema:
  parameters:
  - {name: A, type: int, description: "", required: false, minLength: 1}
"""


BOMB = "a0: &a0 x\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "a.json",
            '{"x\\ud800\\n": 1}',
            r"x\ud800\n: x\ud800\n is not a field of this object. [UNKNOWN]",
        ),
        ("a.yaml", "labels: &a {x: *a}", "cannot be read: Circular reference detected"),
        ("a.yaml", BOMB, "cannot be read: it is over 16,000,000 characters with its aliases"),
    ],
    ids=["surrogate", "cycle", "bomb"],
)
def test_an_odd_file_is_a_problem(
    environment: dict[str, str], tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)

    done = run(environment, "validate", str(tmp_path / name))

    assert done.returncode == 1
    assert f"{name}: {said}" in done.stdout


def test_files_are_validated_one_line_a_problem(
    environment: dict[str, str], tmp_path: Path
) -> None:
    files = {
        "sound.yaml": SOUND,
        "two.yml": f"{SOUND}---{UNSOUND}",
        "inconsistent.yaml": f"{SOUND}  endpoint_config: {{min_workers: 3, gpus: 1}}",
        "list.json": "[]",
        "no.json": "{",
        "none.yaml": "a: [",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    result = run(environment, "validate", *(str(tmp_path / name) for name in (*files, "missing")))

    problems = re.findall(r"/([^/]+?): (document 2: )?(\S+): .* \[(\w+)]$", result.stdout, re.M)
    assert result.returncode == 1
    assert {(file, path, code) for file, _, path, code in problems} == {
        ("two.yml", "endpoint_type", "INVALID"),
        ("two.yml", "model_type", "REQUIRED"),
        ("two.yml", "vendor_configuration.bundle_config.tag", "INVALID"),
        ("two.yml", "vendor_configuration.bundle_config.env.A-B", "INVALID"),
        ("two.yml", "vendor_configuration.bundle_config.env.GPU_TYPE", "INVALID"),
        ("two.yml", "vendor_configuration.endpoint_config.cpus", "OUT_OF_RANGE"),
        ("two.yml", "vendor_configuration.endpoint_config.min_worker", "UNKNOWN"),
        ("two.yml", "model_request_parameters_schema.parameters.0.minLength", "UNKNOWN"),
        ("inconsistent.yaml", "vendor_configuration.endpoint_config.min_workers", "INCONSISTENT"),
        ("inconsistent.yaml", "vendor_configuration.endpoint_config.gpu_type", "INCONSISTENT"),
        ("list.json", "(all)", "INVALID"),
    }
    assert len(re.findall("cannot be read", result.stdout)) == 3
    assert len(result.stdout.splitlines()) == 11 + 3


def test_sound_files_pass_silently_but_for_warnings(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(SOUND.replace("ASYNC", "SYNC"))
    seeds = [str(file) for file in (ROOT / "seeds").glob("*.json")]

    loud = run(environment, "validate", str(tmp_path / "a.yaml"), *seeds)
    quiet = run(environment, "validate", "--quiet", str(tmp_path / "a.yaml"))

    assert (loud.returncode, loud.stdout, quiet.returncode, quiet.stderr) == (0, "", 0, "")
    assert re.fullmatch(r".*a.yaml: .*min_workers: .* \(warning\)\n", loud.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "create", "--identity", "ci"),
        ("keys", "create", "--identity", "ci", "--account", "a:admin"),
        ("keys", "create", "--identity", "ci", "--account", ":read"),
        ("keys", "create", "--identity", "ci", "--type", "robot", "--account", "a"),
        ("keys", "create", "--identity", " ", "--account", "a"),
        ("nothing",),
        ("--nothing",),
    ],
)
def test_a_wrong_command_is_refused_with_help(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    result = run(environment, *arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert "Usage: python -m app" in result.stderr
