"""Fixtures for all tests: a fresh database, a server on it, and callers of that server."""

import gc
import json
import logging
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import cache
from inspect import iscoroutinefunction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from pymongo import MongoClient
from starlette.applications import Starlette

from app.domain.access import Viewer
from app.domain.api_key import new_key
from app.graphql.execute import Executor
from app.main import create_app, new_executor
from app.settings import Settings, variable
from app.storage import embedded
from app.storage.api_keys import ApiKeyStore
from app.storage.driver import Database
from app.storage.indexes import initialise
from tests.builders import a_viewer
from tests.clients.project import ROOT, installed
from tests.databases import Databases
from tests.shard_keys import commands_carry_shard_keys as commands_carry_shard_keys
from tests.shared import made_once

settings.register_profile(
    # The same examples in every run, and no deadlines, because the machine may be shared.
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", settings.get_profile("steady"), max_examples=30)  # scripts/test
settings.register_profile(  # scripts/mutate, which only asks whether something fails
    "mutants", settings.get_profile("quick"), phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("steady")

TESTS = Path(__file__).parent
SLOW = [
    TESTS / name for name in ("browser", "cli", "clients", "fuzz", "transfer/test_import_export.py")
]
"""Files and directories whose tests are all slow, because they run programs."""

BROWSER = TESTS / "browser"

LONGEST = [
    TESTS / name
    for name in (
        *("ledger/test_ledger.py", "fuzz", "rest/test_fuzz.py", "rest/test_sdks.py"),
        *("web/test_outage.py", "clients", "browser", "server"),
        *("storage/test_majority.py", "transfer/test_import_export.py"),
    )
]
"""Files and directories that take longest, in the order in which parallel runs start them, so that
the processes end together."""

# A shell's background job ignores it, and so would every server and command that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A line for each request, which the tests of other lines would find, too.
logging.getLogger("access").setLevel(logging.WARNING)

STORES = ("mongomock", "mongod")
"""The databases that the storage contract is tested on: a fast one and a real one."""


MEMORY = Path("/dev/shm")

SETTINGS = Settings(compiled=os.environ.get(variable("compiled")) != "off")
"""With MODEL_TEMPLATES_COMPILED=off, all servers of the fixtures execute without plans."""


@pytest.fixture(scope="session")
def mongod_uri() -> Iterator[str]:
    """The URI of a real mongod, started for this test run, in memory if there is room: each test
    creates a database, and on a disk that takes four times as long."""
    mongod = embedded.find_mongod()
    assert mongod is not None, "no mongod: install the extra `test`"
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 * 10**9
    with (
        TemporaryDirectory(prefix="mongod-", dir=MEMORY if has_room else None) as directory,
        embedded.running(mongod, Path(directory)) as uri,
    ):
        yield uri


@pytest.fixture(scope="session")
def mongod_databases(mongod_uri: str) -> Iterator[Databases]:
    """The databases of all tests on the real mongod."""
    with MongoClient[dict[str, Any]](mongod_uri) as client:
        yield Databases(client)


@pytest.fixture
async def mongod(mongod_databases: Databases, mongod_uri: str) -> AsyncIterator[Database]:
    """A fresh database of a real MongoDB."""
    async with mongod_databases.fresh(mongod_uri) as database:
        yield database


if os.environ.get("TEST_DATABASE") == "mongod":
    from tests.real_database import mongomock as mongomock
    from tests.real_database import set_up as set_up
else:

    @pytest.fixture
    async def mongomock() -> Database:
        """A fresh database in memory."""
        database = embedded.in_memory("test")
        await initialise(database)
        return database


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Database:
    """Each store in turn."""
    database: Database = request.getfixturevalue(request.param)
    return database


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment without settings; all data is in the test's own directory."""
    ours = ("MODEL_TEMPLATES_", "MONGODB_URI", "PORT", "WEB_CONCURRENCY", "LOG_LEVEL", "LAUNCH_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "MODEL_TEMPLATES_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}


class Caller:
    """A client that sends operations to a server, with or without a key."""

    def __init__(self, app: Starlette, key: str | None) -> None:
        headers = {} if key is None else {"x-api-key": key}
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        )

    async def post(self, query: str, headers: Any = None, **variables: Any) -> httpx.Response:
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", **(headers or {})}
        return await self.http.post("/graphql", content=body, headers=headers)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of the response; an error fails the test."""
        answer = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def create(self, template: Any, selection: str = "{ id }") -> Any:
        """The payload of createModelTemplate."""
        query = (
            "mutation($input: CreateModelTemplateInput!) { createModelTemplate(input: $input) "
            f"{{ modelTemplate {selection} errors {{ code message path }} }} }}"
        )
        return (await self.ask(query, input=template))["createModelTemplate"]


Login = Callable[..., Awaitable[Caller]]


def logging_in(app: Starlette, keys: ApiKeyStore) -> Login:
    """Creates callers: login() may write in a1, login(a_viewer(a2="read")) may only read in a2."""

    async def login(viewer: Viewer | None = None) -> Caller:
        key = new_key()
        await keys.add(key, viewer or a_viewer())
        return Caller(app, key)

    return login


@cache
def executor(settings: Settings) -> Executor:
    """What executes the operations of all tests with these settings: to parse, validate and compile
    the same documents for each test would take a tenth of the time of all."""
    return new_executor(settings)


def an_app(database: Database, settings: Settings = SETTINGS) -> Starlette:
    """A server. Its executor is that of other tests, too."""
    return create_app(settings, database, executor=executor(settings))


@pytest.fixture
def app(mongomock: Database) -> Starlette:
    """A server over a database in memory."""
    return an_app(mongomock)


@pytest.fixture
def login(app: Starlette, mongomock: Database) -> Login:
    return logging_in(app, ApiKeyStore(mongomock))


@pytest.fixture
async def ann(login: Login) -> Caller:
    """A caller with write access to the account a1."""
    return await login()


@pytest.fixture
async def writer(store: Database) -> Caller:
    """A caller with write access to the account a1, on each store in turn."""
    return await logging_in(an_app(store), ApiKeyStore(store))()


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Node clients are installed, beside the schema that they generate from. Tests that
    write there have a name of their own for each file."""

    def make(directory: Path) -> None:
        project = installed(ROOT / "tests/clients", directory / "clients")
        shutil.copy(ROOT / "schema.graphql", project)

    return made_once(tmp_path_factory, "node", make) / "clients"


def place(path: Path, among: list[Path]) -> int:
    """The position of the first path that is the given one or contains it, or their number."""
    found = (number for number, each in enumerate(among) if path.is_relative_to(each))
    return next(found, len(among))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without the slow tests, import none of the files that have no others."""
    is_slow = place(collection_path, SLOW) < len(SLOW)
    return True if is_slow and config.getoption("markexpr") == "not slow" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests in SLOW, and those that run alone, as slow. In one of several processes, begin
    with the tests in LONGEST."""
    paths = {item.path for item in items}
    slow = {path for path in paths if place(path, SLOW) < len(SLOW)}
    in_browser = {path for path in paths if path.is_relative_to(BROWSER)}
    for item in items:
        if item.path in in_browser:
            item.add_marker(pytest.mark.alone)  # A browser needs both cores, and steps have limits.
            if isinstance(item, pytest.Function) and iscoroutinefunction(item.function):
                on_its_loop = pytest.mark.asyncio(loop_scope="module")  # Of the file's browser.
                item.add_marker(on_its_loop, append=False)
        if item.path in slow or item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.slow)
    if hasattr(config, "workerinput"):
        places = {path: place(path, LONGEST) for path in paths}
        items.sort(key=lambda item: places[item.path])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over what is imported and collected, which stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report which databases the storage contract was tested on."""
    held = Counter(
        name
        for report in terminalreporter.stats.get("passed", ())
        for name in STORES
        if report.when == "call" and re.search(rf"\[{name}[]-]", report.nodeid)
    )
    for name in STORES:
        terminalreporter.write_line(f"storage contract: {held[name]} tests passed on {name}")
