"""Checks of pages with axe, by WCAG 2.2 AA and best practice."""

from typing import Literal

from playwright.async_api import Page

from tests.program import ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


async def violations(page: Page) -> list[str]:
    """Each violation with its elements and why they fail."""
    await page.evaluate(AXE.read_text())  # Not as a script of the page, whose policy forbids it.
    found = await page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
