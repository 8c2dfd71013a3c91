"""GraphQL operations of commands: on a server, or on the configured database in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import click

from app.settings import SettingError, Settings, load, variable

T = TypeVar("T")

server_option = click.option(
    "--server",
    metavar="URL",
    help=f"Server to talk to, by default {variable('server_url')}; without either, the configured "
    f"database. The key is read from {variable('api_key')}.",
)
"""`--server URL`. There is no option for the key, which everyone on the machine could read."""


class Api(Protocol):
    """Executes GraphQL operations."""

    @property
    def place(self) -> str:
        """Where operations are executed, for people; without secrets."""

    async def execute(
        self, query: str, variables: Mapping[str, Any], *, repeatable: bool = False
    ) -> dict[str, Any]:
        """The `data` of the answer to a document with one operation.

        A query is sent again after an error that may pass, and so is a mutation that is
        `repeatable`: whose second execution does no harm, because it has a `requestId`, say, or an
        `expectedRevision`. Raises CommandError or DomainError.
        """


def opened_api(
    settings: Settings, *, identity: str, accounts: Iterable[str] | None = None
) -> AbstractAsyncContextManager[Api]:
    """Operations on the configured server, or else on the configured database.

    On the database, the caller is the service account `identity`, which may write in `accounts`,
    by default in all that have templates; on a server, the owner of the API key. Raises
    SettingError.
    """
    if settings.server_url:
        if settings.api_key is None:
            raise SettingError(f"{variable('api_key')} is needed to talk to {settings.server_url}")
        _check(settings.server_url)
        # Imported on use: it takes as long as the rest of a command.
        from app.cli.api.http_api import ServerApi

        return ServerApi(settings.server_url, settings.api_key)
    from app.cli.api.database_api import database_api

    return database_api(settings, identity, accounts)


def _check(url: str) -> None:
    """Raises SettingError for a URL whose host or port cannot be."""
    try:
        is_valid = urlsplit(url).port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        names = f"--server or {variable('server_url')}"
        raise SettingError(f"{names}: {url} has no valid host and port")


def with_api(
    server: str | None,
    use: Callable[[Api], Awaitable[T]],
    *,
    identity: str,
    accounts: Iterable[str] | None = None,
) -> T:
    """The result of `use`, called with an Api for the value of `--server` (see `opened_api`)."""
    settings = load({"server_url": server})

    async def run() -> T:
        async with opened_api(settings, identity=identity, accounts=accounts) as api:
            return await use(api)

    return asyncio.run(run())
