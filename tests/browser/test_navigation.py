"""Going back in the catalog restores the place in the list and what was typed."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.long_list import answer_with_pages, scroll_through
from tests.browser.templates import CREATE, DELETE, a_template
from tests.browser.test_catalog import opened
from tests.program import Banner


@pytest.fixture
def many(site: Banner) -> Iterator[list[str]]:
    """Names of more templates than fit on one page of the list, for the time of a test."""
    names = [f"aplenty-{n:02}" for n in range(40)]
    made = [
        site.ask(CREATE, input=a_template(name)).json()["data"]["createModelTemplate"]
        for name in names
    ]
    yield names
    for answer in made:
        site.ask(DELETE, id=answer["modelTemplate"]["id"])


async def test_back_restores_the_place_in_the_list(page: Page, many: list[str]) -> None:
    headings = page.get_by_role("region", name="Results").get_by_role("heading")
    await page.goto("/catalog?search=aplenty&order=NAME.ASC")
    await expect(headings).to_have_count(24)
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await expect(headings).to_have_text(many)
    await page.get_by_role("link", name="aplenty-39").scroll_into_view_if_needed()
    scrolled = await page.evaluate("scrollY")

    await page.get_by_role("link", name="aplenty-39").click()
    await expect(page.get_by_role("heading", name="aplenty-39")).to_be_focused()
    assert await page.title() == "aplenty-39 · Model Templates"
    await page.go_back()
    await expect(headings).to_have_text(many)
    assert await page.evaluate("scrollY") == scrolled > 0
    assert await page.title() == "Catalog · Model Templates"


async def test_a_reload_restores_the_place_in_the_list(page: Page, many: list[str]) -> None:
    headings = page.get_by_role("region", name="Results").get_by_role("heading")
    await page.set_viewport_size({"width": 400, "height": 700})
    await page.goto("/catalog?search=aplenty&order=NAME.ASC")
    await expect(headings).to_have_count(24)
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    await expect(headings).to_have_text(many)
    await page.get_by_role("link", name="aplenty-35").scroll_into_view_if_needed()
    await page.wait_for_timeout(400)  # The place is noted when scrolling pauses.
    await page.reload()
    await expect(headings).to_have_text(many)
    await expect(page.get_by_role("link", name="aplenty-35")).to_be_in_viewport()


async def test_the_place_in_a_long_list_is_restored(page: Page) -> None:
    """By a reload, and by going back from a template and to another list."""
    pages = 10
    asked = await answer_with_pages(page, pages)
    await page.goto("/catalog")
    await scroll_through(page, pages)
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight * 0.6)")
    link = page.get_by_role("link", name="many-0144")
    card = page.locator(".template-card").filter(has=link)
    await link.scroll_into_view_if_needed()
    await page.wait_for_timeout(400)  # The place is noted when scrolling pauses.
    scrolled = await page.evaluate("scrollY")

    asked.clear()
    await page.reload()
    await expect(link).to_be_in_viewport()
    assert await page.evaluate("scrollY") == scrolled
    assert asked == list(range(pages))

    await link.click()
    await page.go_back()
    await expect(link).to_be_in_viewport()
    assert await page.evaluate("scrollY") == scrolled

    await card.locator(".labels a").first.click()
    await expect(page.get_by_role("link", name="many-0000")).to_be_in_viewport()
    await page.go_back()
    await expect(link).to_be_in_viewport()
    assert await page.evaluate("scrollY") == scrolled


async def test_the_list_is_loaded_again_when_it_is_shown_again(
    page: Page, site: Banner, many: list[str]
) -> None:
    results = page.get_by_role("region", name="Results").get_by_role("status")
    await page.goto("/catalog?search=aplenty&order=NAME.ASC")
    await page.get_by_role("link", name="aplenty-00").click()
    await expect(page.get_by_role("heading", name="aplenty-00")).to_be_focused()
    found = site.ask('{ modelTemplates(filter: {name: "aplenty-00"}) { nodes { id } } }')
    site.ask(DELETE, id=found.json()["data"]["modelTemplates"]["nodes"][0]["id"])
    await page.get_by_role("link", name="All templates").click()
    await expect(results).to_have_text("39 templates")
    await expect(page.get_by_role("link", name="aplenty-00")).to_have_count(0)


async def test_what_was_typed_stays_while_other_views_are_shown(page: Page) -> None:
    await opened(page, "vllm-chat-h100")
    await page.get_by_label("MODEL_NAME text").fill("meta/llama")
    await page.get_by_role("tab", name="Overview").click()
    await page.get_by_role("tab", name="Launch").click()
    await expect(page.get_by_label("MODEL_NAME text")).to_have_value("meta/llama")


async def test_an_invalid_address_shows_the_list(page: Page) -> None:
    await page.goto("/catalog?order=SIZE.UP&archived=perhaps&view=none&modelType=CAR")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    await expect(page.get_by_label("Sort by")).to_have_value("CREATED_AT.DESC")


async def test_a_long_list_keeps_only_the_cards_near_the_screen(page: Page) -> None:
    pages = 16
    await answer_with_pages(page, pages)
    await page.goto("/catalog")
    cards = page.locator(".template-card")
    await scroll_through(page, pages)
    assert await cards.count() < 200
    await page.evaluate("scrollTo(0, 0)")
    await expect(page.get_by_role("link", name="many-0000")).to_be_visible()
    assert await cards.count() < 200
