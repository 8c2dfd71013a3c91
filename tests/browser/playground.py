"""Steps in the playground that several tests share."""

from typing import Any

from playwright.async_api import Locator, Page, Response, expect

TABS = 4


async def run(page: Page, tab: int, seen: str) -> Any:
    """Run the operation of a tab; its answer, once the page shows `seen`."""
    # Not until the network is idle: Chromium does not always report the end of a worker's script
    # that it takes from its cache.
    async with page.expect_response(_is_schema) as introspected:
        await page.goto("/graphql")
    await (await introspected.value).finished()
    await expect(tabs(page)).to_have_count(TABS)
    await tabs(page).nth(tab).click()
    _, answer = await execute(page)
    await expect(page.locator(".graphiql-response")).to_contain_text(seen)
    return answer


def tabs(page: Page) -> Locator:
    """The buttons that open the tabs."""
    return page.locator(".graphiql-tab-button")


async def execute(page: Page) -> tuple[Any, Any]:
    """Press the button; what is sent, and the answer."""
    async with page.expect_response(_is_answer) as answering:
        await page.get_by_role("button", name="Execute query").click()
        response = await answering.value
        return response.request.post_data_json, await response.json()


def _is_schema(response: Response) -> bool:
    """The last response that the playground needs before it can be used."""
    return response.url.endswith("/graphql") and "__schema" in (response.request.post_data or "")


def _is_answer(response: Response) -> bool:
    """Of an operation; the playground asks for the schema itself."""
    asked = response.request.post_data or ""
    return response.url.endswith("/graphql") and '"query"' in asked and "__schema" not in asked
