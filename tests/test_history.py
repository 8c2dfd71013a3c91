"""Concurrent updates and a crash during an update, on each store."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from app.domain.access import Id
from app.domain.errors import Invalid
from app.domain.markers import Changes
from app.domain.model_template import ModelTemplate, UpdateModelTemplate
from app.domain.service import ModelTemplateService
from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_create_command, a_viewer


def a_service(database: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(database))


def a_change(
    template: ModelTemplate, description: str, *, at: int | None = None
) -> UpdateModelTemplate:
    changes = Changes(description=description)
    return UpdateModelTemplate(id=template.id, expected_revision=at, changes=changes)


async def states(service: ModelTemplateService, id: Id) -> list[tuple[int, str | None]]:
    """Revision and description of every state, newest first."""
    template = await service.find(a_viewer(), id)
    assert template is not None
    history = await service.list_revisions(template, first=100)
    return [(state.revision, state.description) for state in (template, *history.revisions)]


async def test_of_20_updates_of_one_revision_one_wins(store: Database) -> None:
    service = a_service(store)
    template = await service.create(a_viewer(), a_create_command())

    outcomes = await asyncio.gather(
        *(service.update(a_viewer(), a_change(template, str(n), at=1)) for n in range(20)),
        return_exceptions=True,
    )

    won = [outcome for outcome in outcomes if isinstance(outcome, ModelTemplate)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, Invalid)]
    assert (len(won), len(lost)) == (1, 19)
    assert {error.code.name for outcome in lost for error in outcome.errors} == {"STALE"}
    assert await states(service, template.id) == [(2, won[0].description), (1, None)]


@pytest.mark.slow
async def test_20_updates_at_once_are_all_made_one_after_the_other(store: Database) -> None:
    service = a_service(store)
    template = await service.create(a_viewer(), a_create_command())

    made = await asyncio.gather(
        *(service.update(a_viewer(), a_change(template, str(n))) for n in range(20))
    )

    by_revision = {state.revision: state.description for state in made}
    assert sorted(by_revision) == list(range(2, 22))
    assert sorted(map(int, filter(None, by_revision.values()))) == list(range(20))
    assert await states(service, template.id) == [
        *((revision, by_revision[revision]) for revision in range(21, 1, -1)),
        (1, None),
    ]


DIE = """
import asyncio, os, signal, sys
from app.domain.model_template import UpdateModelTemplate
from app.domain.markers import Changes
from app.domain.service import ModelTemplateService
from app.storage.driver import connect
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_viewer

async def main(uri, database, id):
    repository = MongoModelTemplateRepository(connect(uri, database))
    class Deadly:
        def __getattr__(self, name):
            if name == "update_one":
                os.kill(os.getpid(), signal.SIGKILL)
            return getattr(templates, name)
    templates, repository._templates = repository._templates, Deadly()
    change = UpdateModelTemplate(id=id, changes=Changes(description="never"))
    await ModelTemplateService(repository).update(a_viewer(), change)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
async def test_a_crash_between_the_steps_of_an_update_does_no_harm(
    mongod: Database, mongod_uri: str
) -> None:
    service = a_service(mongod)
    template = await service.create(a_viewer(), a_create_command(description="one"))
    template = await service.update(a_viewer(), a_change(template, "two"))

    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DIE, mongod_uri, mongod.name, template.id],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )

    assert killed.returncode == -signal.SIGKILL
    assert await mongod[REVISIONS].count_documents({}) == 2  # The first step was made.
    assert await service.find(a_viewer(), template.id) == template
    assert await states(service, template.id) == [(2, "two"), (1, "one")]
    assert await service.find_revision(template, 2) is None

    await service.update(a_viewer(), a_change(template, "three", at=2))

    assert await states(service, template.id) == [(3, "three"), (2, "two"), (1, "one")]
    assert await mongod[REVISIONS].count_documents({}) == 2
