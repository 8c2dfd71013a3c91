"""A browser on the pages of an installed wheel, and checks that apply to every page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from tests.program import ROOT, Banner, serving_with

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
NAME = "model-templates"
NOT_SOURCES = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "tests", "build", "dist")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="DIRECTORY", help="where to keep pictures of the pages")


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
    directory = tmp_path_factory.mktemp("wheel")
    sources, target = directory / "sources", directory / "installed"
    shutil.copytree(ROOT, sources, ignore=NOT_SOURCES)
    environment = {**os.environ, "MODEL_TEMPLATES_BUNDLE": "require"}
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    commands: list[list[str | Path]] = [
        ["wheel", "--no-deps", "--wheel-dir", directory, sources],
        ["install", "--no-deps", "--no-index", "--find-links", directory, "--target", target, NAME],
    ]
    for command in commands:
        subprocess.run([*pip, *command], env=environment, check=True, timeout=900)
    return target


@pytest.fixture(scope="session")
def site(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Banner]:
    """The installed server with the example templates."""
    directory = tmp_path_factory.mktemp("site")
    ours = ("MODEL_TEMPLATES_", "MONGODB_URI", "PORT", "WEB_CONCURRENCY", "LOG_LEVEL")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "MODEL_TEMPLATES_DATA_DIR": str(directory),
        # Its output is not read after the banner, and must not fill the pipe.
        "MODEL_TEMPLATES_LOG_LEVEL": "warning",
        "PYTHONPATH": str(installed),
        "PYTHONUNBUFFERED": "1",
    }
    with serving_with(environment, "--port", "0", "--seed", cwd=directory) as server:
        yield server


@pytest.fixture
def base(site: Banner) -> str:
    """The server's base URL."""
    return re.sub(r"/graphql$", "", site.url)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser that can reach no other host."""
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
def excused() -> list[re.Pattern[str]]:
    """Console messages that a test provokes on purpose."""
    return []


@pytest.fixture
async def page(browser: Browser, base: str, excused: list[re.Pattern[str]]) -> AsyncIterator[Page]:
    """An empty page. Afterwards: no request to another origin, no error, no warning."""
    context = await browser.new_context(
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
