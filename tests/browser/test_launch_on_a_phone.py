"""The launch form on a phone: its state stays in sight, and hides nothing."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.test_catalog import opened

OBSCURED = """() => {
  const bar = document.querySelector(".plan-status").getBoundingClientRect();
  const box = document.activeElement.getBoundingClientRect();
  return box.bottom > bar.top || box.top < 0;
}"""


async def shown(page: Page) -> Any:
    """Where the page is scrolled to, and whether the state is all in sight there."""
    await expect(page.locator(".plan-status")).to_be_in_viewport(ratio=1)
    return await page.evaluate("scrollY")


@pytest.mark.parametrize("width", [320, 390])
async def test_the_state_stays_in_sight_and_leads_to_the_first_field(
    page: Page, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await opened(page, "vllm-chat-h100")
    status = page.get_by_role("region", name="Launch plan").get_by_role("status").first
    await expect(status).to_have_text("Fill in 1 field to see the plan.")
    assert await shown(page) == 0
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert await shown(page) > 0

    await page.get_by_label("Max workers").fill("x")
    await expect(status).to_have_text("Fix 2 errors.")
    await page.get_by_role("button", name="Go to the first").click()
    name = page.get_by_label("MODEL_NAME text")
    await expect(name).to_be_focused()
    await expect(name).to_be_in_viewport(ratio=1)
    await is_accessible(page, "errors of a launch")
    await name.fill("meta/llama")
    await expect(status).to_have_text("Fix 1 error.")
    await page.get_by_role("button", name="Go to the first").click()
    await expect(page.get_by_label("Max workers")).to_be_focused()
    await page.get_by_label("Max workers").fill("")
    await expect(status).to_have_text("Ready to launch.")
    await shown(page)
    await page.get_by_role("tab", name="Code").click()
    await expect(page.get_by_role("status").filter(has_text="Ready to launch.")).to_be_visible()
    await shown(page)


async def test_no_field_that_has_the_focus_is_hidden(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 480})
    await opened(page, "vllm-chat-h100")
    await expect(page.get_by_text("Fill in 1 field to see the plan.")).to_be_visible()
    await page.get_by_role("textbox", name="Name", exact=True).focus()
    fields = page.locator(".launch-form").locator("input, select, button, summary")
    for _ in range(await fields.count() - 1):
        await page.keyboard.press("Tab")
        assert not await page.evaluate(OBSCURED)
    for _ in range(await fields.count() - 1):
        await page.keyboard.press("Shift+Tab")
        assert not await page.evaluate(OBSCURED)
