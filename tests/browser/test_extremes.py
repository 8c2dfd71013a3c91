"""The catalog with the largest template that is valid, and with none."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, a_template
from tests.browser.test_catalog import sideways
from tests.program import Banner

EMPTY = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}, "totalCount": 0}
RIGHT_TO_LEFT = "قالب النموذج"


def the_largest() -> Any:
    """A template with very long words, and with as many of everything as is valid."""
    template = a_template("largest-" + "x" * 247)
    template["description"] = f"{RIGHT_TO_LEFT} ABC.\n\n" + "W" * 400
    template["labels"] = {f"example.com/n{n:02}{'k' * 40}": "v" * 63 for n in range(64)}
    bundle = template["vendorConfiguration"]["bundleConfig"]
    bundle["env"] = {f"E{n:03}{'E' * 60}": "z" * 300 for n in range(256)}
    bundle["command"] = ["a" * 400, *["--flag"] * 100]
    template["modelCreationParametersSchema"] = {
        "parameters": [
            {
                "name": f"P{n:03}{'N' * 100}",
                "type": ("STR", "INT", "FLOAT", "BOOL")[n % 4],
                "description": "d" * 120,
                "required": n % 2 == 0,
            }
            for n in range(200)
        ]
    }
    return template


@pytest.fixture
def largest(site: Banner) -> Iterator[str]:
    """The id of such a template, for the time of a test."""
    answer = site.ask(CREATE, input=the_largest()).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    yield identifier
    deleted = site.ask(DELETE, id=identifier).json()
    assert deleted == {"data": {"deleteModelTemplate": {"errors": []}}}


@pytest.mark.parametrize("width", [320, 1280])
async def test_nothing_is_too_long_for_the_page(page: Page, largest: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    widths = []
    views: dict[str, str | re.Pattern[str]] = {
        "overview": "E255",
        "launch": re.compile(r"Fill in \d+ fields"),
        "revisions": "0 earlier revisions",
    }
    for view, seen in views.items():
        await page.goto(f"/catalog?id={largest}&view={view}")
        await expect(page.get_by_role("tabpanel").first).to_contain_text(seen)
        widths.append(await sideways(page))
    assert widths == [0, 0, 0]


async def test_a_card_stays_a_card(page: Page, largest: str) -> None:
    await page.goto("/catalog?search=largest")
    card = page.locator(".template-card")
    await expect(card.get_by_role("listitem")).to_have_count(7)
    await expect(card.get_by_role("listitem").last).to_have_text("58 more labels")
    box = await card.bounding_box()
    assert box is not None
    assert box["height"] < 420


async def test_a_text_reads_in_its_own_direction(page: Page, largest: str) -> None:
    await page.goto(f"/catalog?id={largest}")
    paragraph = page.locator(".prose p:not(.unrendered)").first
    await expect(paragraph).to_contain_text(RIGHT_TO_LEFT)
    # The full stop ends the text: in one that reads from right to left it stands furthest left.
    first, last = await paragraph.evaluate(
        """element => {
            const text = element.firstChild;
            return [0, text.length - 1].map((at) => {
                const range = document.createRange();
                range.setStart(text, at);
                range.setEnd(text, at + 1);
                return range.getBoundingClientRect().left;
            });
        }"""
    )
    assert last < first


async def test_an_empty_list_says_why(page: Page) -> None:
    async def nothing(route: Route) -> None:
        if "query List" not in (route.request.post_data or ""):
            return await route.continue_()
        return await route.fulfill(json={"data": {"modelTemplates": EMPTY}})

    await page.route("**/graphql", nothing)
    await page.goto("/catalog")
    said = page.locator(".empty-message")
    await expect(said).to_contain_text("There are no templates yet")
    await is_accessible(page, "no templates")
    await page.get_by_role("checkbox", name=re.compile("^Agent")).check()
    await expect(said).to_contain_text("No templates match these filters.")
    await is_accessible(page, "no results")
    await said.get_by_role("link", name="Clear all filters").click()
    await expect(page.get_by_role("checkbox", name=re.compile("^Agent"))).not_to_be_checked()
