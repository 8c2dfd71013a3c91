"""The playground: every operation that it comes with runs as it is."""

from functools import reduce
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.playground import TABS, run

PLAN = ("modelTemplates", "nodes", 0, "launchPlan")
CREATED = ("createModelTemplate", "modelTemplate")
ANSWERS: list[tuple[int, str, tuple[str | int, ...], Any]] = [
    (0, '"totalCount"', ("modelTemplates", "pageInfo", "hasNextPage"), False),
    (1, '"my-embedder"', (*CREATED, "name"), "my-embedder"),
    (2, '"bge-embedding-a10"', (*PLAN, "createModelEndpointRequest", "endpoint_type"), "sync"),
]
"""For each tab: what is seen of the answer, and a value in it by its path."""


def test_every_tab_has_its_test() -> None:
    assert len(ANSWERS) == TABS


@pytest.mark.parametrize(("tab", "seen", "path", "value"), ANSWERS)
async def test_a_ready_operation_answers(
    page: Page, tab: int, seen: str, path: tuple[str | int, ...], value: object
) -> None:
    answer = await run(page, tab, seen)

    assert "errors" not in answer
    assert reduce(lambda part, step: part[step], path, answer["data"]) == value
