"""The catalog's list and overview: finding a template, and what is said about it first."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessibility import is_accessible
from tests.browser.templates import CREATE, DELETE, UPDATE, UPDATED, a_template
from tests.browser.test_catalog import copied
from tests.program import Banner

MARKDOWN = """# Title

Some *text* with `code`, a [link](https://example.com/a), a [bad one](javascript:alert(1))
and ![a picture](https://example.com/b.png).

<script>alert(2)</script>

* one
* two
"""


@pytest.fixture
def described(site: Banner) -> Iterator[str]:
    """The id of a template with a description in Markdown and a parameter that must be set."""
    template = a_template("described")
    template["description"] = MARKDOWN
    template["labels"] = {"team": "reading"}
    parameter = {"name": "MODEL", "type": "STR", "description": "Which one.", "required": True}
    template["modelCreationParametersSchema"] = {"parameters": [parameter]}
    answer = site.ask(CREATE, input=template).json()["data"]["createModelTemplate"]
    identifier: str = answer["modelTemplate"]["id"]
    yield identifier
    site.ask(DELETE, id=identifier)


async def test_an_overview_says_first_what_matters(page: Page, described: str) -> None:
    await page.goto(f"/catalog?id={described}")
    await expect(page.get_by_role("region", name="Each worker")).to_contain_text("8Gi")
    required = page.get_by_role("region", name="To fill in")
    await expect(required).to_contain_text("1 parameter must have a value.")
    await expect(required).to_contain_text("Which one.")
    await expect(page.get_by_text("Fine tuning job bundle config")).to_have_count(0)
    assert await copied(page, "image reference") == "docker.io/acme/a:1"
    await is_accessible(page, "an overview")
    await page.get_by_text("All fields").click()
    await is_accessible(page, "all fields")
    await required.get_by_role("link", name="Prepare a launch").click()
    await expect(page.get_by_label("MODEL text")).to_be_visible()


async def test_a_template_is_shown_by_the_files_that_its_address_names(
    page: Page, described: str
) -> None:
    """Whatever else it asks for is on its way for ever."""
    address = f"/catalog?id={described}"
    html = await (await page.request.get(address)).text()

    async def answer(route: Route) -> None:
        if route.request.url.rpartition("/")[2] in html:
            await route.continue_()

    await page.route("**/assets/*", answer)
    await page.goto(address)

    await expect(page.locator(".prose")).to_contain_text("# Title")
    await expect(page.get_by_role("region", name="Each worker")).to_contain_text("8Gi")
    await page.get_by_role("tab", name="Revisions").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("Revision 1")


async def test_markdown_is_rendered_and_harmless(page: Page, described: str) -> None:
    await page.goto(f"/catalog?id={described}")
    prose = page.locator(".prose")
    await expect(prose.get_by_role("listitem")).to_have_text(["one", "two"])
    await expect(prose.get_by_role("heading", name="Title")).to_be_visible()
    await expect(prose).to_contain_text("<script>alert(2)</script>")
    assert await prose.locator("script, img").count() == 0
    addresses = await prose.locator("a").evaluate_all("all => all.map((a) => a.href)")
    assert not [address for address in addresses if address.startswith("javascript:")]
    assert addresses[0] == "https://example.com/a"


async def test_an_archived_template_is_never_ready(
    page: Page, site: Banner, described: str
) -> None:
    archived = {"id": described, "archived": True}
    assert site.ask(UPDATE, input=archived).json() == UPDATED
    await page.goto(f"/catalog?id={described}&view=launch")
    await expect(page.get_by_text("This template is archived")).to_be_visible()
    await page.get_by_label("MODEL text").fill("x")
    await expect(page.get_by_role("region", name="Launch plan")).to_be_visible()
    await expect(page.get_by_text("Ready to launch.")).to_have_count(0)


async def test_a_label_leads_to_the_templates_that_have_it(page: Page, described: str) -> None:
    await page.goto("/catalog")
    await page.get_by_role("link", name="team reading").click()
    results = page.get_by_role("region", name="Results")
    await expect(results.get_by_role("heading")).to_have_text(["described"])
    await is_accessible(page, "a filtered list")
    await page.get_by_role("button", name="Remove the condition team: reading").click()
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()

    await page.goto(f"/catalog?id={described}")
    await page.get_by_role("link", name="team reading").click()
    await expect(results.get_by_role("heading")).to_have_text(["described"])


@pytest.mark.parametrize(
    "words", ["acme", "docker.io/vllm/vllm-openai:v0.11.0", "v0.11.0", "vllm-openai"]
)
async def test_a_search_finds_what_a_card_shows(page: Page, words: str) -> None:
    await page.goto("/catalog")
    await page.get_by_role("searchbox", name="Search").fill(words)
    results = page.get_by_role("region", name="Results")
    expected = "tool-agent" if words == "acme" else "vllm-chat-h100"
    await expect(results.get_by_role("heading", name=expected)).to_be_visible()


async def test_the_keyboard_reaches_search_and_results_at_once(page: Page) -> None:
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox", name="Search")).to_be_focused()

    await page.reload()
    first = page.get_by_role("region", name="Results").get_by_role("heading").first
    await expect(first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(first.get_by_role("link")).to_be_focused()
    await is_accessible(page, "the list")
