"""The catalog: finding a template in a browser, and previewing its launch."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import missing
from tests.browser.templates import CREATE, UPDATE, UPDATED, a_template
from tests.program import Banner

DIFFICULT = """it's "$HOME" `x` \\ $(y) é 🚀 JSON"""
"""Text with characters that a shell, JSON and Python each treat specially."""

NODE = str(Path(sys.executable).with_name("node"))
"""Of the package that builds the pages."""


async def opened(page: Page, name: str, view: str = "Launch") -> None:
    """Open a view of a template from the list."""
    await page.goto("/catalog")
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("tab", name=view).click()


async def names(page: Page) -> list[str]:
    """The names of the listed templates."""
    return await page.get_by_role("list").locator("h2").all_inner_texts()


async def sideways(page: Page) -> Any:
    """How far the page can be scrolled sideways."""
    return await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


async def test_it_finds_templates_and_keeps_the_search_in_the_address(
    page: Page, base: str
) -> None:
    results = page.get_by_role("region", name="Results").get_by_role("status")
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()

    await page.get_by_role("searchbox", name="Search").fill("assist")
    await expect(results).to_have_text("2 templates")
    searched = await names(page)
    await page.get_by_role("checkbox", name="chat completion").check()
    await expect(results).to_have_text("1 template")
    filtered, address = await names(page), page.url
    await page.get_by_role("link", name="vllm-chat-h100").click()
    await expect(page.get_by_role("heading", name="vllm-chat-h100")).to_be_focused()
    await page.go_back()
    await expect(results).to_have_text("1 template")
    await page.go_back()
    await expect(results).to_have_text("2 templates")

    assert searched == ["tool-agent", "vllm-chat-h100"]
    assert filtered == ["vllm-chat-h100"]
    assert address == f"{base}/catalog?search=assist&modelType=CHAT_COMPLETION"


async def test_a_long_list_loads_more_as_one_scrolls(page: Page, site: Banner) -> None:
    # Archived, so that other tests do not see them.
    expected = [f"archived-{n:02}" for n in range(60)]
    for name in expected:
        made = site.ask(CREATE, input=a_template(name)).json()["data"]["createModelTemplate"]
        archived = {"id": made["modelTemplate"]["id"], "archived": True}
        assert site.ask(UPDATE, input=archived).json() == UPDATED

    await page.set_viewport_size({"width": 400, "height": 700})
    await page.goto("/catalog?archived=true&order=NAME.ASC")
    results = page.get_by_role("region", name="Results")
    await expect(results.get_by_role("status")).to_have_text("60 templates")
    await expect(results.get_by_role("heading")).to_have_text(expected[:24])
    for seen in (48, 60):
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await expect(results.get_by_role("heading")).to_have_text(expected[:seen])
    await expect(results.get_by_role("button", name="Load more")).to_have_count(0)


async def test_a_template_shows_its_fields(page: Page) -> None:
    await opened(page, "lora-completion-fine-tunable", "Overview")
    overview = page.get_by_role("tabpanel")
    for text in (
        "692474966980.dkr.ecr.us-west-2.amazonaws.com/launch/inference/lora-serve:1.14.3",
        "ADAPTER_CACHE=/tmp/adapters",
        "Where the adapter's weights are.",
        "/workspace/launch_specific/config.json",
    ):
        await expect(overview).to_contain_text(text)


async def test_revisions_show_what_changed(page: Page, site: Banner) -> None:
    found = site.ask('{ modelTemplates(filter: {name: "tool-agent"}) { nodes { id revision } } }')
    template = found.json()["data"]["modelTemplates"]["nodes"][0]
    changed = site.ask(
        UPDATE,
        input={
            "id": template["id"],
            "vendorConfiguration": {"bundleConfig": {"env": {"MAX_STEPS": "20"}}},
        },
    )
    assert changed.json() == UPDATED

    await page.goto(f"/catalog?id={template['id']}&view=revisions")
    changes = page.locator(".changes li")
    await expect(changes).to_have_count(2)
    assert [re.sub(r"\s+", " ", text) for text in await changes.all_inner_texts()] == [
        'vendorConfiguration.bundleConfig.env.LOG_LEVEL before: "info" after: absent',
        'vendorConfiguration.bundleConfig.env.MAX_STEPS before: "12" after: "20"',
    ]


