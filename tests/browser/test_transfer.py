"""Bringing templates into the catalog from a text or files, and taking them out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, FIND, a_template, found
from tests.program import ROOT, Banner

GOOD = """name: brought-in
endpoint_type: ASYNC
model_type: EMBEDDING
vendor_configuration:
  bundle_config: {registry: docker.io, image: acme/a, tag: "1", command: [serve]}
  endpoint_config: {gpus: 1, gpu_type: nvidia-hopper-h100}
model_creation_parameters_schema:
  parameters:
    - {name: SIZE, type: int, description: d, required: false, default: 3}
"""
BAD = """name: brought-in-badly
endpoint_type: SOMETIMES
model_type: EMBEDDING
color: red
vendor_configuration:
  bundle_config:
    registry: docker.io
    image: acme/a
    tag: a tag
"""
LONG = 2**53 + 1
"""An integer that a browser's numbers cannot hold."""

NAMES = ("brought-in", "brought-in-badly", "second", "taken-out")


@pytest.fixture(autouse=True)
def nothing_is_left(site: Banner) -> Iterator[None]:
    yield
    for name in NAMES:
        for node in site.ask(FIND, name=name).json()["data"]["modelTemplates"]["nodes"]:
            site.ask(DELETE, id=node["id"])


async def test_a_text_with_a_bad_template_gives_the_good_ones(page: Page, site: Banner) -> None:
    await page.goto("/catalog")
    await page.get_by_role("button", name="Import and export").click()
    await page.get_by_role("menuitem", name="Import templates").click()
    await page.get_by_label("YAML or JSON").fill(f"{GOOD}---\n{BAD}")
    bad = page.get_by_role("region", name="brought-in-badly")
    await expect(bad.get_by_role("listitem")).to_have_text(
        [
            "Line 12 endpoint_type must be one of SYNC, ASYNC, STREAMING, BATCH.",
            "Line 14 color is no field of a template.",
            "Line 19 tag must be an image tag: at most 128 letters, digits, _, . and -, without a "
            "digest.",
        ]
    )
    await expect(bad.get_by_role("checkbox")).to_be_disabled()
    await is_accessible(page, "an import")
    await bad.get_by_role("button", name="Line 19").click()
    selected = (
        "document.activeElement.value.slice(...['Start', 'End'].map((side) => "
        "document.activeElement[`selection${side}`]))"
    )
    assert await page.evaluate(selected) == "    tag: a tag"
    await page.get_by_role("button", name="Create 1 template").click()
    await expect(page.get_by_role("link", name="brought-in", exact=True)).to_be_visible()

    made = found(site, "brought-in")
    assert made["vendorConfiguration"]["endpointConfig"]["gpuType"] == "NVIDIA_HOPPER_H100"
    parameter = made["modelCreationParametersSchema"]["parameters"][0]
    assert (parameter["type"], parameter["default"]) == ("INT", 3)


async def test_an_answer_of_sgp_is_taken_and_choices_are_kept(page: Page, site: Banner) -> None:
    def item(name: str) -> Any:
        bundle = {"registry": "docker.io", "image": "acme/a", "tag": "1", "command": ["serve"]}
        return {
            "id": "of-sgp",
            "account_id": "elsewhere",
            "created_at": "2026-01-01T00:00:00Z",
            **{"name": name, "endpoint_type": "ASYNC", "model_type": "GENERIC"},
            "vendor_configuration": {"vendor": "LAUNCH", "bundle_config": bundle},
        }

    answer = {"items": [item("brought-in"), item("second")], "current_page": 1}
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill(json.dumps(answer, indent=2))
    await expect(page.get_by_role("button", name="Create 2 templates")).to_be_enabled()
    await page.get_by_role("checkbox", name="second").uncheck()
    await page.get_by_role("button", name="Create 1 template").click()
    await expect(page.get_by_role("alert")).to_contain_text("Created 1 template")
    nodes = site.ask(FIND, name="second").json()["data"]["modelTemplates"]["nodes"]
    assert nodes == []


async def test_a_text_that_is_no_yaml_says_where(page: Page) -> None:
    await page.goto("/catalog?page=import")
    await page.get_by_label("YAML or JSON").fill('name: a\nlabels: {team: "x\n')
    await expect(page.get_by_text("The text cannot be read.")).to_be_visible()
    await expect(page.get_by_role("button", name="Line").first).to_be_visible()
    await is_accessible(page, "a text that cannot be read")


def is_valid(file: Path) -> bool:
    """What the command line says about a file."""
    command = [sys.executable, "-m", "app", "validate", str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60).returncode == 0


@pytest.mark.parametrize("form", ["YAML", "JSON"])
async def test_what_is_taken_out_is_a_valid_file_and_can_be_brought_in(
    page: Page, site: Banner, tmp_path: Path, form: str
) -> None:
    template = a_template("taken-out")
    template["vendorConfiguration"]["bundleConfig"] |= {"command": ["serve"], "env": {"A": "1.0"}}
    template["vendorConfiguration"]["bundleConfig"]["streamingPredictRoute"] = None
    template["vendorConfiguration"]["endpointConfig"] = {"gpus": 1, "gpuType": "NVIDIA_TESLA_T4"}
    parameter = {"name": "SEED", "type": "INT", "description": "d", "required": False}
    template["modelCreationParametersSchema"] = {"parameters": [{**parameter, "default": LONG}]}
    made = site.ask(CREATE, input=template).json()["data"]["createModelTemplate"]["modelTemplate"]
    before = found(site, "taken-out")
    await page.goto(f"/catalog?id={made['id']}")
    await page.get_by_role("button", name="More actions").click()
    async with page.expect_download() as saving:
        await page.get_by_role("menuitem", name=f"Export as {form}").click()
    file = tmp_path / (await saving.value).suggested_filename
    await (await saving.value).save_as(file)

    assert file.name == f"taken-out.{form.lower()}"
    assert is_valid(file)
    site.ask(DELETE, id=made["id"])
    await page.goto("/catalog?page=import")
    await page.locator("input[type=file]").set_input_files(file)
    await page.get_by_role("button", name="Create 1 template").click()
    await expect(page.get_by_role("link", name="taken-out")).to_be_visible()
    after = found(site, "taken-out")
    assert after == before
    assert after["modelCreationParametersSchema"]["parameters"][0]["default"] == LONG


async def test_a_list_is_taken_out(page: Page, tmp_path: Path) -> None:
    await page.goto("/catalog?label=team%3Dsearch&order=NAME.ASC")
    await expect(page.get_by_role("link", name="bge-embedding-a10")).to_be_visible()
    await page.get_by_role("button", name="Import and export").click()
    await is_accessible(page, "the menu of the list")
    async with page.expect_download() as saving:
        await page.get_by_role("menuitem", name="Export this list as JSON").click()
    file = tmp_path / "list.json"
    await (await saving.value).save_as(file)

    taken = json.loads(file.read_text())
    # The tests of the playground leave templates whose names begin with `my-`.
    names = [template["name"] for template in taken if not template["name"].startswith("my-")]
    assert names == ["bge-embedding-a10", "cross-encoder-rerank"]
