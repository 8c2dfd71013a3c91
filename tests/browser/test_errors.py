"""The catalog reports failed requests, and recovers from them."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

FAILED_TO_LOAD = re.compile(r"error: Failed to load resource: .*(40[14]|429|503|ERR_FAILED)")
"""What a browser itself logs for such an answer."""

FAILURES = [
    (429, {"retry-after": "7"}, "Too many requests with this API key. Try again in 7 s."),
    (503, {}, "The server is temporarily unavailable. No database."),
    (None, {}, "Cannot reach the server. Check that it is running and that you are online."),
]


@pytest.fixture(autouse=True)
def failures_are_expected(excused: list[re.Pattern[str]]) -> None:
    excused.append(FAILED_TO_LOAD)


def failing(status: int | None, headers: dict[str, str]) -> Callable[[Route], Awaitable[None]]:
    """Fails every request with a status, or the connection if the status is None."""

    async def fail(route: Route) -> None:
        if status is None:
            return await route.abort()
        body = {"errors": [{"message": "No database."}]}
        await route.fulfill(status=status, headers=headers, json=body)

    return fail


@pytest.mark.parametrize(("status", "headers", "message"), FAILURES)
async def test_it_recovers_from_a_failure(
    page: Page, status: int | None, headers: dict[str, str], message: str
) -> None:
    await page.route("**/graphql", failing(status, headers))
    await page.goto("/catalog")
    await expect(page.get_by_role("alert")).to_contain_text(message)

    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()


async def test_a_value_of_a_newer_release_does_not_break_the_list(page: Page) -> None:
    async def newer(route: Route) -> None:
        if "query List" not in (route.request.post_data or ""):
            return await route.continue_()
        answer = await (await route.fetch()).json()
        node = answer["data"]["modelTemplates"]["nodes"][0]
        node["modelType"] = "VIDEO"
        unknown = {"message": "modelType …", "extensions": {"code": "UNKNOWN_VALUE"}}
        return await route.fulfill(json={**answer, "errors": [unknown]})

    await page.route("**/graphql", newer)
    await page.goto("/catalog")

    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    await expect(page.get_by_role("region", name="Results")).to_contain_text("Video")


async def test_it_asks_for_no_key_while_the_database_is_unavailable(page: Page) -> None:
    await page.route("**/development-key", failing(503, {}))
    await page.goto("/catalog")
    await expect(page.get_by_role("alert")).to_contain_text(
        "is temporarily unavailable. No database."
    )
    await expect(page.get_by_label("API key")).to_have_count(0)

    await page.unroute("**/development-key")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()


async def test_it_drops_answers_to_earlier_searches(page: Page) -> None:
    async def hold(route: Route) -> None:
        if '"vllm"' in (route.request.post_data or ""):
            await asyncio.sleep(1)
        await route.continue_()

    results = page.get_by_role("region", name="Results")
    await page.goto("/catalog")
    await page.route("**/graphql", hold)
    async with page.expect_request("**/graphql"):
        await page.get_by_role("searchbox", name="Search").fill("vllm")
    await page.get_by_role("searchbox", name="Search").fill("tool-agent")
    await expect(results.get_by_role("heading")).to_have_text(["tool-agent"])
    await page.wait_for_timeout(1_200)
    await expect(results.get_by_role("heading")).to_have_text(["tool-agent"])
