"""Filling in the form of a template, and saving it."""

from typing import Any

from playwright.async_api import Page, expect


def textbox(page: Page, name: str) -> Any:
    return page.get_by_role("textbox", name=name, exact=True)


async def fill_in(page: Page) -> None:
    """What a template must have."""
    await textbox(page, "Name").fill("written")
    await page.get_by_role("radio", name="Async").click()
    await page.get_by_role("radio", name="Embedding").click()
    await textbox(page, "Registry").fill("docker.io")
    await textbox(page, "Image").fill("acme/embedder")
    await textbox(page, "Tag").fill("1.0.0")


async def saved(page: Page, button: str) -> None:
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("tab", name="Overview")).to_be_visible()
