"""Fields of templates that are set, but empty, in the catalog's form."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.forms import fill_in, saved, textbox
from tests.browser.templates import CREATE, a_template
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")

READ = """query($name: String!) { modelTemplates(filter: {name: $name}) { nodes {
  revision description vendorConfiguration { bundleConfig { env workerEnv streamingCommand } }
} } }"""
VARIABLES, ARGUMENTS = "Worker env: set, without any", "Streaming command: set, without any"


def stored(site: Banner, name: str) -> Any:
    """The revision, description, workerEnv and streamingCommand of a template."""
    node = site.ask(READ, name=name).json()["data"]["modelTemplates"]["nodes"][0]
    bundle = node["vendorConfiguration"]["bundleConfig"]
    assert bundle["env"] == {}
    return node["revision"], node["description"], bundle["workerEnv"], bundle["streamingCommand"]


@pytest.fixture
def empty(site: Banner) -> str:
    """The id of a template with an empty text, map and list, which differ from none."""
    template = a_template("written")
    template["description"] = ""
    template["vendorConfiguration"]["bundleConfig"] |= {"workerEnv": {}, "streamingCommand": []}
    answer = site.ask(CREATE, input=template).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    assert stored(site, "written") == (1, "", {}, [])
    return identifier


async def test_what_is_empty_stays_so_when_other_fields_are_saved(
    page: Page, site: Banner, empty: str
) -> None:
    await page.goto(f"/catalog?id={empty}&page=edit")
    await page.get_by_text("More settings").first.click()
    await expect(page.get_by_label(VARIABLES)).to_be_checked()
    await saved(page, "Save changes")
    assert stored(site, "written") == (1, "", {}, [])

    await page.goto(f"/catalog?id={empty}&page=edit")
    await textbox(page, "Memory").fill("12Gi")
    await saved(page, "Save changes")
    assert stored(site, "written") == (2, "", {}, [])

    await page.goto(f"/catalog?id={empty}&page=duplicate")
    await saved(page, "Create template")
    assert stored(site, "written-copy") == (1, "", {}, [])


async def test_a_map_and_a_list_are_set_without_anything_in_them(page: Page, site: Banner) -> None:
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await page.get_by_text("More settings").first.click()
    await page.get_by_label(VARIABLES).check()
    await page.get_by_label(ARGUMENTS).check()
    await is_accessible(page, "empty values")
    await saved(page, "Create template")
    assert stored(site, "written") == (1, None, {}, [])

    await page.get_by_role("link", name="Edit").click()
    await page.get_by_text("More settings").first.click()
    await page.get_by_label(VARIABLES).uncheck()
    await page.get_by_role("button", name="Add worker variable").click()
    await expect(page.get_by_label(VARIABLES)).to_have_count(0)
    await page.get_by_role("button", name="Remove worker variable").click()
    await expect(page.get_by_label(VARIABLES)).not_to_be_checked()
    await saved(page, "Save changes")
    assert stored(site, "written") == (2, None, None, [])
