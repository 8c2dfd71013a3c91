"""The catalog's comparisons, and what its addresses keep."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, UPDATE, UPDATED, a_template
from tests.program import Banner


@pytest.fixture
def revised(site: Banner) -> Iterator[str]:
    """The id of a template with more revisions than the page loads at once."""
    answer = site.ask(CREATE, input=a_template("revised")).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    for n in range(14):
        change = {"id": identifier, "description": f"Change {n}."}
        assert site.ask(UPDATE, input=change).json() == UPDATED
    yield identifier
    site.ask(DELETE, id=identifier)


async def test_any_two_revisions_are_compared_and_kept_in_the_address(
    page: Page, revised: str
) -> None:
    await page.goto(f"/catalog?id={revised}&view=revisions")
    changes = page.get_by_role("region", name="Changes")
    await expect(changes).to_contain_text("Change 12.")
    await changes.get_by_label("From revision").select_option("1")
    await changes.get_by_label("to revision").select_option("3")
    await expect(changes).to_contain_text("Change 1.")
    await is_accessible(page, "revisions")
    assert page.url.endswith("from=1&to=3") or ("from=1" in page.url and "to=3" in page.url)
    await page.reload()
    await expect(changes).to_contain_text("Change 1.")


async def test_two_templates_are_compared(page: Page, revised: str) -> None:
    await page.goto(f"/catalog?id={revised}")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Compare").click()
    await page.get_by_role("searchbox", name="Compare with").fill("vllm-chat")
    await page.get_by_role("button", name="vllm-chat-h100").click()
    differences = page.get_by_role("region", name="Differences")
    await expect(differences).to_contain_text("vllm/vllm-openai")
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Compare revised with vllm-chat-h100"
    )
    await is_accessible(page, "a comparison")
    await page.reload()
    await differences.get_by_role("link", name="Swap").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Compare vllm-chat-h100 with revised"
    )


async def test_the_address_holds_what_was_typed_for_a_launch(page: Page) -> None:
    await page.goto("/catalog?search=vllm-chat")
    await page.get_by_role("link", name="vllm-chat-h100").click()
    await page.get_by_role("tab", name="Launch").click()
    await is_accessible(page, "an untouched launch form")
    await page.get_by_label("MODEL_NAME text").fill("meta/llama")
    await page.get_by_label("Max workers").fill("3")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await is_accessible(page, "a launch plan")
    await page.reload()
    await expect(page.get_by_label("MODEL_NAME text")).to_have_value("meta/llama")
    await expect(page.get_by_label("Max workers")).to_have_value("3")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