async def test_the_plan_follows_the_form(page: Page) -> None:
    await opened(page, "vllm-chat-h100")
    plan = page.get_by_role("region", name="Launch plan")
    name, length = page.get_by_label("MODEL_NAME text"), page.get_by_label("MAX_MODEL_LEN")
    status = plan.get_by_role("status").first
    await expect(status).to_have_text("Fill in 1 field to see the plan.")
    await expect(plan.get_by_role("region", name="Errors")).to_have_count(0)
    await plan.get_by_role("button", name="Show all errors").click()
    await expect(status).to_have_text("Fix 1 error.")
    await expect(name).to_have_accessible_description(re.compile("MODEL_NAME is required."))

    await name.fill("meta/llama")
    await length.fill("65536")
    await expect(plan.get_by_role("region", name="env")).to_contain_text('"MAX_MODEL_LEN": "65536"')
    await page.get_by_label("Max workers").fill("9")
    endpoint = plan.get_by_role("region", name="createModelEndpointRequest")
    await expect(endpoint.locator(".line.new")).to_have_text('  "max_workers": 9,\n')


async def test_a_field_shows_the_errors_of_the_server(page: Page) -> None:
    await opened(page, "bge-embedding-a10")
    await page.get_by_label("MODEL_ID text").fill("BAAI/bge-m3")
    tokens, most = page.get_by_label("MAX_BATCH_TOKENS"), page.get_by_label("Max workers")
    await tokens.fill("many")
    await expect(tokens).to_have_accessible_description(re.compile("must be an integer"))
    await expect(tokens).to_have_attribute("aria-invalid", "true")
    await tokens.fill("100")
    await expect(tokens).to_have_accessible_description(re.compile("at least 512"))
    await most.fill("x")
    await expect(most).to_have_accessible_description(re.compile("must be a whole number"))
    await most.fill("")
    await tokens.fill("512")
    await page.get_by_role("button", name="Remove label team").click()
    await page.get_by_role("button", name="Add team").click()
    await page.get_by_label("Value of label team").fill("search")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()


async def copied(page: Page, what: str) -> str:
    """The text that a copy button puts on the clipboard."""
    button = page.get_by_role("button", name=f"Copy {what}")
    await button.click()
    await expect(page.locator(".copy-button", has=button).get_by_role("status")).to_have_text(
        "Copied"
    )
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def planned(page: Page) -> Any:
    """The environment in the plan of a form with difficult values."""
    await opened(page, "vllm-chat-h100")
    await page.get_by_label("MODEL_NAME text").fill(DIFFICULT)
    await page.get_by_label("TRUST_REMOTE_CODE").select_option("true")
    env = page.get_by_role("region", name="env")
    await expect(env).to_contain_text('"TRUST_REMOTE_CODE": "true"')
    return json.loads(await copied(page, "env"))


async def show_code(page: Page, form: str) -> None:
    """Show the code in a language, in place of the plan."""
    await page.get_by_role("tab", name="Code").click()
    await page.get_by_role("tab", name=form).click()


async def test_the_copied_command_launches_what_the_page_shows(page: Page, base: str) -> None:
    await planned(page)
    await page.get_by_label("Max workers").fill("3")
    await show_code(page, "Command line")
    text = await copied(page, "command")

    # In place of the program, a function that prints its arguments.
    program = 'model-templates() { printf \'%s\\0\' "$MODEL_TEMPLATES_API_KEY" "$@"; }'
    key, command, id, *words = run("curl", f"{program}\n{text}", "mt_1").split("\0")[:-1]

    assert (key, command) == ("mt_1", "launch")
    assert id == re.findall(r"[?&]id=([^&]+)", page.url)[0]
    pairs = [*zip(words[::2], words[1::2], strict=True)]
    assert pairs[:2] == [("--server", base), ("--name", "vllm-chat-h100")]
    assert ("--set", f"MODEL_NAME={DIFFICULT}") in pairs
    assert ("--set", "TRUST_REMOTE_CODE=true") in pairs
    assert ("--max-workers", "3") in pairs
    assert ("--label", "team=assistants") in pairs


