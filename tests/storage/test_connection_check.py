"""A database that a command cannot use is named with the reason, and without secrets."""

from collections.abc import Iterator
from typing import Any

import pymongo
import pytest

from app.domain.errors import Unavailable
from app.opened_database import database, reach
from app.settings import Settings
from tests.mongod import Mongod

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """A mongod that requires users, and has ann, who may do nothing."""
    mongod = Mongod(tmp_path_factory.mktemp("guarded"), "--auth")
    mongod.start()
    try:
        with pymongo.MongoClient[dict[str, Any]](mongod.uri) as client:
            roles = ["userAdminAnyDatabase"]
            client.admin.command("createUser", "admin", pwd="p", roles=roles)
        with pymongo.MongoClient[dict[str, Any]](
            mongod.uri, username="admin", password="p"
        ) as client:
            client.admin.command("createUser", "ann b", pwd="secret", roles=[])
        yield mongod
    finally:
        mongod.kill()


async def reason(uri: str) -> str:
    with database(Settings(mongodb_uri=uri)) as opened, pytest.raises(Unavailable) as raised:
        await reach(opened)
    message = str(raised.value)
    assert "secret" not in message
    return message.removeprefix("The database is not available: ")


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        (
            "mongodb://ann%20b:secret2@{host}/",
            "{host} rejects the user ann b: a wrong password, user or authSource",
        ),
        ("mongodb://{host}/", "{host} requires a user: mongodb://USER:PASSWORD@{host}"),
        ("mongodb://ann%20b:secret@{host}/", "{host} does not permit this to the user ann b"),
        (
            "mongodb://ann:secret@{host}/?replicaSet=rs7&appname=x",
            "{host} has no member of the replica set rs7",
        ),
        (
            "mongodb://ann:secret@{host}/?tls=true",
            "{host} does not complete a TLS handshake: does it use TLS?",
        ),
        ("mongodb://%2Ftmp%2Fnone.sock", "/tmp/none.sock is a socket that does not exist"),
    ],
)
async def test_the_reason_names_the_host(guarded: Mongod, uri: str, said: str) -> None:
    host = f"127.0.0.1:{guarded.port}"

    assert await reason(uri.format(host=host)) == said.format(host=host)
