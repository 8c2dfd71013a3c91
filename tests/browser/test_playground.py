"""The playground: every operation that it comes with runs as it is."""

import re
from functools import reduce
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.playground import TABS, run
from tests.program import Banner

PLAN = ("modelTemplates", "nodes", 0, "launchPlan")
CREATED = ("createModelTemplate", "modelTemplate")
ANSWERS: list[tuple[int, str, tuple[str | int, ...], Any]] = [
    (0, '"totalCount"', ("modelTemplates", "pageInfo", "hasNextPage"), False),
    (1, '"my-embedder"', (*CREATED, "name"), "my-embedder"),
    (2, '"bge-embedding-a10"', (*PLAN, "createModelEndpointRequest", "endpoint_type"), "sync"),
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


async def test_it_says_in_a_sentence_that_the_server_is_away(
    page: Page, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*ERR_FAILED"))
    await page.goto("/graphql")
    await expect(page.get_by_role("tab")).to_have_count(TABS)
    await expect(page.get_by_role("link", name="Catalog")).to_have_attribute("href", "/catalog")
    await page.route("**/graphql", lambda route: route.abort())
    await page.get_by_role("button", name="Execute query").click()
    answer = page.locator(".graphiql-response")
    await expect(answer).to_contain_text("Cannot reach the server.")
    await expect(answer).not_to_contain_text("stack")
