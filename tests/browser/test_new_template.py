"""The catalog's form for a new template: what it takes, and what it says about it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.forms import fill_in, saved, textbox
from tests.browser.templates import found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")


async def test_a_template_is_created_from_the_landing_page_in_four_clicks(
    page: Page, site: Banner
) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Catalog").click()
    await page.get_by_role("link", name="New template").click()
    await page.get_by_role("radio", name="Async").click()
    await page.get_by_role("radio", name="Embedding").click()
    await textbox(page, "Name").focus()
    await page.keyboard.type("written")
    for name, text in (("Registry", "docker.io"), ("Image", "acme/embedder"), ("Tag", "1.0.0")):
        await textbox(page, name).focus()
        await page.keyboard.type(text)
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("tab", name="Overview")).to_be_visible()

    made = found(site, "written")
    assert (made["endpointType"], made["modelType"]) == ("ASYNC", "EMBEDDING")


async def test_every_part_of_the_form_is_saved(page: Page, site: Banner) -> None:
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await textbox(page, "Description").fill("Embeds **sentences**.")
    await page.get_by_role("button", name="Add label").click()
    await page.get_by_label("Name of label 1").fill("team")
    await page.get_by_label("Value of label 1").fill("search")
    await page.get_by_role("button", name="Add argument").click()
    await page.keyboard.type("serve")
    await page.keyboard.press("Enter")
    await page.keyboard.type("--fast")
    await page.get_by_role("button", name="Move argument 2 up").click()
    await page.get_by_role("button", name="Add variable").click()
    await page.get_by_label("Name of variable 1").fill("CACHE")
    await page.get_by_label("Value of variable 1").fill("/tmp")
    await textbox(page, "GPUs").fill("1")
    await page.get_by_label("GPU type").select_option("NVIDIA H100")
    parameters = page.get_by_role("region", name="Parameters", exact=True)
    await parameters.get_by_role("button", name="Add parameter").click()
    await page.keyboard.type("SIZE")
    await parameters.get_by_role("radio", name="integer").click()
    await parameters.get_by_label("Default").fill("3")
    await parameters.get_by_text("Constraints").click()
    await parameters.get_by_label("Minimum").fill("1")
    await parameters.get_by_role("button", name="Add parameter").click()
    await page.keyboard.type("MODEL")
    await parameters.get_by_label("Required").check()
    await parameters.get_by_role("button", name="Move MODEL up").click()
    await page.get_by_role("switch", name="Fine-tuning is configured").click()
    job = page.get_by_role("region", name="Fine-tuning")
    for name, text in (("Registry", "docker.io"), ("Image", "acme/tuner"), ("Tag", "2")):
        await job.get_by_role("textbox", name=name, exact=True).fill(text)
    await saved(page, "Create template")

    made = found(site, "written")
    assert made["vendorConfiguration"] == {
        "bundleConfig": {
            "registry": "docker.io",
            "image": "acme/embedder",
            "tag": "1.0.0",
            "command": ["--fast", "serve"],
            "env": {"CACHE": "/tmp"},
        },
        "endpointConfig": {
            **{"cpus": 3, "gpus": 1, "gpuType": "NVIDIA_HOPPER_H100", "memory": "8Gi"},
            "endpointType": "ASYNC",
        },
        "fineTuningJobBundleConfig": {
            "imageReference": "docker.io/acme/tuner:2",
            "mountLocation": "/workspace/launch_specific/config.json",
            "resources": {"cpus": 3},
        },
    }
    nothing = {"enum": None, "minimum": None, "pattern": None, "default": None}
    assert made["modelCreationParametersSchema"]["parameters"] == [
        {**nothing, "name": "MODEL", "type": "STR", "description": "", "required": True},
        {
            **nothing,
            **{"name": "SIZE", "type": "INT", "description": "", "required": False},
            **{"default": 3, "minimum": 1},
        },
    ]
    assert made["labels"] == {"team": "search"}


async def test_errors_appear_as_one_types_and_each_leads_to_its_field(page: Page) -> None:
    await page.goto("/catalog?page=new")
    await expect(textbox(page, "Name")).to_be_visible()
    await page.wait_for_timeout(600)
    await expect(page.get_by_role("region", name="Errors")).to_have_count(0)
    await is_accessible(page, "an empty form")

    await textbox(page, "Tag").fill("a tag")
    await expect(textbox(page, "Tag")).to_have_accessible_description(
        re.compile("must be an image tag")
    )
    await expect(page.get_by_role("region", name="Errors").get_by_role("link")).to_have_count(1)
    await page.get_by_text("More settings").first.click()
    await textbox(page, "Readiness initial delay seconds").fill("soon")
    await page.get_by_text("More settings").first.click()
    await page.get_by_role("button", name="Create template").click()
    errors = page.get_by_role("region", name="Errors")
    await expect(errors).to_be_focused()
    await expect(errors.get_by_role("link")).to_have_count(7)
    await is_accessible(page, "errors")

    await errors.get_by_role("link", name="Model type is required").click()
    await expect(page.get_by_role("radio", name="Completion", exact=True)).to_be_focused()
    await errors.get_by_role("link", name="must be a whole number").click()
    await expect(textbox(page, "Readiness initial delay seconds")).to_be_focused()


async def test_warnings_stand_apart_from_errors(page: Page) -> None:
    await page.goto("/catalog?page=new")
    await fill_in(page)
    warnings = page.get_by_role("region", name="Warnings")
    await expect(warnings.get_by_role("link")).to_have_text(
        [
            "command must not be empty for ASYNC endpoints, or Launch refuses the endpoint: set it "
            "to the program that serves on port 5005."
        ]
    )
    await expect(page.get_by_role("region", name="Errors")).to_have_count(0)
    await is_accessible(page, "warnings")


async def test_a_copy_is_made(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("link", name="Duplicate").click()
    await expect(textbox(page, "Name")).to_have_value("written-copy")
    await saved(page, "Create template")

    copy, original = found(site, "written-copy"), found(site, "written")
    assert {**copy, "name": "written"} == original
