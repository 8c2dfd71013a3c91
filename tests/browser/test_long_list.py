"""A long list costs the browser no more than a short one: what can be asserted without a clock."""

import re

from playwright.async_api import CDPSession, Page, Request, expect

from tests.browser.long_list import PAGE, answer_with_pages

PAGES = 60
COUNTED = re.compile(r", \d+ templates?$")
MAX_ELEMENTS = 8_000
MAX_HEAP_GROWTH = 12_000_000
"""Bytes. 1,440 templates are 1 MB of JSON, which the page keeps."""
SHIFTS = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(sum(list.getEntries())))
    .observe({ type: "layout-shift", buffered: true });
  const sum = (shifts) => shifts.filter(({ hadRecentInput }) => !hadRecentInput)
    .reduce((total, { value }) => total + value, 0);
  setTimeout(() => resolve(0), 500);
})"""


def asks_for_facets(request: Request) -> bool:
    return "query Facets" in (request.post_data or "")


async def heap(cdp: CDPSession) -> float:
    """Bytes of JavaScript's heap after a garbage collection."""
    await cdp.send("HeapProfiler.collectGarbage")
    metrics = (await cdp.send("Performance.getMetrics"))["metrics"]
    found: float = next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize")
    return found


async def test_scrolling_through_a_long_list_keeps_the_page_small(page: Page) -> None:
    asked = await answer_with_pages(page, PAGES)
    counted: list[str] = []
    page.on("request", lambda it: counted.append(it.url) if asks_for_facets(it) else None)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="many-0000")).to_be_visible()
    before = await heap(cdp)
    lists = page.locator("ul.cards")
    for _ in range(2_000):
        if await lists.count() == PAGES:
            break
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await page.wait_for_timeout(20)
    last = page.get_by_role("link", name=f"many-{PAGES * PAGE - 1:04}")
    await last.scroll_into_view_if_needed()

    assert await page.evaluate("document.querySelectorAll('*').length") < MAX_ELEMENTS
    assert await heap(cdp) - before < MAX_HEAP_GROWTH
    assert asked == list(range(PAGES))
    assert len(counted) == 1


async def test_nothing_moves_while_the_list_appears(page: Page) -> None:
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    assert await page.evaluate(SHIFTS) < 0.05
    await page.get_by_role("link", name="vllm-chat-h100").click()
    template = page.url
    await page.goto("about:blank")
    await page.goto(template)
    await expect(page.get_by_role("heading", name="vllm-chat-h100")).to_be_visible()
    await expect(page.get_by_role("button", name="More actions")).to_be_visible()
    assert await page.evaluate(SHIFTS) < 0.05


async def test_the_first_page_is_shown_in_two_steps_and_no_other_is_loaded(page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 1_000})
    asked = await answer_with_pages(page, PAGES)
    await page.goto("/catalog")
    await expect(page.get_by_role("radio", name="Active")).to_be_visible()
    await expect(page.locator(".template-card")).to_have_count(PAGE)
    await expect(page.get_by_role("checkbox", name=COUNTED).first).to_be_visible()

    assert asked == [0]
    assert await page.locator(".template-card").count() == PAGE
    assert await page.evaluate(SHIFTS) < 0.05
