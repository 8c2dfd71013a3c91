"""A list of as many templates as a test likes, without a database of as many."""

from typing import Any

from playwright.async_api import Page, Route, expect

PAGE = 24


async def answer_with_pages(page: Page, pages: int) -> list[int]:
    """Have the catalog's list answered with templates many-0000 and so on. The numbers of the pages
    that were asked for are added to the result."""
    async with page.expect_response(lambda it: "query List" in (it.request.post_data or "")) as it:
        await page.goto("/catalog?search=vllm")
    example = (await (await it.value).json())["data"]["modelTemplates"]["nodes"][0]
    await page.goto("about:blank")  # The page asks for more once it has the list.
    numbers: list[int] = []

    async def listed(route: Route) -> None:
        asked: Any = route.request.post_data_json
        if "query List" not in asked["query"]:
            return await route.continue_()
        number = int(asked["variables"].get("after") or 0)
        numbers.append(number)
        names = [f"many-{number * PAGE + n:04}" for n in range(PAGE)]
        nodes = [{**example, "id": name, "name": name} for name in names]
        info = {"hasNextPage": number + 1 < pages, "endCursor": str(number + 1)}
        connection = {"nodes": nodes, "pageInfo": info, "totalCount": pages * PAGE}
        return await route.fulfill(json={"data": {"modelTemplates": connection}})

    await page.route("**/graphql", listed)
    return numbers


async def scroll_through(page: Page, pages: int) -> None:
    """Go to the end of the list again and again, until it has so many pages."""
    lists = page.locator("ul.cards")
    for _ in range(2_000):
        if await lists.count() == pages:
            break
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await page.wait_for_timeout(20)
    await expect(page.get_by_role("link", name=f"many-{pages * PAGE - 1:04}")).to_be_visible()
