"""Pictures of the catalog's states, light and dark, for the documentation. They are only taken with
`pytest tests/browser/test_shots.py --pictures docs`, which keeps them in docs/shots."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.templates import CREATE, DELETE, UPDATE, UPDATED, a_template
from tests.browser.test_transfer import BAD, GOOD
from tests.program import Banner

QUALITY = 62
TOTAL_BYTES = 1_500_000


class Camera:
    """Takes pictures of a page in one color scheme."""

    def __init__(self, page: Page, directory: Path, scheme: str) -> None:
        self._page = page
        self._directory = directory
        self._scheme = scheme

    async def take(self, state: str) -> None:
        await self._page.wait_for_timeout(400)  # For messages and images of fonts to settle.
        file = self._directory / f"{state}-{self._scheme}.jpg"
        await self._page.screenshot(
            path=file, type="jpeg", quality=QUALITY, animations="disabled", caret="hide"
        )


@pytest.fixture
def directory(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The directory to save them in, which stays small."""
    kept: str = request.config.getoption("--pictures")
    (shots := Path(kept, "shots")).mkdir(parents=True, exist_ok=True)
    yield shots
    assert sum(file.stat().st_size for file in shots.iterdir()) <= TOTAL_BYTES


@pytest_asyncio.fixture(loop_scope="module", params=["light", "dark"])
async def camera(request: pytest.FixtureRequest, page: Page, directory: Path) -> Camera:
    await page.emulate_media(color_scheme=request.param, reduced_motion="reduce")
    return Camera(page, directory, request.param)


@pytest.fixture
def revised(directory: Path, site: Banner) -> Iterator[str]:
    """The id of a template that was changed twice."""
    answer = site.ask(CREATE, input=a_template("ticket-triage")).json()
    identifier: str = answer["data"]["createModelTemplate"]["modelTemplate"]["id"]
    for description in ("Sorts tickets by team.", "Sorts tickets by team and urgency."):
        change = {"id": identifier, "description": description}
        assert site.ask(UPDATE, input=change).json() == UPDATED
    yield identifier
    site.ask(DELETE, id=identifier)


async def test_the_list(page: Page, camera: Camera) -> None:
    for state, (width, height) in {"list": (1280, 860), "list-phone": (390, 844)}.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto("/catalog")
        await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
        await camera.take(state)
    await page.set_viewport_size({"width": 1280, "height": 860})
    await page.goto("/catalog?search=whisper&modelType=RERANKING")
    await expect(page.get_by_text("No templates match")).to_be_visible()
    await camera.take("no-results")


async def test_a_template(page: Page, camera: Camera) -> None:
    await page.goto("/catalog?search=vllm-chat-h100")
    await page.get_by_role("link", name="vllm-chat-h100").click()
    await expect(page.get_by_role("heading", name="To fill in")).to_be_visible()
    await camera.take("overview")
    await page.get_by_role("tab", name="Launch").click()
    await page.get_by_label("MODEL_NAME text").fill("meta-llama/Llama-3.1-70B-Instruct")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await camera.take("launch")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.evaluate("scrollTo(0, 0)")
    await camera.take("launch-phone")


async def test_the_form(page: Page, camera: Camera) -> None:
    await page.goto("/catalog?page=new")
    await page.get_by_role("textbox", name="Name", exact=True).fill("ticket triage")
    await page.get_by_role("textbox", name="Tag", exact=True).fill("a tag")
    await page.get_by_role("button", name="Create template").click()
    await expect(page.get_by_text("Endpoint type is required.").first).to_be_visible()
    await page.evaluate("scrollTo(0, 0)")
    await camera.take("errors")
    parameters = page.get_by_role("region", name="Parameters", exact=True)
    await parameters.get_by_role("button", name="Add parameter").click()
    await page.keyboard.type("MAX_TOKENS")
    await parameters.get_by_role("radio", name="integer").click()
    await parameters.get_by_text("Constraints").click()
    await parameters.get_by_label("Minimum").fill("1")
    await parameters.evaluate("(element) => element.scrollIntoView()")
    await camera.take("parameters")


async def test_an_import(page: Page, camera: Camera) -> None:
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill(f"{GOOD}---\n{BAD}")
    await expect(page.get_by_role("region", name="brought-in-badly")).to_be_visible()
    await camera.take("import")


async def test_revisions(page: Page, camera: Camera, revised: str) -> None:
    await page.goto(f"/catalog?id={revised}&view=revisions")
    await expect(page.get_by_role("region", name="Changes")).to_contain_text("urgency")
    await camera.take("revisions")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Compare").click()
    await page.get_by_role("searchbox", name="Compare with").fill("vllm-chat")
    await page.get_by_role("button", name="vllm-chat-h100").click()
    await expect(page.get_by_role("region", name="Differences")).to_contain_text("vllm-openai")
    await camera.take("compare")


async def test_a_merge(page: Page, camera: Camera, site: Banner, revised: str) -> None:
    await page.goto(f"/catalog?id={revised}&page=edit")
    await page.get_by_role("textbox", name="Description").fill("Sorts tickets by product.")
    change = {"id": revised, "description": "Sorts tickets by team, urgency and language."}
    assert site.ask(UPDATE, input=change).json() == UPDATED
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await camera.take("merge")
