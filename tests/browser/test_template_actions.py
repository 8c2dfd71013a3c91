"""Changes in the catalog that need no form: archive, restore and delete."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.access import may_only_read
from tests.browser.accessibility import is_accessible
from tests.browser.templates import READ, UPDATE, UPDATED, found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def test_archiving_can_be_undone(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("button", name="More actions").click()
    await is_accessible(page, "the menu")
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("This template is archived")).to_be_visible()
    await is_accessible(page, "an archived template")
    assert found(site, "written")["archivedAt"] is not None

    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("This template is archived")).to_have_count(0)
    assert found(site, "written")["archivedAt"] is None


async def test_a_template_is_deleted_once_its_name_is_typed(
    page: Page, site: Banner, written: str
) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete written?")
    await expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    await is_accessible(page, "the deletion")
    await dialog.get_by_label("Type the template's name").fill("written")
    await dialog.get_by_role("button", name="Delete").click()

    await expect(page.get_by_role("heading", name="Templates", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="written", exact=True)).to_have_count(0)
    assert site.ask(READ, id=written).json()["data"]["modelTemplate"] is None


async def test_an_earlier_revision_is_restored(page: Page, site: Banner, written: str) -> None:
    changes = {"id": written, "name": "changed", "labels": {"team": "x"}, "modelType": "AGENT"}
    assert site.ask(UPDATE, input=changes).json() == UPDATED
    await page.goto(f"/catalog?id={written}&view=revisions")
    await page.get_by_role("button", name="Restore revision 1").click()
    await expect(page.get_by_role("heading", name="written", exact=True)).to_be_visible()
    restored = found(site, "written")
    assert (restored["labels"], restored["modelType"], restored["revision"]) == ({}, "GENERIC", 3)

    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", name="changed", exact=True)).to_be_visible()
    assert found(site, "changed")["labels"] == {"team": "x"}


async def test_a_key_that_may_only_read_sees_no_button_that_would_fail(
    page: Page, written: str
) -> None:
    await may_only_read(page)
    async with page.expect_response(lambda it: "query Viewer" in (it.request.post_data or "")):
        await page.goto(f"/catalog?id={written}&view=revisions")
    await expect(page.get_by_role("heading", name="written")).to_be_visible()
    for name in ("Edit", "Duplicate", "Restore", "New template"):
        await expect(page.get_by_role("link", name=name)).to_have_count(0)
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.get_by_role("button", name="More actions").click()
    await expect(page.get_by_role("menuitem")).to_have_text(
        ["Compare …", "Export as YAML", "Export as JSON"]
    )
    await page.goto("/catalog?page=new")
    await expect(page.get_by_role("heading")).to_have_text("This API key can only read")
    await is_accessible(page, "a key that may only read")
