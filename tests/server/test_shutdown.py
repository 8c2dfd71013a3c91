"""Shutdown and keep-alive: no connection is reset, and every request that began is answered."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from app.server.run import uvicorn_options
from app.settings import Settings
from tests.mongod import Mongod
from tests.program import ROOT, Banner
from tests.server.traffic import (
    ANSWERED,
    GET,
    REFUSED,
    Traffic,
    answer,
    connected,
    is_whole,
    post,
    says_close,
)

pytestmark = pytest.mark.slow

ASK = "{ modelTemplates { totalCount } }"


class Server:
    """A server program in a process group of its own."""

    def __init__(self, environment: dict[str, str], workers: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", "0", "--workers", str(workers)],
            cwd=ROOT,
            env={**environment, "MODEL_TEMPLATES_LOG_FORMAT": "json"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.text, started = "", 0
        while "curl" not in self.text or started < workers:
            line = self._process.stdout.readline()
            assert line, self.text
            self.text += line
            started += "Application startup complete" in line
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()
        banner = Banner(self.text)
        self.key = banner.key
        self.port = urlsplit(banner.url).port or 0

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.text += line

    def send(self, number: signal.Signals) -> None:
        """Send a signal: SIGINT to all processes as a terminal does, others to the main one."""
        if number is signal.SIGINT:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)

    def status(self, seconds: float) -> int:
        """The exit status, within some seconds."""
        status = self._process.wait(seconds)
        self._reading.join(10)
        return status

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reading.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def serving(environment: dict[str, str], workers: int = 1) -> Iterator[Server]:
    server = Server(environment, workers)
    try:
        yield server
    finally:
        server.stop()


def is_refused(port: int) -> bool:
    try:
        connected(port).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.alone
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_are_answered_or_refused_and_never_reset(
    environment: dict[str, str], workers: int, number: signal.Signals
) -> None:
    with serving(environment, workers) as server:
        gets, posts = Traffic(server.port, GET), Traffic(server.port, post(ASK, server.key))
        with gets.flowing(2), posts.flowing(2):
            time.sleep(1)
            signalled = time.monotonic()
            server.send(number)
            assert server.status(20) == 0

    assert "Traceback" not in server.text
    for traffic in (gets, posts):
        assert traffic.outcomes().keys() == {ANSWERED, REFUSED}
        assert traffic.outcomes()[REFUSED] == 4
        assert traffic.outcomes(signalled)[ANSWERED] > 4


@pytest.mark.parametrize("workers", [1, 4])
def test_requests_that_have_begun_are_answered(environment: dict[str, str], workers: int) -> None:
    with serving(environment, workers) as server, ExitStack() as stack:
        request = post(ASK, server.key)
        idle, used, half, endless = (stack.enter_context(connected(server.port)) for _ in range(4))
        used.sendall(GET)
        first = answer(used)
        half.sendall(request[:-20])
        endless.sendall(request[:60])
        time.sleep(0.2)

        server.send(signal.SIGTERM)
        signalled = time.monotonic()
        time.sleep(0.7)
        used.sendall(GET)
        second = answer(used)
        end_of_idle = idle.recv(1)
        closed = time.monotonic()
        half.sendall(request[-20:])
        late = answer(half)
        timed_out = answer(endless)
        has_refused = is_refused(server.port)
        status = server.status(20)
        took = time.monotonic() - signalled
        assert used.recv(1) == half.recv(1) == endless.recv(1) == b""

    assert (is_whole(first), says_close(first)) == (True, False)
    for received in (second, late, timed_out):
        assert is_whole(received)
        assert says_close(received)
    assert b"totalCount" in late
    assert b" 408 " in timed_out
    assert end_of_idle == b""
    assert closed - signalled < 5
    assert has_refused
    assert status == 0
    assert took < 15


@pytest.fixture
def paused(tmp_path: Path) -> Iterator[Mongod]:
    """A mongod that can be paused: meanwhile, requests wait some seconds."""
    (tmp_path / "data").mkdir()
    mongod = Mongod(tmp_path / "data")
    mongod.start()
    yield mongod
    mongod.kill()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "second", [None, signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.alone)]
)
def test_a_second_interrupt_ends_requests_under_way(
    environment: dict[str, str], paused: Mongod, workers: int, second: signal.Signals | None
) -> None:
    there = {**environment, "MONGODB_URI": paused.uri}
    with serving(there, workers) as server, connected(server.port) as slow:
        paused.silence()
        slow.sendall(post(ASK, server.key))
        time.sleep(0.5)
        server.send(second or signal.SIGTERM)
        time.sleep(1)
        begun = time.monotonic()
        if second is not None:
            server.send(second)
        try:
            received = answer(slow)
        except ConnectionResetError:
            received = b""
        paused.wake()
        status = server.status(20)
        took = time.monotonic() - begun

    assert status == 0
    assert "Traceback" not in server.text
    if second is signal.SIGINT:
        assert received == b"" or b" 500 " in received.splitlines()[0]
        assert took < 2.5
    else:
        assert is_whole(received)
        assert says_close(received)
        assert b"SERVICE_UNAVAILABLE" in received


def test_a_restart_of_the_workers_is_not_noticed(environment: dict[str, str]) -> None:
    with serving(environment, 2) as server:
        traffic = Traffic(server.port, GET)
        with traffic.flowing(2):
            server.send(signal.SIGHUP)
            deadline = time.monotonic() + 60
            while server.text.count("Finished server process") < 2:
                assert time.monotonic() < deadline, server.text
                time.sleep(0.1)
            time.sleep(0.5)
            restarted = traffic.outcomes()
            server.send(signal.SIGTERM)
            assert server.status(20) == 0

    assert restarted.keys() == {ANSWERED}
    assert traffic.outcomes().keys() == {ANSWERED, REFUSED}


def test_workers_may_start_slowly(environment: dict[str, str], tmp_path: Path) -> None:
    slow = 'import sys, time\nif "--multiprocessing-fork" in sys.orig_argv:\n    time.sleep(6)\n'
    (tmp_path / "sitecustomize.py").write_text(slow)
    with serving({**environment, "PYTHONPATH": str(tmp_path)}, 2) as server:
        server.send(signal.SIGTERM)
        assert server.status(20) == 0

    assert "died" not in server.text


@pytest.mark.alone
def test_idle_connections_are_closed_after_the_configured_time(
    environment: dict[str, str],
) -> None:
    seconds = "MODEL_TEMPLATES_KEEP_ALIVE_SECONDS"
    with serving({**environment, seconds: "2"}) as server, connected(server.port) as connection:
        connection.sendall(GET)
        assert not says_close(answer(connection))
        time.sleep(1)
        connection.sendall(GET)
        assert is_whole(answer(connection))
        answered = time.monotonic()
        assert connection.recv(1) == b""
        idle = time.monotonic() - answered
        connection.sendall(GET)  # Crosses the end of the connection, which is no reset.
        assert connection.recv(1) == b""
        server.send(signal.SIGTERM)
        assert server.status(20) == 0

    assert 1.9 < idle < 3.5


def test_connections_outlive_those_of_proxies() -> None:
    """The idle time of upstream connections is 60 seconds in nginx, AWS's balancers and others."""
    assert uvicorn_options(Settings())["timeout_keep_alive"] == 75


def test_a_worker_that_hangs_does_not_keep_the_server_running(environment: dict[str, str]) -> None:
    with serving(environment, 2) as server:
        hanging = int(server.text.split("Started server process [")[1].split("]")[0])
        os.kill(hanging, signal.SIGSTOP)
        server.send(signal.SIGTERM)
        time.sleep(2)
        server.send(signal.SIGINT)

        assert server.status(10) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(hanging, 0)
    assert f"Killing the worker process [{hanging}]" in server.text
