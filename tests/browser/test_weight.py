"""What the pages weigh, as it goes over the wire."""

from playwright.async_api import Page, expect

MAX_BYTES = 250_000
LOADED = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/assets/"))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""


async def test_the_catalog_and_its_editor_are_light(page: Page) -> None:
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    first = await page.evaluate(LOADED)
    await page.get_by_role("link", name="New template").click()
    await expect(page.get_by_role("heading", name="New template")).to_be_visible()
    both = await page.evaluate(LOADED)

    assert 100_000 < first < MAX_BYTES
    assert 0 < both - first < MAX_BYTES
