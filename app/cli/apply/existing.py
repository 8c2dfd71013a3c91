"""The templates that are stored now, read in bulk."""

from collections.abc import AsyncIterator, Collection, Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from app.cli.api.client import Api
from app.cli.api.errors import OperationFailed
from app.cli.apply.api_form import from_api, selection
from app.cli.apply.concurrently import concurrently
from app.cli.apply.sources import OWNER_LABEL
from app.domain.model_template import ModelTemplateSpec

STATE = f"""
fragment State on ModelTemplate {{ id revision archived: archivedAt ...Spec }}
fragment Spec on ModelTemplate {selection(ModelTemplateSpec)}
"""

PAGE = (
    """
query Existing($filter: ModelTemplateFilter!, $first: Int!, $after: String) {
  modelTemplates(
    first: $first, after: $after, filter: $filter, orderBy: {field: NAME, direction: ASC}
  ) {
    totalCount
    nodes { ...State }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + STATE
)

PAGE_SIZE = 100

NAMES_AT_A_TIME = 3
"""Templates that one operation finds by their names; each costs as much as a page of a list."""

MAX_ENTRIES, MAX_ENTRIES_A_NAME = 100, 20
"""How long a list may be to be read for so many names; beyond, each name is looked up."""


class Existing(Struct, frozen=True, kw_only=True):
    """A stored template."""

    id: str
    revision: int
    is_archived: bool
    spec: ModelTemplateSpec

    @property
    def owner(self) -> str | None:
        """The value of OWNER_LABEL."""
        return self.spec.labels.get(OWNER_LABEL)


class Reader:
    """Reads the templates of one account."""

    def __init__(self, api: Api, account: str) -> None:
        self._api = api
        self._all = {"accountId": account, "archived": None}

    async def named(self, names: Collection[str]) -> dict[str, Existing]:
        """The templates with these names, archived ones too, by name."""
        found = {}
        longest = MAX_ENTRIES + MAX_ENTRIES_A_NAME * len(names)
        try:
            async for existing in self._list(self._all, longest):
                found[existing.spec.name] = existing
        except (_TooLong, OperationFailed):
            # It may contain a template that cannot be read, and is none of these.
            return await self._by_name(names)
        return {name: found[name] for name in names if name in found}

    async def owned_by(self, owner: str) -> list[Existing]:
        """The templates with this value of OWNER_LABEL that are not archived."""
        condition = {**self._all, "archived": False, "labels": {OWNER_LABEL: owner}}
        return [existing async for existing in self._list(condition)]

    async def _list(
        self, condition: dict[str, Any], longest: int | None = None
    ) -> AsyncIterator[Existing]:
        """Raises _TooLong if the list has more entries."""
        size, after = PAGE_SIZE, None
        while True:
            variables = {"filter": condition, "first": size, "after": after}
            try:
                page = (await self._api.execute(PAGE, variables))["modelTemplates"]
            except OperationFailed as failed:
                # The server limits the bytes of an answer.
                if failed.code != "QUERY_TOO_COMPLEX" or size == 1:
                    raise
                size //= 2
                continue
            if longest is not None and page["totalCount"] > longest:
                raise _TooLong
            for node in page["nodes"]:
                yield _existing(node)
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    async def _by_name(self, names: Collection[str]) -> dict[str, Existing]:
        found = {}

        async def read(some: tuple[str, ...]) -> None:
            variables = {f"filter{i}": {**self._all, "name": name} for i, name in enumerate(some)}
            for page in (await self._api.execute(_by_names(len(some)), variables)).values():
                for node in page["nodes"]:
                    found[node["name"]] = _existing(node)

        await concurrently(read, _batches(names, NAMES_AT_A_TIME))
        return found


def _batches(names: Collection[str], size: int) -> Iterator[tuple[str, ...]]:
    rest = iter(names)
    while batch := (*islice(rest, size),):
        yield batch


class _TooLong(Exception):
    """It is less work to look up names."""


def _by_names(count: int) -> str:
    variables = " ".join(f"$filter{i}: ModelTemplateFilter!" for i in range(count))
    fields = " ".join(
        f"t{i}: modelTemplates(first: 1, filter: $filter{i}) {{ nodes {{ ...State }} }}"
        for i in range(count)
    )
    return f"query Named({variables}) {{ {fields} }}{STATE}"


def _existing(node: dict[str, Any]) -> Existing:
    return Existing(
        id=node["id"],
        revision=node["revision"],
        is_archived=node["archived"] is not None,
        spec=from_api(ModelTemplateSpec, node),
    )
