"""The catalog's forms: create, change, copy, archive, restore and delete a template."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import is_accessible
from tests.browser.test_catalog import CREATE, UPDATE, UPDATED, a_template
from tests.browser.test_extremes import DELETE
from tests.program import Banner

NAMES = ("written", "written-copy", "changed", "twice")
FIND = (
    "query($name: String!) "
    "{ modelTemplates(filter: {name: $name, archived: null}) { nodes { id } } }"
)
READ = """query($id: ID!) { modelTemplate(id: $id) {
  name description labels endpointType modelType revision archivedAt
  vendorConfiguration {
    bundleConfig { registry image tag command env }
    endpointConfig { cpus gpus gpuType memory endpointType }
    fineTuningJobBundleConfig { imageReference mountLocation resources { cpus } }
  }
  modelCreationParametersSchema {
    parameters { name type description required default enum minimum pattern }
  }
} }"""


@pytest.fixture(autouse=True)
def nothing_is_left(site: Banner) -> Iterator[None]:
    yield
    for name in NAMES:
        for node in site.ask(FIND, name=name).json()["data"]["modelTemplates"]["nodes"]:
            site.ask(DELETE, id=node["id"])


@pytest.fixture
def written(site: Banner) -> str:
    """The id of a template that a test changes."""
    answer = site.ask(CREATE, input=a_template("written")).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    return identifier


def found(site: Banner, name: str) -> Any:
    """The template of a name."""
    nodes = site.ask(FIND, name=name).json()["data"]["modelTemplates"]["nodes"]
    assert len(nodes) == 1
    return site.ask(READ, id=nodes[0]["id"]).json()["data"]["modelTemplate"]


def textbox(page: Page, name: str) -> Any:
    return page.get_by_role("textbox", name=name, exact=True)


async def fill_in(page: Page) -> None:
    """What a template must have."""
    await textbox(page, "Name").fill("written")
    await page.get_by_role("radio", name="Async").click()
    await page.get_by_role("radio", name="Embedding").click()
    await textbox(page, "Registry").fill("docker.io")
    await textbox(page, "Image").fill("acme/embedder")
    await textbox(page, "Tag").fill("1.0.0")


async def saved(page: Page, button: str) -> None:
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("tab", name="Overview")).to_be_visible()


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


async def test_an_edit_sends_only_what_was_changed(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("link", name="Edit").click()
    await textbox(page, "Memory").fill("12Gi")
    async with page.expect_request(
        lambda request: "mutation UpdateTemplate" in (request.post_data or "")
    ) as sending:
        await saved(page, "Save changes")

    sent: Any = (await sending.value).post_data_json
    assert sent["variables"]["input"] == {
        "id": written,
        "expectedRevision": 1,
        "vendorConfiguration": {"endpointConfig": {"memory": "12Gi"}},
    }
    assert found(site, "written")["revision"] == 2
    await expect(page.get_by_role("alert")).to_contain_text("Saved written.")


async def test_a_stale_edit_is_merged(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}&page=edit")
    await textbox(page, "CPUs").fill("5")
    await textbox(page, "Memory").fill("12Gi")
    endpoint = {"endpointConfig": {"cpus": 6}}
    theirs = {"id": written, "description": "Theirs.", "vendorConfiguration": endpoint}
    assert site.ask(UPDATE, input=theirs).json() == UPDATED
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    await page.get_by_role("button", name="Save changes").click()

    dialog = page.get_by_role("dialog", name="The template has changed")
    await expect(dialog.get_by_role("region", name="Changed by others")).to_contain_text("Theirs.")
    await expect(dialog.get_by_role("region", name="Changed by you")).to_contain_text("12Gi")
    await is_accessible(page, "a stale edit")
    await dialog.get_by_role("radio", name="Theirs").click()
    await dialog.get_by_role("button", name="Merge").click()
    await expect(textbox(page, "CPUs")).to_have_value("6")
    await saved(page, "Save changes")

    merged = found(site, "written")
    assert merged["description"] == "Theirs."
    assert merged["vendorConfiguration"]["endpointConfig"]["cpus"] == 6
    assert merged["vendorConfiguration"]["endpointConfig"]["memory"] == "12Gi"
    assert merged["revision"] == 3


async def test_an_edit_of_a_deleted_template_can_be_created_again(
    page: Page, site: Banner, written: str
) -> None:
    await page.goto(f"/catalog?id={written}&page=edit")
    await textbox(page, "Memory").fill("12Gi")
    await expect(page.get_by_text("Ready to save.")).to_be_visible()
    site.ask(DELETE, id=written)
    await page.get_by_role("button", name="Save changes").click()
    await page.get_by_role("button", name="Create it again").click()
    await expect(textbox(page, "Memory")).to_have_value("12Gi")
    await saved(page, "Create template")
    assert found(site, "written")["vendorConfiguration"]["endpointConfig"]["memory"] == "12Gi"


async def test_a_draft_outlasts_a_reload_and_keeps_no_secret(page: Page) -> None:
    await page.goto("/catalog?page=new")
    await fill_in(page)
    parameters = page.get_by_role("region", name="Parameters", exact=True)
    await parameters.get_by_role("button", name="Add parameter").click()
    await page.keyboard.type("TOKEN")
    await parameters.get_by_text("Constraints").click()
    await parameters.get_by_label("Secret").check()
    await parameters.get_by_label("Default", exact=True).fill("hf_1a2B3c4D5e")
    kept = await page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "acme/embedder" in kept
    assert "hf_1a2B3c4D5e" not in kept

    await page.reload()
    await expect(page.get_by_text("has been restored")).to_be_visible()
    await expect(textbox(page, "Image")).to_have_value("acme/embedder")
    await is_accessible(page, "a restored draft")
    await page.get_by_role("button", name="Discard it").click()
    await expect(textbox(page, "Image")).to_have_value("")


async def test_a_draft_outlasts_an_expired_key(
    page: Page, site: Banner, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*401"))
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await page.route("**/graphql", lambda route: route.fulfill(status=401, json={"errors": []}))
    await textbox(page, "Tag").fill("2.0.0")
    await page.get_by_label("API key").fill(site.key)
    await page.unroute("**/graphql")
    await page.keyboard.press("Enter")
    await expect(textbox(page, "Tag")).to_have_value("2.0.0")


async def test_a_lost_server_loses_nothing_and_creates_nothing_twice(
    page: Page, site: Banner, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*ERR_FAILED"))
    await page.goto("/catalog?page=new")
    await fill_in(page)
    await expect(page.get_by_text("Ready to save.")).to_be_visible()

    async def lost(route: Route) -> None:
        if "mutation CreateTemplate" in (route.request.post_data or ""):
            await route.fetch()  # The server does it, and its answer is lost.
            return await route.abort()
        await route.continue_()

    await page.route("**/graphql", lost)
    await page.get_by_role("button", name="Create template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Cannot reach the server.")
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("tab", name="Overview")).to_be_visible()
    assert found(site, "written")["revision"] == 1


async def test_a_copy_is_made(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("link", name="Duplicate").click()
    await expect(textbox(page, "Name")).to_have_value("written-copy")
    await saved(page, "Create template")

    copy, original = found(site, "written-copy"), found(site, "written")
    assert {**copy, "name": "written"} == original


async def test_archiving_can_be_undone(page: Page, site: Banner, written: str) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("button", name="More actions").click()
    await is_accessible(page, "the menu")
    await page.get_by_role("menuitem", name="Archive").click()
    await expect(page.get_by_text("This template is archived")).to_be_visible()
    await is_accessible(page, "an archived template")
    assert found(site, "written")["archivedAt"] is not None

    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("This template is archived")).to_have_count(0)
    assert found(site, "written")["archivedAt"] is None


async def test_a_template_is_deleted_once_its_name_is_typed(
    page: Page, site: Banner, written: str
) -> None:
    await page.goto(f"/catalog?id={written}")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete written?")
    await expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    await is_accessible(page, "the deletion")
    await dialog.get_by_label("Type the template's name").fill("written")
    await dialog.get_by_role("button", name="Delete").click()

    await expect(page.get_by_role("heading", name="Templates", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="written", exact=True)).to_have_count(0)
    assert site.ask(READ, id=written).json()["data"]["modelTemplate"] is None


async def test_an_earlier_revision_is_restored(page: Page, site: Banner, written: str) -> None:
    changes = {"id": written, "name": "changed", "labels": {"team": "x"}, "modelType": "AGENT"}
    assert site.ask(UPDATE, input=changes).json() == UPDATED
    await page.goto(f"/catalog?id={written}&view=revisions")
    await page.get_by_role("button", name="Restore revision 1").click()
    await expect(page.get_by_role("heading", name="written", exact=True)).to_be_visible()
    restored = found(site, "written")
    assert (restored["labels"], restored["modelType"], restored["revision"]) == ({}, "GENERIC", 3)

    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", name="changed", exact=True)).to_be_visible()
    assert found(site, "changed")["labels"] == {"team": "x"}


async def test_a_key_that_may_only_read_sees_no_button_that_would_fail(
    page: Page, written: str
) -> None:
    async def reading(route: Route) -> None:
        if "query Viewer" not in (route.request.post_data or ""):
            return await route.continue_()
        answer = await (await route.fetch()).json()
        for account in answer["data"]["viewer"]["accounts"]:
            account["canWrite"] = False
        await route.fulfill(json=answer)

    await page.route("**/graphql", reading)
    async with page.expect_response(lambda it: "query Viewer" in (it.request.post_data or "")):
        await page.goto(f"/catalog?id={written}&view=revisions")
    await expect(page.get_by_role("heading", name="written")).to_be_visible()
    for name in ("Edit", "Duplicate", "Restore", "New template"):
        await expect(page.get_by_role("link", name=name)).to_have_count(0)
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.get_by_role("button", name="More actions").click()
    await expect(page.get_by_role("menuitem")).to_have_text(
        ["Compare …", "Export as YAML", "Export as JSON"]
    )
    await page.goto("/catalog?page=new")
    await expect(page.get_by_role("heading")).to_have_text("This API key can only read")
    await is_accessible(page, "a key that may only read")
