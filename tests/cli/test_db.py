"""db: init, status and purge-revisions."""

import re
from datetime import timedelta
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner

from app.cli.database_commands import db
from app.domain.markers import Changes
from app.domain.model_template import ModelTemplate, UpdateModelTemplate
from app.domain.service import ModelTemplateService
from app.storage import orphaned_histories
from app.storage.driver import Database
from app.storage.history import REVISIONS
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from tests.builders import a_create_command, a_template, a_viewer
from tests.newer_release import EVERYWHERE, WHOLE
from tests.program import run


def test_db_init_can_be_repeated(environment: dict[str, str]) -> None:
    for _ in range(2):
        assert run(environment, "db", "init").stdout == "indexes and validators are up to date\n"


def test_db_init_deletes_the_histories_of_deleted_templates(
    mongod_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphaned_histories, "DOUBT", timedelta(seconds=0.1))
    name = "init_orphans"
    with pymongo.MongoClient[dict[str, Any]](mongod_uri) as client:
        revisions = [{"_id": f"t{n}:1", "template_id": f"t{n}", "revision": 1} for n in range(3)]
        client[name][REVISIONS].insert_many(revisions)
        client[name][TEMPLATES].insert_one({"_id": "t1", "account_id": "a1", "name": "kept"})
        there = {"MONGODB_URI": mongod_uri, "MODEL_TEMPLATES_MONGODB_DATABASE": name}

        first, again = (CliRunner().invoke(db, "init", env=there) for _ in range(2))

        left = [found["_id"] for found in client[name][REVISIONS].find()]
        client.drop_database(name)
    assert (first.exit_code, first.stdout) == (
        0,
        "deleted the histories of 2 templates that no longer exist\n"
        "indexes and validators are up to date\n",
    )
    assert first.stderr == (
        "2 histories without a template: waiting 0 seconds for imports that run\n"
    )
    assert (again.stdout, again.stderr) == ("indexes and validators are up to date\n", "")
    assert left == ["t1:1"]


def test_db_status_shows_what_is_there_and_how_lists_are_read(
    environment: dict[str, str],
) -> None:
    before = run(environment, "db", "status")
    run(environment, "seed")
    after = run(environment, "db", "status")

    assert before.returncode == 1
    assert re.search(r"^  index account_terms +MISSING", before.stdout, re.M)
    assert "python -m app db init" in before.stderr
    assert "MISSING" not in after.stdout
    assert re.search(r"^model_templates +6 documents", after.stdout, re.M)
    assert re.search(r"^  search, one word +IXSCAN account_terms", after.stdout, re.M)
    assert "COLLSCAN" not in after.stdout


async def test_a_database_of_a_newer_release_is_shown_and_indexed(
    environment: dict[str, str], mongod_uri: str, mongod: Database
) -> None:
    await MongoModelTemplateRepository(mongod).insert(a_template(**WHOLE), None)
    await mongod[TEMPLATES].update_many({}, {"$set": EVERYWHERE})
    await mongod[TEMPLATES].drop_indexes()  # Then the listing terms are made again.
    environment["MODEL_TEMPLATES_MONGODB_URI"] = mongod_uri
    environment["MODEL_TEMPLATES_MONGODB_DATABASE"] = mongod.name

    assert run(environment, "db", "init").returncode == 0
    status = run(environment, "db", "status")

    assert (status.returncode, status.stderr) == (0, "")
    assert "all facets" in status.stdout


async def a_history(database: Database) -> ModelTemplate:
    """A template at revision 5, whose first revisions contain a secret."""
    service = ModelTemplateService(MongoModelTemplateRepository(database))
    template = await service.create(a_viewer(), a_create_command(description="hf_secret"))
    for text in ("hf_secret too", "clean", "cleaner", "cleanest"):
        changes = Changes(description=text)
        command = UpdateModelTemplate(id=template.id, changes=changes)
        template = await service.update(a_viewer(), command)
    return template


async def test_revisions_are_purged_after_confirmation(
    environment: dict[str, str], mongod_uri: str, mongod: Database
) -> None:
    template = await a_history(mongod)
    other = await a_history_of_another(mongod)
    environment["MODEL_TEMPLATES_MONGODB_URI"] = mongod_uri
    environment["MODEL_TEMPLATES_MONGODB_DATABASE"] = mongod.name
    purge = ("db", "purge-revisions", "--template", template.id)

    asked = run(environment, *purge)
    partly = run(environment, *purge, "--before", "3", "--yes")
    wholly = run(environment, *purge, "--yes")
    again = run(environment, *purge, "--yes")

    described = (
        f"template echo ({template.id}) of the account a1\n"
        "stays as it is: revision 5, its current state\n"
    )
    plan = "to delete: 4 earlier revisions before 5, of 4\n"
    assert (asked.returncode, asked.stdout) == (2, described + plan)
    assert "confirm with --yes" in asked.stderr
    assert (partly.returncode, partly.stdout) == (
        0,
        f"{described}to delete: 2 earlier revisions before 3, of 4\n"
        "deleted 2 earlier revisions; 2 earlier revisions left\n",
    )
    assert wholly.stdout == (
        f"{described}to delete: 2 earlier revisions before 5, of 2\n"
        "deleted 2 earlier revisions; 0 earlier revisions left\n"
    )
    assert again.stdout.endswith("deleted 0 earlier revisions; 0 earlier revisions left\n")
    dump = [str(document) async for document in mongod[REVISIONS].find()]
    assert len(dump) == 1
    assert f"{other.id}:1" in dump[0]
    assert "hf_secret" not in "".join(dump)
    found = await MongoModelTemplateRepository(mongod).find(template.id, {"a1"})
    assert found == template


async def a_history_of_another(database: Database) -> ModelTemplate:
    service = ModelTemplateService(MongoModelTemplateRepository(database))
    template = await service.create(a_viewer(), a_create_command(name="other"))
    command = UpdateModelTemplate(id=template.id, changes=Changes(description="new"))
    return await service.update(a_viewer(), command)


def test_revisions_of_an_unknown_template_cannot_be_purged(environment: dict[str, str]) -> None:
    done = run(environment, "db", "purge-revisions", "--template", "x", "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: No template has the id x.\n"
