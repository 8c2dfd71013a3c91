"""The playground: every operation that it comes with runs as it is."""

import asyncio
import json
import re
from functools import reduce
from typing import Any, Literal

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.playground import TABS, execute, run, tabs
from tests.program import Banner

PLAN = ("modelTemplates", "nodes", 0, "launchPlan")
CREATED = ("createModelTemplate", "modelTemplate")
ANSWERS: list[tuple[int, str, tuple[str | int, ...], Any]] = [
    (0, '"totalCount"', ("modelTemplates", "pageInfo", "hasNextPage"), False),
    (1, '"my-embedder"', (*CREATED, "name"), "my-embedder"),
    (2, '"bge-embedding-a10"', (*PLAN, "createModelEndpointRequest", "endpoint_type"), "sync"),
    (3, '"modelTemplateFacets"', ("modelTemplateFacets", "fields", 0, "isComplete"), True),
]
"""For each tab: a text that the page shows, and the path of a value in the answer."""


def test_every_tab_has_its_test() -> None:
    assert len(ANSWERS) == TABS


@pytest.mark.parametrize(("tab", "seen", "path", "value"), ANSWERS)
async def test_a_ready_operation_answers(
    page: Page, tab: int, seen: str, path: tuple[str | int, ...], value: object
) -> None:
    answer = await run(page, tab, seen)

    assert "errors" not in answer
    assert reduce(lambda part, step: part[step], path, answer["data"]) == value


async def test_it_stores_no_key(page: Page, site: Banner) -> None:
    await run(page, 0, '"totalCount"')
    kept = await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")

    assert "query List" in kept
    assert site.key not in kept


async def test_it_recovers_from_an_unavailable_database(
    page: Page, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*503"))
    away = {"errors": [{"message": "No database."}]}
    await page.route("**/development-key", lambda route: route.fulfill(status=503, json=away))
    await page.goto("/graphql")
    await expect(page.locator(".graphiql-response")).to_contain_text("No database.")

    await page.unroute("**/development-key")
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.locator(".graphiql-response")).to_contain_text('"totalCount"')


async def test_it_says_that_the_server_is_away(page: Page, excused: list[re.Pattern[str]]) -> None:
    excused.append(re.compile("error: Failed to load resource: net::ERR_CONNECTION_REFUSED"))
    await run(page, 0, '"totalCount"')
    await page.route("**/graphql", lambda route: route.abort("connectionrefused"))
    await page.get_by_role("button", name="Execute query").click()

    answer = page.locator(".graphiql-response")
    await expect(answer).to_contain_text("The server cannot be reached.")
    assert "stack" not in (await answer.inner_text())


async def test_it_says_that_an_answer_is_none(page: Page, excused: list[re.Pattern[str]]) -> None:
    excused.append(re.compile("error: Failed to load resource: .*502"))
    await run(page, 0, '"totalCount"')
    html = "<h1>Bad gateway</h1>"
    await page.route("**/graphql", lambda route: route.fulfill(status=502, body=html))
    await page.get_by_role("button", name="Execute query").click()

    await expect(page.locator(".graphiql-response")).to_contain_text("The server answers 502.")


async def test_an_example_can_be_run_again_after_a_change(page: Page) -> None:
    await run(page, 1, '"my-embedder"')
    sent, _ = await execute(page)
    given = {**sent["variables"]["input"], "requestId": "playground"}
    changed = {"input": {**given, "name": "my-other-embedder"}}
    await page.locator(".graphiql-editor-tool .graphiql-editor").first.click()
    await page.keyboard.press("Control+a")
    await page.evaluate("(text) => navigator.clipboard.writeText(text)", json.dumps(changed))
    await page.keyboard.press("Control+v")  # Typed brackets would be closed by the editor.
    _, answer = await execute(page)

    created = answer["data"]["createModelTemplate"]
    assert created["errors"] == []
    assert created["modelTemplate"]["name"] == "my-other-embedder"
    assert (await execute(page))[1] == answer


async def test_a_tab_runs_what_it_shows_however_early_it_is_clicked(page: Page) -> None:
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.goto("/graphql")
    await expect(tabs(page)).to_have_count(TABS)
    await page.route("**/assets/*.js", hold)
    await page.reload(wait_until="commit")
    clicking = asyncio.ensure_future(tabs(page).nth(2).click())
    await asyncio.sleep(0.2)
    held.set()
    await clicking
    sent, _ = await execute(page)

    assert "query LaunchPlan" in sent["query"]
    assert sent["variables"]["name"] == "search-embedder"
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("query LaunchPlan")


async def test_the_first_paint_needs_few_bytes(page: Page) -> None:
    await page.goto("/graphql")
    await expect(page.get_by_role("link", name="Catalog")).to_be_visible()
    await expect(tabs(page)).to_have_count(TABS)
    size = await page.evaluate(
        """() => {
          const [{startTime}] = performance.getEntriesByName("first-contentful-paint");
          const before = performance.getEntriesByType("resource")
            .filter((each) => each.startTime < startTime);
          return before.reduce((size, each) => size + each.transferSize, 0);
        }"""
    )

    assert 0 < size <= 600_000


async def test_it_leads_to_the_catalog(page: Page) -> None:
    await page.goto("/graphql")
    await page.get_by_role("link", name="Catalog").click()

    await expect(page).to_have_url(re.compile("/catalog"))


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_accessible(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    # Before it is loaded: GraphiQL's editors keep the color scheme that they begin with.
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.set_viewport_size({"width": width, "height": 900})
    await run(page, 0, '"totalCount"')

    assert await violations(page) == []
