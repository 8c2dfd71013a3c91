"""A browser on the pages of an installed wheel, and checks that apply to every page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from tests.browser.templates import CREATE, DELETE, FIND, a_template
from tests.program import ROOT, Banner, serving_with
from tests.shared import made_once

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
NAME = "model-templates"
NAMES = ("written", "written-copy", "changed", "twice")
"""Of templates that tests of the forms make."""

NOT_SOURCES = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "tests", "build", "dist")


of_a_page = pytest_asyncio.fixture(loop_scope="module")
"""A fixture of one test, on the event loop of the file's browser."""

in_its_module = pytest_asyncio.fixture(scope="module", loop_scope="module")
"""A fixture of all tests of a file."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="DIRECTORY", help="where to keep pictures of the pages")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pictures for the documentation are only taken when they are asked for."""
    is_camera = collection_path.name == "test_shots.py"
    return True if is_camera and config.getoption("--pictures", None) is None else None


def missing(program: str) -> NoReturn:
    """Skip the test for lack of a program; in CI, fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"no {program}: apt-get install {program}")
    pytest.skip(f"no {program} on the PATH")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    return CHROMIUM or missing("chromium")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    """The directory that `pip install` installs the sources into, including the pages."""
    return made_once(tmp_path_factory, "wheel", install) / "installed"


def install(directory: Path) -> None:
    sources, target = directory / "sources", directory / "installed"
    shutil.copytree(ROOT, sources, ignore=NOT_SOURCES)
    environment = {**os.environ, "MODEL_TEMPLATES_BUNDLE": "require"}
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    commands: list[list[str | Path]] = [
        [
            "wheel",
            "--no-deps",
            "--no-index",
            "--no-build-isolation",
            "--wheel-dir",
            directory,
            sources,
        ],
        ["install", "--no-deps", "--no-index", "--find-links", directory, "--target", target, NAME],
    ]
    for command in commands:
        subprocess.run([*pip, *command], env=environment, check=True, timeout=900)


@pytest.fixture(scope="session")
def site(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Banner]:
    """The installed server with the example templates."""
    directory = tmp_path_factory.mktemp("site")
    environment = environment_of(installed, directory)
    with serving_with(environment, "--port", "0", "--seed", cwd=directory) as server:
        yield server


def environment_of(installed: Path, directory: Path) -> dict[str, str]:
    """The environment of an installed server that keeps its data in a directory."""
    ours = ("MODEL_TEMPLATES_", "MONGODB_URI", "PORT", "WEB_CONCURRENCY", "LOG_LEVEL")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "MODEL_TEMPLATES_DATA_DIR": str(directory),
        # Its output is not read after the banner, and must not fill the pipe.
        "MODEL_TEMPLATES_LOG_LEVEL": "warning",
        "PYTHONPATH": str(installed),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def base(site: Banner) -> str:
    """The server's base URL."""
    return re.sub(r"/graphql$", "", site.url)


@pytest.fixture(scope="session")
def session(site: Banner) -> str:
    """The session of a page that was opened by the link."""
    token = site.links[0].partition("#token=")[2]
    url = site.url.replace("/graphql", "/development-key")
    answer = httpx.get(url, headers={"authorization": f"Bearer {token}"})
    return str(answer.json()["session"])


@pytest.fixture
def nothing_is_left(site: Banner) -> Iterator[None]:
    """Afterwards, the templates that tests of the forms make are gone."""
    yield
    for name in NAMES:
        for node in site.ask(FIND, name=name).json()["data"]["modelTemplates"]["nodes"]:
            site.ask(DELETE, id=node["id"])


@pytest.fixture
def written(site: Banner, nothing_is_left: None) -> str:
    """The id of a template that a test changes."""
    answer = site.ask(CREATE, input=a_template("written")).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    return identifier


@in_its_module
async def module_browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser that can reach no other machine; rebound.example leads to this one. The tests of a
    file share it, because it takes seconds to start."""
    rules = "MAP rebound.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    arguments = [f"--host-resolver-rules={rules}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        await browser.close()


@of_a_page
async def browser(module_browser: Browser) -> AsyncIterator[Browser]:
    """A browser without windows, or anything that it has kept."""
    yield module_browser
    for context in module_browser.contexts:
        await context.close()


@pytest.fixture
def excused() -> list[re.Pattern[str]]:
    """Console messages that a test provokes on purpose."""
    return []


@pytest.fixture
def stored(session: str) -> dict[str, str]:
    """The local storage of the page's browser."""
    return {"model-templates.session": session}


@of_a_page
async def page(
    browser: Browser, base: str, stored: dict[str, str], excused: list[re.Pattern[str]]
) -> AsyncIterator[Page]:
    """An empty page, which gets the development key. Afterwards: no request to another origin, no
    error, no warning."""
    items: list[Any] = [{"name": name, "value": value} for name, value in stored.items()]
    context = await browser.new_context(
        storage_state={"origins": [{"origin": base, "localStorage": items}]},
        base_url=base,
        viewport={"width": 1280, "height": 860},
        locale="en-US",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = await context.new_page()
    page.set_default_timeout(15_000)
    foreign: list[str] = []
    wrong: list[str] = []

    def requested(request: Request) -> None:
        if not request.url.startswith((f"{base}/", "data:", f"blob:{base}/")):
            foreign.append(request.url)

    def logged(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.type}: {message.text}")

    context.on("request", requested)
    page.on("console", logged)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    await context.close()
    assert foreign == []
    assert [text for text in wrong if not any(known.match(text) for known in excused)] == []
