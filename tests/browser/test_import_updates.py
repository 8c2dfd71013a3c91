"""Importing templates that are stored already: what would change, and writing only that."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, UPDATE, UPDATED, a_template, found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")

SAME = """name: changed
endpoint_type: ASYNC
model_type: GENERIC
vendor_configuration:
  endpoint_config: {min_workers: 2}
  bundle_config: {tag: "1", image: acme/a, registry: docker.io, env: {B: "2", A: "1"}}
"""
"""The template `changed`, with its maps in another order, and without its defaults."""

NEWER = """name: written
endpoint_type: ASYNC
model_type: GENERIC
labels: {team: search}
vendor_configuration:
  bundle_config:
    registry: docker.io
    image: acme/a
    tag: "2"
    env: {HF_TOKEN: hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345}
model_creation_parameters_schema:
  parameters:
    - {name: FIRST, type: int, description: d, required: false}
    - {name: SIZE, type: int, description: d, required: false, default: 3}
"""


@pytest.fixture
def changed(site: Banner) -> None:
    """A template that the text SAME describes."""
    template = a_template("changed")
    template["vendorConfiguration"]["bundleConfig"]["env"] = {"A": "1", "B": "2"}
    template["vendorConfiguration"]["endpointConfig"] = {"minWorkers": 2}
    site.ask(CREATE, input=template)


@pytest.fixture
def written(site: Banner) -> str:
    """The id of a template that the text NEWER changes."""
    template = a_template("written")
    template["description"] = "Gone."
    parameter = {"name": "SIZE", "type": "INT", "description": "d", "required": False}
    template["modelCreationParametersSchema"] = {"parameters": [{**parameter, "default": 3}]}
    answer = site.ask(CREATE, input=template).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    return identifier


async def brought(page: Page, text: str) -> Locator:
    """The card of the template `written` in a text."""
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill(text)
    card = page.get_by_role("region", name="written", exact=True)
    await expect(card.get_by_role("checkbox")).to_be_enabled()
    return card


async def test_a_text_updates_what_differs_and_leaves_the_rest(
    page: Page, site: Banner, changed: None, written: str
) -> None:
    card = await brought(page, f"{SAME}---\n{NEWER}")
    await expect(page.get_by_text("templates found")).to_have_text(
        "2 templates found: 1 to update, 1 unchanged."
    )
    same = page.get_by_role("region", name="changed", exact=True)
    await expect(same).to_contain_text("unchanged")
    await expect(same.get_by_role("checkbox")).to_be_disabled()
    await expect(same.get_by_role("checkbox")).not_to_be_checked()
    await expect(card).to_contain_text("update of revision 1")
    changes = await card.locator(".changes li").all_inner_texts()
    assert [" ".join(text.split()) for text in changes] == [
        'description before: "Gone." after: absent',
        'labels.team before: absent after: "search"',
        'vendorConfiguration.bundleConfig.tag before: "1" after: "2"',
        "vendorConfiguration.bundleConfig.env.HF_TOKEN A secret, not shown.",
        "modelCreationParametersSchema.parameters.FIRST before: absent after: "
        '{ "type": "INT", "description": "d", "required": false, "secret": false, '
        '"advanced": false }',
    ]
    await is_accessible(page, "an import with an update")

    async with page.expect_request(
        lambda it: "mutation UpdateTemplate" in (it.post_data or "")
    ) as sending:
        await page.get_by_role("button", name="Update 1 template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Updated 1 template")
    await expect(page.get_by_role("heading", name="Templates", exact=True)).to_be_focused()
    body: Any = (await sending.value).post_data_json
    sent = body["variables"]["input"]
    assert (sent["id"], sent["expectedRevision"]) == (written, 1)
    assert set(sent) == {
        *("id", "expectedRevision", "description", "labels", "vendorConfiguration"),
        "modelCreationParametersSchema",
    }
    after = found(site, "written")
    assert (after["revision"], after["description"]) == (2, None)
    assert after["vendorConfiguration"]["bundleConfig"]["tag"] == "2"
    parameters = after["modelCreationParametersSchema"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["FIRST", "SIZE"]
    assert found(site, "changed")["revision"] == 1

    await brought_again(page)


async def brought_again(page: Page) -> None:
    """What was written is unchanged from then on."""
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill(NEWER)
    await expect(page.get_by_text("template found")).to_have_text("1 template found: 1 unchanged.")
    await expect(page.get_by_role("button", name="Nothing chosen")).to_be_disabled()


async def test_what_others_change_meanwhile_is_not_overwritten(
    page: Page, site: Banner, written: str
) -> None:
    card = await brought(page, f"{SAME}---\n{NEWER}")
    theirs = {"id": written, "description": "Theirs."}
    assert site.ask(UPDATE, input=theirs).json() == UPDATED
    site.ask(CREATE, input=a_template("changed"))
    await page.get_by_role("button", name="Create 1 and update 1 template").click()

    await expect(page.get_by_role("alert")).to_have_text(
        "Nothing was written. 2 templates could not be written."
    )
    await expect(card).to_contain_text(
        "Somebody else has changed it meanwhile, and it was not overwritten."
    )
    await expect(card).to_contain_text("update of revision 2")
    await expect(card).to_contain_text("Theirs.")
    await expect(page.get_by_role("region", name="changed", exact=True)).to_contain_text(
        "Somebody else has created it meanwhile, and it was not overwritten."
    )
    await expect(page.get_by_text("templates found")).to_be_focused()
    await expect(page.get_by_label("YAML or JSON")).to_have_value(f"{SAME}---\n{NEWER}")
    assert found(site, "written")["description"] == "Theirs."
    await is_accessible(page, "an import that came too late")

    await expect(card.get_by_role("checkbox")).not_to_be_checked()
    await card.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Update 1 template").click()
    await expect(page.get_by_role("heading", name="Templates", exact=True)).to_be_visible()
    assert found(site, "written")["revision"] == 3


async def test_an_archived_template_is_restored_and_a_deleted_one_made_again(
    page: Page, site: Banner, written: str
) -> None:
    assert site.ask(UPDATE, input={"id": written, "archived": True}).json() == UPDATED
    card = await brought(page, NEWER)
    await expect(card.locator(".changes li").first).to_contain_text("archived")
    await page.get_by_role("button", name="Update 1 template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Updated 1 template")
    assert found(site, "written")["archivedAt"] is None

    card = await brought(page, NEWER.replace('tag: "2"', 'tag: "3"'))
    site.ask(DELETE, id=written)
    await page.get_by_role("button", name="Update 1 template").click()
    await expect(card).to_contain_text("Somebody else has deleted it meanwhile.")
    await card.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Create 1 template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Created 1 template")
    assert found(site, "written")["vendorConfiguration"]["bundleConfig"]["tag"] == "3"


async def test_two_templates_of_one_name_are_an_error(page: Page) -> None:
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill(f"{SAME}---\n{SAME}")
    second = page.get_by_role("region", name="changed", exact=True).last
    await expect(second.get_by_role("listitem").first).to_have_text(
        "Line 8 The template at line 1 has the same name."
    )
    await expect(page.get_by_role("button", name="Create 1 template")).to_be_enabled()
