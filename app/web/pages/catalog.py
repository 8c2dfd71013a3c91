"""The catalog's page, which names the files that its address needs."""

import re

from starlette.requests import Request
from starlette.responses import Response

from app.web.pages.assets import Assets
from app.web.pages.page import STYLES_WITH_NONCE, bundled

TITLE = "Catalog · Model Templates"

_BEYOND_THE_LIST = re.compile(rb"(?:^|&)(?:id|page)=")
"""A query string that leads to a template, or to a form."""


class Catalog:
    """The page as it begins with the list, and as it begins with something else."""

    def __init__(self, assets: Assets) -> None:
        self._list = bundled(assets, "catalog", TITLE, STYLES_WITH_NONCE)
        self._other = bundled(assets, "catalog", TITLE, STYLES_WITH_NONCE, with_first_part=True)

    async def answer(self, request: Request) -> Response:
        """The page as a response."""
        is_list = _BEYOND_THE_LIST.search(request.scope["query_string"]) is None
        return await (self._list if is_list else self._other).answer(request)
