"""Newer fields in the catalog: shown where they are set."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.templates import CREATE, DELETE
from tests.browser.test_catalog import copied
from tests.builders import NEWER_FIELDS, a_parameter, a_wire_template, an_input
from tests.program import Banner

PARAMETERS = [
    a_parameter(name="MODEL", title="Weights", default="m"),
    a_parameter(name="SEED", type="int", title="Random seed", advanced=True, minimum=0),
    a_parameter(name="HF_TOKEN", advanced=True, secret=True),
]


def the_template() -> Any:
    made: Any = an_input(
        a_wire_template(name="newer", labels={"team": "t", "product": "p"}, **NEWER_FIELDS)
    )
    made["modelCreationParametersSchema"] = an_input({"parameters": PARAMETERS})
    return {**made, "accountId": "demo"}


@pytest.fixture
def template(site: Banner) -> Iterator[str]:
    """The id of the template, for the time of a test."""
    answer = site.ask(CREATE, input=the_template()).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    yield identifier
    site.ask(DELETE, id=identifier)


async def test_an_overview_shows_fields_that_are_set(page: Page, template: str) -> None:
    await page.goto(f"/catalog?id={template}")
    await page.get_by_text("All fields").click()
    card = page.locator("section.card")
    bundle, endpoint = card.filter(has_text="Streaming command"), card.filter(has_text="Per worker")
    rows = ("Digest", "Routes", "Worker command", "Worker env", "Forwarder type")
    for name in rows:
        await expect(bundle.locator("dt", has_text=name).first).to_be_visible()
    await expect(endpoint.locator("dt", has_text="Nodes per worker")).to_be_visible()
    await expect(bundle.get_by_text("ROLE=follower")).to_be_visible()
    await expect(page.locator("th", has_text="Advanced").first).to_be_visible()


async def test_a_form_has_titles_and_folds_advanced_parameters(page: Page, template: str) -> None:
    await page.goto(f"/catalog?id={template}&view=launch")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await expect(page.get_by_label("Weights MODEL text")).to_be_visible()
    seed = page.get_by_label("Random seed SEED integer")
    await expect(seed).to_be_hidden()

    await page.get_by_text("Advanced (2)").click()
    await page.get_by_label("HF_TOKEN text secret").fill("hf_1a2B3c4D5e")
    await seed.fill("-1")
    await expect(page.get_by_text("Fix 1 error.")).to_be_visible()
    await page.get_by_text("Advanced (2)").click()
    await expect(seed).to_be_hidden()
    await page.get_by_role("button", name="modelCreationParameters.SEED").click()
    await expect(seed).to_be_focused()
    await seed.fill("7")

    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    request = json.loads(await copied(page, "create model bundle request"))
    shared = {"MODEL": "m", "SEED": "7", "HF_TOKEN": "$SECRET_HF_TOKEN"}
    assert request["flavor"]["env"] == shared
    assert request["flavor"]["worker_env"] == {"ROLE": "follower", **shared}
    assert "hf_1a2B3c4D5e" not in await page.locator("body").inner_text()


async def test_advanced_parameters_that_must_be_filled_in_are_shown(
    page: Page, site: Banner
) -> None:
    made = the_template()
    made["name"] = "newer-required"
    made["modelCreationParametersSchema"]["parameters"][1]["required"] = True
    answer = site.ask(CREATE, input=made).json()["data"]["createModelTemplate"]

    await page.goto(f"/catalog?id={answer['modelTemplate']['id']}&view=launch")

    seed = page.get_by_label("Random seed SEED integer")
    await expect(seed).to_be_visible()
    await seed.fill("7")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await expect(seed).to_be_focused()
    await expect(seed).to_be_visible()
    site.ask(DELETE, id=answer["modelTemplate"]["id"])
