"""Releases that share a database: the older one leaves alone what the newer one has set up."""

import asyncio
from typing import Any

import pytest

from app import __version__
from app.storage.database_format import FORMAT, FORMATS, KEY, OLDEST, NewerDatabase, join
from app.storage.driver import Database
from app.storage.indexes import initialise
from app.storage.templates import TEMPLATES
from tests.program import run


async def of_release(database: Database, *, oldest: int) -> None:
    """The database, as if a newer release had set it up with a validator of its own."""
    newer = {"format": FORMAT + 1, "oldest": oldest, "release": "9.9.9"}
    await database[FORMATS].update_one(KEY, {"$set": newer})
    await database.command({"collMod": TEMPLATES, "validator": {}})
    await database[TEMPLATES].drop_index("account_terms")


async def state(database: Database) -> Any:
    (options,) = [c async for c in await database.list_collections(filter={"name": TEMPLATES})]
    return options["options"], await database[TEMPLATES].index_information()


async def test_a_database_has_the_format_of_its_release(store: Database) -> None:
    formats = [document async for document in store[FORMATS].find()]

    assert formats == [{**KEY, "format": FORMAT, "oldest": OLDEST, "release": __version__}]


async def test_servers_that_start_at_once_share_a_new_database(mongod: Database) -> None:
    for _ in range(20):
        await mongod[FORMATS].delete_many({})
        await asyncio.gather(*(join(mongod) for _ in range(10)))

    formats = [document async for document in mongod[FORMATS].find()]
    assert formats == [{**KEY, "format": FORMAT, "oldest": OLDEST, "release": __version__}]


async def test_a_compatible_older_release_changes_nothing(mongod: Database) -> None:
    await of_release(mongod, oldest=FORMAT)
    before = await state(mongod)

    await initialise(mongod)

    assert await state(mongod) == before
    assert (await mongod[FORMATS].find_one(KEY) or {})["format"] == FORMAT + 1


async def test_an_incompatible_older_release_does_not_start(mongod: Database) -> None:
    await of_release(mongod, oldest=FORMAT + 1)
    before = await state(mongod)

    with pytest.raises(NewerDatabase, match=r"release 9\.9\.9"):
        await initialise(mongod)

    assert await state(mongod) == before


@pytest.mark.slow
async def test_the_program_says_so_in_one_line(
    mongod: Database, mongod_uri: str, environment: dict[str, str]
) -> None:
    await of_release(mongod, oldest=FORMAT + 1)
    here = {"MONGODB_URI": mongod_uri, "MODEL_TEMPLATES_MONGODB_DATABASE": mongod.name}

    for command in (["serve", "--port", "0"], ["keys", "list"]):
        ended = run({**environment, **here}, *command)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "Traceback" not in ended.stderr
        assert ended.stderr.splitlines(keepends=True)[-1] == (
            f"Error: the database was set up by release 9.9.9, which {__version__} cannot share "
            "it with; run that release or a later one\n"
        )
