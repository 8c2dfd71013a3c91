"""Checks of a page by axe-core, in both color schemes and on a wide and a narrow screen."""

from typing import Any

from playwright.async_api import Page

from tests.program import ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = [(1440, 900), (320, 640)]
SUMMARY = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  const places = ({ nodes }) => nodes.map(({ target }) => String(target));
  return violations.map((violation) => [violation.id, violation.help, places(violation)]);
}"""


async def violations(page: Page) -> list[Any]:
    """The violations of WCAG 2.2 AA and of best practice in what the page shows now."""
    await page.evaluate(AXE.read_text())
    found: list[Any] = await page.evaluate(SUMMARY, RULES)
    return found


async def is_accessible(page: Page, state: str) -> None:
    """Fails if the page has a violation, or can be scrolled sideways, in any of its forms."""
    before = page.viewport_size
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_timeout(150)  # For transitions of colors.
            assert await violations(page) == [], f"{state}, {scheme}, {width} px"
            assert (
                await page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                == 0
            ), f"{state}, {width} px"
    assert before is not None
    await page.set_viewport_size(before)
