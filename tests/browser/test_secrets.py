"""Secret parameters in the launch form: typed as passwords, and in no address, storage or code."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.templates import CREATE, DELETE, a_template
from tests.browser.test_catalog import DIFFICULT, copied, run, show_code
from tests.program import Banner

SECRET = "hf_1a2B3c4D5e"
NUMBER = "98765432109"


def the_template() -> Any:
    template = a_template("with-secrets")
    template["vendorConfiguration"]["bundleConfig"]["command"] = ["serve"]
    template["labels"] = {"team": "search", "product": "search"}
    template["modelCreationParametersSchema"] = {
        "parameters": [
            {"name": name, "type": kind, "description": "d", "required": False, "secret": secret}
            for name, kind, secret in (
                *(("HF_TOKEN", "STR", True), ("KEY", "INT", True), ("PLAIN", "STR", False)),
            )
        ]
    }
    return template


@pytest.fixture
def template(site: Banner) -> Iterator[str]:
    """The id of the template, for the time of a test."""
    answer = site.ask(CREATE, input=the_template()).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    yield identifier
    site.ask(DELETE, id=identifier)


async def filled(page: Page, template: str) -> Any:
    """The environment that the plan of a filled form shows."""
    await page.goto(f"/catalog?id={template}&view=launch")
    token = page.get_by_label("HF_TOKEN text secret")
    await expect(token).to_have_attribute("type", "password")
    await expect(page.get_by_label("PLAIN text")).to_have_attribute("type", "text")
    await token.fill(SECRET)
    await page.get_by_label("KEY integer secret").fill(NUMBER)
    await page.get_by_label("PLAIN text").fill(DIFFICULT)
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await expect(page.get_by_role("region", name="env")).to_contain_text("PLAIN")
    return json.loads(await copied(page, "env"))


async def test_a_secret_is_in_no_address_storage_or_text(page: Page, template: str) -> None:
    shown = await filled(page, template)
    texts = [await page.locator("body").inner_text(), page.url]
    for form in ("GraphQL", "Command line", "curl", "Python", "TypeScript"):
        await show_code(page, form)
        texts.append(await page.locator("body").inner_text())
    texts.append(
        await page.evaluate("JSON.stringify([{...localStorage, ...sessionStorage}, history.state])")
    )

    assert shown == {"HF_TOKEN": "$SECRET_HF_TOKEN", "KEY": "$SECRET_KEY", "PLAIN": DIFFICULT}
    assert '"HF_TOKEN": "$SECRET_HF_TOKEN"' in texts[2]
    assert '"KEY": $SECRET_KEY' in texts[2]
    assert "--set-env HF_TOKEN=SECRET_HF_TOKEN" in texts[3]
    for text in texts:
        assert SECRET not in text
        assert NUMBER not in text


@pytest.mark.parametrize("form", ["curl", "Python", "TypeScript"])
async def test_copied_code_takes_secrets_from_the_environment(
    page: Page, site: Banner, template: str, form: str
) -> None:
    await filled(page, template)
    await show_code(page, form)
    text = await copied(page, form)

    secrets = {"SECRET_HF_TOKEN": SECRET, "SECRET_KEY": NUMBER}
    answer = json.loads(run(form, text, site.key, **secrets))

    plan = answer["data"]["modelTemplate"]["launchPlan"]
    assert plan["errors"] == []
    assert plan["env"] == {"HF_TOKEN": SECRET, "KEY": NUMBER, "PLAIN": DIFFICULT}
