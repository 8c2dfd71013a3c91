"""db: init and status."""

import re

from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository
from tests.builders import a_template
from tests.newer_release import EVERYWHERE, WHOLE
from tests.program import run


def test_db_init_can_be_repeated(environment: dict[str, str]) -> None:
    for _ in range(2):
        assert run(environment, "db", "init").stdout == "indexes and validators are up to date\n"


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
