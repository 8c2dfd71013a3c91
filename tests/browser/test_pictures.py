"""Pictures of the pages, for the README: `pytest tests/browser --pictures docs` keeps them."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.playground import run

MAX_BYTES = 200_000
PNG_WIDTH = slice(16, 20)


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The directory to save them in."""
    return Path(request.config.getoption("--pictures", None) or tmp_path)


async def kept(page: Page, file: Path) -> None:
    """Save a picture that is small enough for a README."""
    picture = await page.screenshot(path=file, animations="disabled", caret="hide")
    assert len(picture) < MAX_BYTES
    assert int.from_bytes(picture[PNG_WIDTH]) == 1280


async def test_the_catalog_has_its_picture_taken(page: Page, pictures: Path) -> None:
    await page.goto("/catalog?search=vllm-chat-h100")
    await page.get_by_role("link", name="vllm-chat-h100").click()
    await page.get_by_role("tab", name="Launch").click()
    await page.get_by_label("MODEL_NAME text").fill("meta-llama/Llama-3.1-70B-Instruct")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await page.get_by_label("MAX_MODEL_LEN").fill("65536")
    await expect(page.locator(".line.new").first).to_be_visible()
    await kept(page, pictures / "catalog.png")


async def test_the_playground_has_its_picture_taken(page: Page, pictures: Path) -> None:
    await run(page, 0, '"totalCount"')
    await kept(page, pictures / "playground.png")
