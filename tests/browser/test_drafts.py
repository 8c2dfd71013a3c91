"""What is typed into the catalog's form outlasts a reload, an expired key and a lost server."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import is_accessible
from tests.browser.forms import fill_in, textbox
from tests.browser.templates import found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def test_a_draft_outlasts_a_reload_and_keeps_no_secret(page: Page) -> None:
    await page.goto("/catalog?page=new")
    await fill_in(page)
    parameters = page.get_by_role("region", name="Parameters", exact=True)
    await parameters.get_by_role("button", name="Add parameter").click()
    await page.keyboard.type("TOKEN")
    await parameters.get_by_text("Constraints").click()
    await parameters.get_by_label("Secret").check()
    await parameters.get_by_label("Default", exact=True).fill("hf_1a2B3c4D5e")
    kept = await page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "acme/embedder" in kept
    assert "hf_1a2B3c4D5e" not in kept

    await page.reload()
    await expect(page.get_by_text("has been restored")).to_be_visible()
    await expect(textbox(page, "Image")).to_have_value("acme/embedder")
    await is_accessible(page, "a restored draft")
    await page.get_by_role("button", name="Discard it").click()
    await expect(textbox(page, "Image")).to_have_value("")


async def test_a_draft_outlasts_an_expired_key(
    page: Page, site: Banner, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*401"))
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await page.route("**/graphql", lambda route: route.fulfill(status=401, json={"errors": []}))
    await textbox(page, "Tag").fill("2.0.0")
    await page.get_by_label("API key").fill(site.key)
    await page.unroute("**/graphql")
    await page.keyboard.press("Enter")
    await expect(textbox(page, "Tag")).to_have_value("2.0.0")


async def test_a_lost_server_loses_nothing_and_creates_nothing_twice(
    page: Page, site: Banner, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*ERR_FAILED"))
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await expect(page.get_by_text("Ready to save.")).to_be_visible()

    async def lost(route: Route) -> None:
        if "mutation CreateTemplate" in (route.request.post_data or ""):
            await route.fetch()  # The server does it, and its answer is lost.
            return await route.abort()
        await route.continue_()

    await page.route("**/graphql", lost)
    await page.get_by_role("button", name="Create template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Cannot reach the server.")
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("tab", name="Overview")).to_be_visible()
    assert found(site, "written")["revision"] == 1
