"""Parameters and variables that are named like members of every JavaScript object."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.templates import CREATE, DELETE, UPDATE, UPDATED, a_template
from tests.program import Banner

INHERITED = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]


def the_template() -> Any:
    """A template with such names."""
    template = a_template("inherited-names")
    template["vendorConfiguration"]["bundleConfig"]["command"] = ["serve"]
    template["labels"] = {"team": "search", "product": "search"}
    template["modelCreationParametersSchema"] = {
        "parameters": [
            {"name": name, "type": "STR", "description": "d", "required": False}
            for name in INHERITED
        ]
    }
    return template


@pytest.fixture
def inherited(site: Banner) -> Iterator[str]:
    """The id of the template, for the time of a test."""
    answer = site.ask(CREATE, input=the_template()).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    yield identifier
    site.ask(DELETE, id=identifier)


async def test_a_form_keeps_values_by_any_name(page: Page, inherited: str) -> None:
    await page.goto(f"/catalog?id={inherited}&view=launch")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    env = page.get_by_role("region", name="env")
    for name in INHERITED:
        field = page.get_by_label(f"{name} text")
        await expect(field).to_have_value("")
        await field.fill(f"value of {name}")

    await expect(env).to_contain_text("value of valueOf")
    text = await env.locator("pre").inner_text()
    assert json.loads(text) == {name: f"value of {name}" for name in INHERITED}

    await page.get_by_label("constructor text").fill("")
    await expect(env).not_to_contain_text("value of constructor")


async def test_revisions_compare_variables_of_any_name(
    page: Page, site: Banner, inherited: str
) -> None:
    env = {name: "1" for name in INHERITED}
    patch = {"vendorConfiguration": {"bundleConfig": {"env": env}}}
    assert site.ask(UPDATE, input={"id": inherited, **patch}).json() == UPDATED

    await page.goto(f"/catalog?id={inherited}&view=revisions")

    changes = page.locator(".changes li", has_text="bundleConfig.env.")
    await expect(changes).to_have_count(len(INHERITED))
    for text in await changes.all_inner_texts():
        assert re.search(r"before:\s+absent\s+after:\s+\"1\"", text)
