"""Files in a directory, applied to a database in memory."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from app.cli.api.database_api import LIMITS, DatabaseApi
from app.cli.apply.change_plan import ChangePlan, planned
from app.cli.apply.sources import Files, read_files
from app.cli.apply.writes import Result, Writer
from app.domain.model_template import ModelTemplate
from app.domain.validation.template_size import MAX_TEMPLATE_BYTES
from app.graphql.limits.limits import Limits
from app.main import service
from app.settings import Settings
from app.storage.codec import from_document
from app.storage.driver import Database
from app.storage.templates import TEMPLATES
from tests.builders import a_viewer, a_wire_template

DEFAULTS = Settings()


UPDATE = """mutation Other($input: UpdateModelTemplateInput!) {
  updateModelTemplate(input: $input) { modelTemplate { revision } errors { message } }
}"""
DELETE = """mutation Other($input: DeleteModelTemplateInput!) {
  deleteModelTemplate(input: $input) { deletedId errors { message } }
}"""


class Asked:
    """The API of the database, which remembers the names of the operations that it executes."""

    def __init__(
        self, database: Database, settings: Settings = DEFAULTS, limits: Limits = LIMITS
    ) -> None:
        viewer = a_viewer(a1="write", a2="write", a3="read")
        self._api = DatabaseApi(service(database, settings), viewer, "here", limits)
        self.place = "here"
        self.operations: list[str] = []

    async def execute(
        self, query: str, variables: Mapping[str, Any], *, repeatable: bool = False
    ) -> dict[str, Any]:
        self.operations.append(query.replace("(", " ").split()[1])
        return await self._api.execute(query, variables, repeatable=repeatable)


class Repository:
    """A directory of files, and the database that they are applied to."""

    def __init__(self, directory: Path, database: Database) -> None:
        self.directory = directory
        self.database = database
        self.api = Asked(database)

    def write(self, **templates: dict[str, Any] | None) -> None:
        """Write a file for each template, with the changes of MINIMAL; None deletes it."""
        for name, changes in templates.items():
            file = self.directory / f"{name}.json"
            if changes is None:
                file.unlink()
            else:
                file.write_text(json.dumps(a_wire_template(name=name, **changes)))

    def write_yaml(self, name: str, *documents: Any) -> None:
        (self.directory / name).write_text(yaml.safe_dump_all(documents))

    def read(self, *paths: str, account: str | None = None, owner: str = "apply") -> Files:
        given = paths or (str(self.directory),)
        return read_files(given, account=account, owner=owner, max_bytes=MAX_TEMPLATE_BYTES)

    async def plan(
        self, *, owner: str = "apply", prune: bool = False, account: str | None = None
    ) -> ChangePlan:
        files = self.read(owner=owner, account=account)
        assert not files.errors
        return await planned(self.api, files.sources, owner=owner, prunes=prune, writes=True)

    async def carry_out(self, plan: ChangePlan) -> list[Result]:
        writer = Writer(self.api, lambda _: None)
        await writer.write(plan)
        return sorted(writer.results, key=lambda result: result.step.key)

    async def apply(self, **options: Any) -> dict[str, str]:
        """The outcome of each template by name."""
        return outcomes(await self.carry_out(await self.plan(**options)))

    async def stored(self) -> dict[str, ModelTemplate]:
        """The stored templates by name."""
        documents = await self.database[TEMPLATES].find().to_list(None)
        templates = [from_document(document, ModelTemplate) for document in documents]
        return {template.name: template for template in templates}

    async def changed(self, which: str, **changes: Any) -> None:
        """Somebody else changes a template."""
        template = (await self.stored())[which]
        answer = await self.api.execute(UPDATE, {"input": {"id": template.id, **changes}})
        assert answer["updateModelTemplate"]["errors"] == []

    async def deleted(self, which: str) -> None:
        """Somebody else deletes a template."""
        template = (await self.stored())[which]
        answer = await self.api.execute(DELETE, {"input": {"id": template.id}})
        assert answer["deleteModelTemplate"]["errors"] == []


def outcomes(results: list[Result]) -> dict[str, str]:
    """The outcome of each template by name."""
    return {result.step.key[1]: result.outcome.value for result in results}
