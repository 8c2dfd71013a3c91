"""How pages get their key: from the link in the terminal, or from people."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.accessibility import is_accessible
from tests.browser.conftest import environment_of, of_a_page
from tests.browser.playground import run
from tests.builders import NAMED
from tests.program import Banner, serving_with

KEPT = "[Object.keys(sessionStorage), Object.keys(localStorage), document.cookie]"


@pytest.fixture
def stored() -> dict[str, str]:
    """The page was not opened by the link."""
    return {}


@pytest.fixture
def linking(installed: Path, tmp_path: Path) -> Iterator[Banner]:
    """A server whose link has not been used, in several processes."""
    environment = environment_of(installed, tmp_path)
    with serving_with(
        environment, "--port", "0", "--workers", "2", "--seed", cwd=tmp_path
    ) as server:
        yield server


async def shows_templates(page: Page) -> None:
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()


async def asks_for_a_key(page: Page) -> None:
    await expect(page.get_by_label("API key")).to_be_visible()


async def test_the_link_of_the_terminal_works_in_one_browser(
    browser: Browser, linking: Banner
) -> None:
    playground, catalog = linking.links
    token = catalog.partition("#token=")[2]
    address = catalog.partition("#")[0]
    seen: list[str] = []
    context = await browser.new_context(base_url=address)
    context.on("request", lambda request: seen.append(request.url))
    page = await context.new_page()

    await page.goto(catalog)
    await shows_templates(page)
    assert page.url == await page.evaluate("location.href") == address
    assert await page.evaluate("history.length") == 2  # The browser's empty page, and this one.
    assert await page.evaluate(KEPT) == [[], ["model-templates.session"], ""]
    assert linking.key not in str(await context.storage_state())

    await page.reload()
    await shows_templates(page)
    second = await context.new_page()
    await second.goto(catalog)  # Again, with a token that has been used.
    await shows_templates(second)
    assert second.url == address
    third = await context.new_page()
    await third.goto(playground)
    await run(third, 0, '"totalCount"')

    stranger = await (await browser.new_context()).new_page()
    for place in (address, catalog):
        await stranger.goto(place)
        await asks_for_a_key(stranger)
    assert token
    assert not [url for url in seen if token in url.partition("#")[0]]


async def test_the_link_works_in_a_tab_that_asks_for_a_key(
    browser: Browser, linking: Banner
) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(linking.links[1].partition("#")[0])
    await asks_for_a_key(page)

    await page.goto(linking.links[1])
    await shows_templates(page)


async def test_without_the_link_it_asks_for_a_key_and_keeps_it_in_the_tab_only(
    page: Page, site: Banner, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*401"))
    await page.goto("/catalog")
    await page.get_by_label("API key").fill("mt_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("This API key is not valid.")

    await page.get_by_label("API key").fill(site.key)
    await page.keyboard.press("Enter")
    await shows_templates(page)
    kept = "[Object.values(sessionStorage), Object.values(localStorage), document.cookie]"
    assert await page.evaluate(kept) == [[site.key], [], ""]


@pytest.mark.parametrize(
    "pasted", ["'{}'", "  {}\t", "\u200b{}\ufeff", "MODEL_TEMPLATES_API_KEY={}", "“{}”,"]
)
async def test_a_pasted_key_may_have_things_around_it(
    page: Page, site: Banner, pasted: str
) -> None:
    await page.goto("/catalog")
    await page.get_by_label("API key").fill(pasted.format(site.key))
    await page.keyboard.press("Enter")
    await shows_templates(page)
    assert await page.evaluate("Object.values(sessionStorage)") == [site.key]


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ("", "Enter an API key."),
        ("$KEY", "This is the name of a variable, $KEY."),
        ("sk-1234", "keys begin with mt_"),
        ("mt_abc…", "has the character …"),
        ("mt_", "only the beginning"),
    ],
)
async def test_what_is_no_key_is_explained_and_not_stored(
    page: Page, entered: str, said: str
) -> None:
    await page.goto("/catalog")
    await page.get_by_label("API key").fill(entered)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text(said)
    assert await page.evaluate(KEPT) == [[], [], ""]


async def test_the_key_field_is_accessible(page: Page) -> None:
    await page.goto("/catalog")
    await asks_for_a_key(page)
    await is_accessible(page, "the key field")
    await page.get_by_role("button", name="Show templates").click()
    await is_accessible(page, "an error about the key")


async def test_without_the_link_the_playground_opens_the_headers_editor(
    page: Page, excused: list[re.Pattern[str]]
) -> None:
    excused.append(re.compile("error: Failed to load resource: .*401"))
    await page.goto("/graphql")

    await expect(page.locator(".graphiql-response")).to_contain_text("A valid API key is required")
    await expect(page.get_by_label("Headers").get_by_text("x-api-key")).to_be_visible()


@of_a_page
async def rebound(browser: Browser) -> AsyncIterator[BrowserContext]:
    """The browser of somebody who opens a page under the name of an attacker."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest.mark.parametrize("path", ["/", "/catalog", "/graphql", "/development-key"])
async def test_a_foreign_host_gets_no_page(rebound: BrowserContext, base: str, path: str) -> None:
    port = base.rpartition(":")[2]
    page = await rebound.new_page()
    answer: Response | None = await page.goto(f"http://rebound.example:{port}{path}")

    assert answer is not None
    assert answer.status == 421
    assert (await answer.json())["errors"][0]["extensions"] == {"code": "BAD_REQUEST", **NAMED}
    assert await page.locator("script, #root, main").count() == 0
