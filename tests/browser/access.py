"""The accounts of the page's key, as the server tells them to the page."""

from playwright.async_api import Page, Route


async def may_only_read(page: Page) -> None:
    """Have the page take its key for one that may not write."""

    async def reading(route: Route) -> None:
        if "query Viewer" not in (route.request.post_data or ""):
            return await route.continue_()
        answer = await (await route.fetch()).json()
        for account in answer["data"]["viewer"]["accounts"]:
            account["canWrite"] = False
        return await route.fulfill(json=answer)

    await page.route("**/graphql", reading)
