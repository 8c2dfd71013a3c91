"""Templates of the catalog's list that are selected, exported and archived together."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.access import may_only_read
from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, a_template
from tests.program import Banner

STATES = """{
  modelTemplates(filter: {archived: null, search: "several"}, first: 100) {
    nodes { id name archivedAt }
  }
}"""


@pytest.fixture
def several(site: Banner) -> Iterator[list[str]]:
    """Names of more templates than fit on one page of the list, for the time of a test."""
    names = [f"several-{n:02}" for n in range(30)]
    for name in names:
        site.ask(CREATE, input=a_template(name))
    yield names
    for node in site.ask(STATES).json()["data"]["modelTemplates"]["nodes"]:
        site.ask(DELETE, id=node["id"])


def archived(site: Banner) -> list[str]:
    """The names of those that are archived."""
    nodes = site.ask(STATES).json()["data"]["modelTemplates"]["nodes"]
    return sorted(node["name"] for node in nodes if node["archivedAt"] is not None)


async def test_a_selection_outlasts_scrolling_and_is_exported(
    page: Page, several: list[str], tmp_path: Path
) -> None:
    await page.goto("/catalog?search=several&order=NAME.ASC")
    count = page.get_by_text(re.compile("selected"))
    await page.get_by_role("checkbox", name="Select several-01").check()
    await expect(count).to_have_text("1 template selected")
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await page.get_by_role("checkbox", name="Select several-29").check()
    await expect(count).to_have_text("2 templates selected")
    await is_accessible(page, "a selection")

    await page.get_by_role("link", name="several-29").click()
    await expect(page.get_by_role("heading", name="several-29")).to_be_focused()
    await expect(count).to_be_hidden()
    await page.go_back()
    await expect(page.get_by_role("link", name="several-29")).to_be_focused()
    await expect(count).to_have_text("2 templates selected")
    await expect(page.get_by_role("checkbox", name="Select several-01")).to_be_checked()

    bar = page.get_by_role("region", name="Selection")
    await bar.get_by_role("button", name="Export").click()
    await is_accessible(page, "the menu of a selection")
    async with page.expect_download() as saving:
        await bar.get_by_role("menuitem", name="As JSON").click()
    file = tmp_path / "selection.json"
    await (await saving.value).save_as(file)
    assert [it["name"] for it in json.loads(file.read_text())] == ["several-01", "several-29"]


async def test_the_keyboard_selects_and_archives_and_undo_restores(
    page: Page, site: Banner, several: list[str]
) -> None:
    await page.goto("/catalog?search=several&order=NAME.ASC")
    await page.get_by_role("link", name="several-00").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("checkbox", name="Select several-00")).to_be_focused()
    await page.keyboard.press("Space")
    for _ in range(2):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    bar = page.get_by_role("region", name="Selection")
    await expect(bar.get_by_role("status")).to_have_text("2 templates selected")
    await bar.get_by_role("button", name="Archive").focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("Archived 2 templates.")
    await expect(page.get_by_role("region", name="Results")).to_be_focused()
    await expect(page.get_by_role("link", name="several-00")).to_have_count(0)
    await expect(bar).to_have_count(0)
    assert archived(site) == ["several-00", "several-01"]
    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("link", name="several-00")).to_be_visible()
    assert archived(site) == []


async def test_all_that_is_shown_is_selected_and_one_that_is_gone_stays_selected(
    page: Page, site: Banner, several: list[str]
) -> None:
    await page.goto("/catalog?search=several&order=NAME.ASC")
    await page.get_by_role("checkbox", name="Select several-00").check()
    bar = page.get_by_role("region", name="Selection")
    await bar.get_by_role("button", name="Select all").click()
    await expect(bar.get_by_role("status")).to_have_text(
        re.compile("(24|30) templates selected")  # Which may load more at any time.
    )
    await bar.get_by_role("button", name="Clear the selection").click()
    await expect(bar).to_have_count(0)

    for name in ("several-00", "several-01"):
        await page.get_by_role("checkbox", name=f"Select {name}").check()
    nodes = site.ask(STATES).json()["data"]["modelTemplates"]["nodes"]
    gone = next(node["id"] for node in nodes if node["name"] == "several-00")
    site.ask(DELETE, id=gone)
    await bar.get_by_role("button", name="Archive").click()
    await expect(page.get_by_role("alert")).to_contain_text("Archived 1 template")
    await expect(page.get_by_role("alert")).to_contain_text("several-00: ")
    await expect(bar.get_by_role("status")).to_have_text("1 template selected")
    assert archived(site) == ["several-01"]


async def test_a_key_that_may_only_read_exports_and_does_not_archive(page: Page) -> None:
    await may_only_read(page)
    async with page.expect_response(lambda it: "query Viewer" in (it.request.post_data or "")):
        await page.goto("/catalog")
    await page.get_by_role("checkbox", name="Select vllm-chat-h100").check()
    bar = page.get_by_role("region", name="Selection")
    await expect(bar.get_by_role("button", name="Export")).to_be_visible()
    await expect(bar.get_by_role("button", name="Archive")).to_have_count(0)
