"""A long list costs the browser no more than a short one: what can be asserted without a clock."""

import re

from playwright.async_api import CDPSession, Page, Request, Route, expect

from tests.browser.long_list import PAGE, answer_with_pages, scroll_through

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
WATCH_CARDS = """() => {
  globalThis.seen = { heights: new Set(), cards: new Set() };
  requestAnimationFrame(function look() {
    const cards = document.querySelectorAll(".template-card");
    for (const { offsetHeight } of cards) seen.cards.add(offsetHeight);
    seen.heights.add(document.documentElement.scrollHeight);
    requestAnimationFrame(look);
  });
}"""
SEEN = "() => [[...seen.heights], [...seen.cards]]"


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
    await scroll_through(page, PAGES)
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


async def test_a_page_is_asked_for_once_when_the_end_is_near(page: Page) -> None:
    asked = await answer_with_pages(page, 8)
    cards = page.locator(".template-card")
    await page.goto("/catalog")
    for pages in range(1, 5):
        await expect(cards).to_have_count(pages * PAGE)
        await page.wait_for_timeout(300)  # For what may be asked for too early.
        assert asked == list(range(pages))
        await page.keyboard.press("End")


async def test_pages_that_come_back_change_no_height(page: Page) -> None:
    await answer_with_pages(page, 12)
    await page.goto("/catalog")
    await scroll_through(page, 12)
    first = page.get_by_role("link", name="many-0000")
    await expect(first).to_have_count(0)
    await expect(page.get_by_role("link", name="many-0287")).to_be_visible()
    height = await page.evaluate("document.documentElement.scrollHeight")
    card = await page.locator(".template-card").last.evaluate("it => it.offsetHeight")
    await page.evaluate(WATCH_CARDS)
    await page.evaluate("scrollTo(0, 0)")
    await expect(page.get_by_role("link", name="many-0023")).to_be_visible()
    await expect(page.get_by_role("link", name="many-0287")).to_have_count(0)

    assert await page.evaluate(SEEN) == [[height], [card]]


async def test_what_has_the_focus_stays_in_a_long_list(page: Page) -> None:
    await answer_with_pages(page, 12)
    await page.goto("/catalog")
    box = page.get_by_role("checkbox", name="Select many-0003")
    await box.focus()
    await scroll_through(page, 12)
    await expect(page.get_by_role("link", name="many-0030")).to_have_count(0)
    await expect(box).to_be_focused()
    await page.keyboard.press("Space")
    await expect(box).to_be_checked()


async def test_a_page_that_fails_is_told_at_the_end_and_asked_for_again(
    page: Page, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource.*503"))
    asked = await answer_with_pages(page, 3)
    is_away = True

    async def fail(route: Route) -> None:
        if is_away and '"after":"1"' in (route.request.post_data or "").replace(" ", ""):
            return await route.fulfill(status=503, json={"errors": [{"message": "Busy."}]})
        return await route.fallback()

    await page.route("**/graphql", fail)
    await page.goto("/catalog")
    await expect(page.locator(".template-card")).to_have_count(PAGE)
    await page.keyboard.press("End")
    results = page.get_by_role("region", name="Results")
    await expect(results.get_by_role("alert")).to_be_in_viewport()
    await expect(results.get_by_role("status")).to_have_text("72 templates")
    assert asked == [0]
    is_away = False
    await results.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("link", name="many-0024")).to_be_visible()
    await expect(results.get_by_role("alert")).to_have_count(0)
    assert asked[:2] == [0, 1]
