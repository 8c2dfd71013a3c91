"""What the catalog says when the server refuses, and that it can go on afterwards."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from tests.program import Banner

REFUSED = re.compile(r"error: Failed to load resource: .*(40[14]|429|503|ERR_FAILED)")
"""What a browser itself logs of such an answer."""

REFUSALS = [
    (429, {"retry-after": "7"}, "Too many requests with this key. Try again in 7 s."),
    (503, {}, "The server cannot work at the moment. No database."),
    (None, {}, "The server cannot be reached. Is it running, and is the network up?"),
]


@pytest.fixture(autouse=True)
def refusals_are_expected(excused: list[re.Pattern[str]]) -> None:
    excused.append(REFUSED)


def refusing(status: int | None, headers: dict[str, str]) -> Callable[[Route], Awaitable[None]]:
    """Answers as a server in trouble does; with no status, not at all."""

    async def refuse(route: Route) -> None:
        if status is None:
            return await route.abort()
        body = {"errors": [{"message": "No database."}]}
        await route.fulfill(status=status, headers=headers, json=body)

    return refuse


@pytest.mark.parametrize(("status", "headers", "words"), REFUSALS)
async def test_trouble_passes(
    page: Page, status: int | None, headers: dict[str, str], words: str
) -> None:
    await page.route("**/graphql", refusing(status, headers))
    await page.goto("/catalog")
    await expect(page.get_by_role("alert")).to_contain_text(words)

    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()


async def test_nobody_is_asked_for_a_key_because_the_database_is_away(page: Page) -> None:
    await page.route("**/development-key", refusing(503, {}))
    await page.goto("/catalog")
    await expect(page.get_by_role("alert")).to_contain_text(
        "cannot work at the moment. No database."
    )
    await expect(page.get_by_label("API key")).to_have_count(0)

    await page.unroute("**/development-key")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()


async def test_a_key_is_asked_for_and_kept_in_the_tab_alone(page: Page, site: Banner) -> None:
    await page.route("**/development-key", lambda route: route.fulfill(status=404))
    await page.goto("/catalog")
    await page.get_by_label("API key").fill("mt_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The server does not take this key.")

    await page.get_by_label("API key").fill(site.key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    kept = "[Object.values(sessionStorage), Object.values(localStorage), document.cookie]"
    assert await page.evaluate(kept) == [[site.key], [], ""]


async def test_an_answer_that_comes_late_is_dropped(page: Page) -> None:
    async def hold(route: Route) -> None:
        if '"vllm"' in (route.request.post_data or ""):
            await asyncio.sleep(1)
        await route.continue_()

    results = page.get_by_role("region", name="Results")
    await page.goto("/catalog")
    await page.route("**/graphql", hold)
    async with page.expect_request("**/graphql"):
        await page.get_by_label("Search").fill("vllm")
    await page.get_by_label("Search").fill("tool-agent")
    await expect(results.get_by_role("heading")).to_have_text(["tool-agent"])
    await page.wait_for_timeout(1_200)
    await expect(results.get_by_role("heading")).to_have_text(["tool-agent"])
