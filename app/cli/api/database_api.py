"""GraphQL operations on the configured database, executed in this process."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec

from app.cli.api.errors import encoded, failure
from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.service import ModelTemplateService
from app.graphql.execute import Executor
from app.graphql.limits.limits import Limits
from app.graphql.operation import Operation
from app.graphql.schema import schema
from app.graphql.types import Context
from app.main import service, usage_meter
from app.opened_database import DatabaseRequired, database, make_ready
from app.server.progress import MIGRATED, progress
from app.settings import Settings, variable
from app.storage.driver import Database
from app.transfer.export_reader import ModelTemplateExportReader

LIMITS = Limits()


class DatabaseApi:
    """Executes operations as a server does, but without limits for API keys."""

    def __init__(
        self, service: ModelTemplateService, viewer: Viewer, place: str, limits: Limits = LIMITS
    ) -> None:
        self.place = place
        self._service = service
        self._viewer = viewer
        self._executor = Executor(schema, limits)

    async def execute(
        self, query: str, variables: Mapping[str, Any], *, repeatable: bool = False
    ) -> dict[str, Any]:
        """See Api. The repository repeats what it can, so that `repeatable` is of no account."""
        encoded(query, variables)  # As a server would get them.
        operation = Operation(query=query, variables=dict(variables))
        context = Context(service=self._service, viewer=self._viewer)
        answer = await self._executor.answer(operation, context, read_only=False)
        body = msgspec.json.decode(answer.content)
        if errors := body.get("errors"):
            raise failure(errors)
        data: dict[str, Any] = body["data"]
        return data


@asynccontextmanager
async def database_api(
    settings: Settings, identity: str, accounts: Iterable[str] | None
) -> AsyncIterator[DatabaseApi]:
    """Operations on the configured database, initialised. Raises SettingError and Unavailable."""
    with database(settings) as opened:
        if not opened.is_lasting:
            needed = f"{variable('server_url')} or {variable('mongodb_uri')}"
            raise DatabaseRequired(f"{needed} is needed: no mongod was found")
        await make_ready(opened, partial(progress, of=MIGRATED))
        usage = usage_meter(settings, opened.database)
        writable = await _all_accounts(opened.database) if accounts is None else accounts
        use_cases = service(opened.database, settings, usage)
        try:
            yield DatabaseApi(use_cases, _writer(identity, writable), opened.description)
        finally:
            await usage.flush()


async def _all_accounts(opened: Database) -> list[str]:
    return [account async for account in ModelTemplateExportReader(opened).accounts()]


def _writer(identity: str, accounts: Iterable[str]) -> Viewer:
    """A service account that may write in these accounts."""
    return Viewer(
        identity_id=Id(identity),
        identity_type=IdentityType.SERVICE_ACCOUNT,
        accounts=tuple(
            AccountAccess(account_id=Id(account), can_write=True)
            for account in dict.fromkeys(accounts)
        ),
    )
