"""Everything that the catalog writes, by the keyboard alone, from the landing page on."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.templates import FIND, READ, UPDATE, UPDATED, found
from tests.program import Banner

pytestmark = pytest.mark.usefixtures("nothing_is_left")

HAS_FOCUS = "element => element === document.activeElement"
MOST_KEYS = 120


@pytest.fixture
def stored() -> dict[str, str]:
    """Nothing: the page asks for a key."""
    return {}


async def reach(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press a key until an element has the focus."""
    await target.wait_for()
    for _ in range(MOST_KEYS):
        if await target.evaluate(HAS_FOCUS):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} does not reach {target}")


async def enter(page: Page, role: Any, name: str) -> None:
    """Go to a link or button, and press Enter."""
    await reach(page, page.get_by_role(role, name=name, exact=True))
    await page.keyboard.press("Enter")


async def fill(page: Page, name: str, text: str) -> None:
    """Go to a text field, and type over what is in it."""
    await reach(page, page.get_by_role("textbox", name=name, exact=True))
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(text)


async def choose(page: Page, name: str) -> None:
    """Go to the radio button of a group, and choose it."""
    radio = page.get_by_role("radio", name=name)
    group = page.get_by_role("radiogroup").filter(has=radio)
    await reach(page, group.get_by_role("radio").first)
    await reach(page, radio, "ArrowRight")
    await page.keyboard.press("Space")
    await expect(radio).to_be_checked()


async def titled(page: Page, name: str) -> None:
    """Fails unless a page with this title has opened, and the title has the focus."""
    await expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_focused()


async def ready(page: Page) -> None:
    await expect(page.get_by_text("Ready to save.")).to_be_visible()


async def created(page: Page, site: Banner) -> str:
    """From the landing page to a new template; returns its id."""
    await page.goto("/")
    await reach(page, page.get_by_role("link", name="Catalog").first)
    await page.keyboard.press("Enter")
    await reach(page, page.get_by_label("API key"))
    await page.keyboard.type(site.key)
    await page.keyboard.press("Enter")
    await enter(page, "link", "New template")
    await titled(page, "New template")
    await fill(page, "Name", "written")
    await choose(page, "Async")
    await choose(page, "Embedding")
    await fill(page, "Registry", "docker.io")
    await fill(page, "Image", "acme/embedder")
    await fill(page, "Tag", "1.0.0")
    await ready(page)
    await page.keyboard.press("Enter")
    await titled(page, "written")
    identifier: str = site.ask(FIND, name="written").json()["data"]["modelTemplates"]["nodes"][0][
        "id"
    ]
    return identifier


async def edited(page: Page, site: Banner, identifier: str) -> None:
    """An edit that meets another one, and is merged with it."""
    await enter(page, "link", "Edit")
    await titled(page, "Edit written")
    await fill(page, "CPUs", "5")
    await fill(page, "Memory", "12Gi")
    endpoint = {"endpointConfig": {"cpus": 6}}
    theirs = {"id": identifier, "description": "Theirs.", "vendorConfiguration": endpoint}
    assert site.ask(UPDATE, input=theirs).json() == UPDATED
    await ready(page)
    await page.keyboard.press("Enter")

    memory = page.get_by_role("textbox", name="Memory", exact=True)
    merge = page.get_by_role("dialog").get_by_role("button", name="Merge")
    await expect(merge).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(memory).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(merge).to_be_focused()
    await choose(page, "Theirs")
    await reach(page, merge)
    await page.keyboard.press("Enter")
    await expect(memory).to_be_focused()
    await ready(page)
    await page.keyboard.press("Enter")
    await titled(page, "written")

    merged = found(site, "written")
    endpoint = merged["vendorConfiguration"]["endpointConfig"]
    assert (merged["description"], merged["revision"]) == ("Theirs.", 3)
    assert (endpoint["cpus"], endpoint["memory"]) == (6, "12Gi")


async def select(page: Page, name: str) -> Locator:
    """Choose in the menu of a template; returns the button that opens it."""
    button = page.get_by_role("button", name="More actions")
    await reach(page, button)
    await page.keyboard.press("Enter")
    await reach(page, page.get_by_role("menuitem", name=name), "ArrowDown")
    await page.keyboard.press("Enter")
    return button


async def test_a_keyboard_writes_everything(page: Page, site: Banner) -> None:
    identifier = await created(page, site)
    await edited(page, site, identifier)

    await enter(page, "link", "Duplicate")
    await titled(page, "Duplicate written")
    await reach(page, page.get_by_role("textbox", name="Name", exact=True))
    await ready(page)
    await page.keyboard.press("Enter")
    await titled(page, "written-copy")
    assert found(site, "written-copy")["revision"] == 1

    button = await select(page, "Archive")
    await expect(page.get_by_text("This template is archived")).to_be_visible()
    await expect(button).to_be_focused()
    assert found(site, "written-copy")["archivedAt"] is not None

    await select(page, "Delete")
    dialog = page.get_by_role("dialog", name="Delete written-copy?")
    typed = dialog.get_by_role("textbox")
    await expect(typed).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await select(page, "Delete")
    await expect(typed).to_be_focused()
    await page.keyboard.type("written-copy")
    await page.keyboard.press("Enter")
    await titled(page, "Templates")
    assert site.ask(READ, id=identifier).json()["data"]["modelTemplate"]["name"] == "written"
    nodes = site.ask(FIND, name="written-copy").json()["data"]["modelTemplates"]["nodes"]
    assert nodes == []
