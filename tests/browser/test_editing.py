"""The catalog's form for a template that is there, which others may change meanwhile."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.forms import saved, textbox
from tests.browser.templates import DELETE, UPDATE, UPDATED, found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def test_an_edit_sends_only_what_was_changed(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("link", name="Edit").click()
    await textbox(page, "Memory").fill("12Gi")
    async with page.expect_request(
        lambda request: "mutation UpdateTemplate" in (request.post_data or "")
    ) as sending:
        await saved(page, "Save changes")

    sent: Any = (await sending.value).post_data_json
    assert sent["variables"]["input"] == {
        "id": written,
        "expectedRevision": 1,
        "vendorConfiguration": {"endpointConfig": {"memory": "12Gi"}},
    }
    assert found(site, "written")["revision"] == 2
    await expect(page.get_by_role("alert")).to_contain_text("Saved written.")


async def test_a_stale_edit_is_merged(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}&page=edit")
    await textbox(page, "CPUs").fill("5")
    await textbox(page, "Memory").fill("12Gi")
    endpoint = {"endpointConfig": {"cpus": 6}}
    theirs = {"id": written, "description": "Theirs.", "vendorConfiguration": endpoint}
    assert site.ask(UPDATE, input=theirs).json() == UPDATED
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    await page.get_by_role("button", name="Save changes").click()

    dialog = page.get_by_role("dialog", name="The template has changed")
    await expect(dialog.get_by_role("region", name="Changed by others")).to_contain_text("Theirs.")
    await expect(dialog.get_by_role("region", name="Changed by you")).to_contain_text("12Gi")
    await is_accessible(page, "a stale edit")
    await dialog.get_by_role("radio", name="Theirs").click()
    await dialog.get_by_role("button", name="Merge").click()
    await expect(textbox(page, "CPUs")).to_have_value("6")
    await saved(page, "Save changes")

    merged = found(site, "written")
    assert merged["description"] == "Theirs."
    assert merged["vendorConfiguration"]["endpointConfig"]["cpus"] == 6
    assert merged["vendorConfiguration"]["endpointConfig"]["memory"] == "12Gi"
    assert merged["revision"] == 3


async def test_an_edit_of_a_deleted_template_can_be_created_again(
    page: Page, site: Banner, written: str
) -> None:
    await page.goto(f"/catalog?id={written}&page=edit")
    await textbox(page, "Memory").fill("12Gi")
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    site.ask(DELETE, id=written)
    await page.get_by_role("button", name="Save changes").click()
    await page.get_by_role("button", name="Create it again").click()
    await expect(textbox(page, "Memory")).to_have_value("12Gi")
    await saved(page, "Create template")
    assert found(site, "written")["vendorConfiguration"]["endpointConfig"]["memory"] == "12Gi"