@pytest.mark.parametrize("form", ["GraphQL", "curl", "Python", "TypeScript"])
async def test_copied_code_gets_the_plan_that_the_page_shows(
    page: Page, site: Banner, form: str
) -> None:
    shown = await planned(page)
    await show_code(page, form)
    if form == "GraphQL":
        variables = json.loads(await copied(page, "variables"))
        answer = site.ask(await copied(page, "operation"), **variables).json()
    else:
        text = await copied(page, form)
        assert site.key not in text
        answer = json.loads(run(form, text, site.key))

    plan = answer["data"]["modelTemplate"]["launchPlan"]
    assert plan["errors"] == []
    assert plan["env"] == shown
    assert shown["MODEL_NAME"] == DIFFICULT
    assert shown["TRUST_REMOTE_CODE"] == "true"


def run(form: str, text: str, key: str, **variables: str) -> str:
    """The output of a text that is run by a shell, Python or Node, with environment variables."""
    if form == "curl" and shutil.which("curl") is None:
        missing("curl")
    program = {
        "curl": ["bash", "-euc"],
        "Python": [sys.executable, "-c"],
        "TypeScript": [NODE, "--input-type=module-typescript", "-e"],
    }[form]
    environment = {**os.environ, "KEY": key, **variables}
    done = subprocess.run(
        [*program, text], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


HOSTILE_HOST = "a;id&b$(id).example"


async def test_copied_commands_have_the_address_as_one_word(
    browser: Browser, site: Banner, base: str
) -> None:
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()

    async def served(route: Route) -> None:
        asked = urlsplit(route.request.url)
        path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        headers = {**route.request.headers, "host": urlsplit(base).netloc}
        await route.fulfill(response=await route.fetch(url=f"{base}{path}", headers=headers))

    await context.route(f"http://{HOSTILE_HOST}/**", served)
    await page.goto(f"http://{HOSTILE_HOST}/catalog")
    await page.get_by_label("API key").fill(site.key)
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="vllm-chat-h100").click()
    await page.get_by_role("tab", name="Launch").click()
    texts = []
    for form in ("curl", "Python"):
        await show_code(page, form)
        texts.append(await page.get_by_role("tabpanel").locator("pre").last.inner_text())

    shown = "curl() { printf '%s\\n' \"$@\"; }\n"  # What curl would get.
    address = f"http://{HOSTILE_HOST}/graphql"
    assert run("curl", shown + texts[0], "k").splitlines() == [
        *("-s", address, "-H", "x-api-key: k", "-H", "content-type: application/json"),
        *("-d", "@-"),
    ]
    assert f'    "{address}",\n' in texts[1]
    await context.close()


async def test_a_keyboard_is_enough(page: Page) -> None:
    async def tab_to(role: str, name: str) -> None:
        target = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        await target.wait_for()
        for _ in range(80):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")

    await page.goto("/catalog")
    await tab_to("searchbox", "Search")
    await page.keyboard.type("vllm")
    await expect(page.get_by_text("1 template", exact=True)).to_be_visible()
    await tab_to("link", "vllm-chat-h100")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="vllm-chat-h100")).to_be_focused()
    await tab_to("tab", "Overview")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Launch")).to_be_focused()
    await tab_to("textbox", "MODEL_NAME text")
    await page.keyboard.type("meta/llama")
    await expect(page.get_by_text("Ready to launch.")).to_be_visible()
    await tab_to("tab", "Plan")
    await page.keyboard.press("ArrowRight")
    await tab_to("tab", "Command line")
    await page.keyboard.press("ArrowRight")
    await tab_to("button", "Copy operation")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Copied")).to_be_visible()
    text = await page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("query LaunchPlan(")


async def test_a_narrow_screen_does_not_scroll_sideways(page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto("/catalog")
    await expect(page.get_by_role("link", name="vllm-chat-h100")).to_be_visible()
    widths = [await sideways(page)]
    for view in ("Overview", "Launch", "Revisions"):
        await opened(page, "lora-completion-fine-tunable", view)
        await expect(page.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
        await page.wait_for_load_state("networkidle")
        widths.append(await sideways(page))
    assert widths == [0, 0, 0, 0]
