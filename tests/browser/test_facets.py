"""The numbers of templates beside the filters of the catalog, and its filters by label."""

import asyncio
import json
import re
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import is_accessible

SHIFT = """new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) sum += value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""
"""The sum of all layout shifts of the page."""


async def has(page: Page, *names: str) -> None:
    """Wait until there are checkboxes with these names, which say how many templates there are."""
    for name in names:
        await expect(page.get_by_role("checkbox", name=name, exact=True)).to_be_visible()


async def test_each_filter_says_how_many_templates_it_leads_to(page: Page) -> None:
    results = page.get_by_role("region", name="Results").get_by_role("status")
    await page.goto("/catalog?search=assist")
    await has(page, "Agent, 1 template", "Chat completion, 1 template", "Embedding, 0 templates")
    await has(page, "team: assistants, 2 templates", "NVIDIA H100, 1 template")
    assert await page.get_by_role("checkbox", name="team: search").count() == 0
    await is_accessible(page, "facets")

    await page.get_by_role("checkbox", name="Agent, 1 template").check()
    await expect(results).to_have_text("1 template")
    # Another choice instead stays in sight, while other facets have less.
    await has(page, "Chat completion, 1 template", "NVIDIA H100, 0 templates")
    await page.get_by_role("searchbox", name="Search").fill("")
    await has(page, "Chat completion, 1 template", "Embedding, 1 template")
    await page.get_by_role("button", name="Clear all").click()
    await has(page, "SGP, 2 templates")

    await page.get_by_role("checkbox", name="team: search, 2 templates").check()
    await expect(results).to_have_text("2 templates")
    await has(page, "team: assistants, 2 templates", "Agent, 0 templates", "SGP, 1 template")
    assert page.url.endswith("/catalog?label=team%3Dsearch")
    await page.get_by_role("checkbox", name="team: assistants, 2 templates").check()
    await has(page, "Agent, 1 template")
    assert page.url.endswith("/catalog?label=team%3Dassistants")
    await is_accessible(page, "a label is chosen")


async def test_the_list_comes_first_and_nothing_moves(page: Page) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        if "query Facets" not in (route.request.post_data or ""):
            return await route.continue_()
        # The list is there before they are asked for.
        assert await page.get_by_role("link", name="vllm-chat-h100").is_visible()
        held.append(route)
        return None

    await page.route("**/graphql", hold)
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    await has(page, "Agent", "NVIDIA H100")
    async with asyncio.timeout(15):
        while not held:
            await page.wait_for_timeout(20)
    before = await page.evaluate(SHIFT)
    await held[0].continue_()
    await has(page, "Agent, 1 template", "team: search, 2 templates")

    assert await page.evaluate(SHIFT) == before


async def test_a_part_of_a_long_list_and_many_labels_are_told(page: Page) -> None:
    many = [{"name": "run", "value": f"{n:02}", "count": 1_668 - n} for n in range(20)]

    async def counted(route: Route) -> None:
        if "query Facets" not in (route.request.post_data or ""):
            return await route.continue_()
        answer: Any = await (await route.fetch()).json()
        facets = answer["data"]["modelTemplateFacets"]
        for facet in facets["fields"]:
            facet["isComplete"] = False
            for value in facet["values"]:
                value["count"] = 1_668
        facets["labels"] = {"values": many, "isComplete": False}
        return await route.fulfill(body=json.dumps(answer), content_type="application/json")

    await page.route("**/graphql", counted)
    await page.goto("/catalog")
    await has(page, "Agent, at least 1,668 templates", "run: 00, at least 1,668 templates")
    await expect(page.locator(".choice", has_text="Embedding")).to_have_text("Embedding1,668+")
    labels = page.get_by_role("checkbox", name=re.compile("^run: "))
    await expect(labels).to_have_count(8)
    await page.get_by_role("button", name="Show 12 more labels").click()
    await expect(labels).to_have_count(20)
    await page.get_by_role("button", name="Show fewer labels").click()
    await expect(labels).to_have_count(8)


async def test_filters_work_without_their_numbers(
    page: Page, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource.*503"))

    async def fail(route: Route) -> None:
        if "query Facets" not in (route.request.post_data or ""):
            return await route.continue_()
        return await route.fulfill(status=503, json={"errors": [{"message": "Busy."}]})

    await page.route("**/graphql", fail)
    await page.goto("/catalog?label=team%3Dsearch")
    await expect(page.get_by_text("The numbers of templates could not be loaded.")).to_be_visible()
    await has(page, "team: search", "Agent")
    await page.get_by_role("checkbox", name="team: search").click()
    await page.get_by_role("checkbox", name="Agent", exact=True).check()
    results = page.get_by_role("region", name="Results").get_by_role("status")
    await expect(results).to_have_text("1 template")
