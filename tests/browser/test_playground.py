"""The playground: every operation that it comes with runs as it is."""

import re

import pytest
from playwright.async_api import Page, expect

ANSWERS = [
    (1, '"totalCount": '),
    (2, '"name": "my-embedder"'),
    (3, '"endpoint_type": "sync"'),
]
"""What each tab's answer has in it, among the rest."""


@pytest.mark.parametrize(("tab", "text"), ANSWERS)
async def test_a_ready_operation_answers(page: Page, tab: int, text: str) -> None:
    await page.goto("/graphql")
    await page.get_by_role("tab").nth(tab - 1).click()
    async with page.expect_response(re.compile("/graphql$")) as answering:
        await page.get_by_role("button", name="Execute query").click()
        answer = await (await answering.value).json()

    assert "errors" not in answer
    await expect(page.locator(".graphiql-response")).to_contain_text(text.split(":")[0])
