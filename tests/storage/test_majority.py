"""What a primary without a majority says: nothing that a failover could take back."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.domain.errors import Invalid, Unavailable
from app.domain.markers import Changes
from app.domain.model_template import DeleteModelTemplate, ModelTemplate, UpdateModelTemplate
from app.domain.service import ModelTemplateService
from app.storage.driver import Database, connect
from app.storage.indexes import initialise
from app.storage.templates import MongoModelTemplateRepository
from tests.builders import a_create_command, a_viewer
from tests.replica_set import ReplicaSet, replica_set

pytestmark = pytest.mark.slow

ANN = a_viewer()
NO_ELECTION_SECONDS = 120


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    """Its primary does not step down by itself while a test runs."""
    directory = tmp_path_factory.mktemp("majority")
    with replica_set(directory, NO_ELECTION_SECONDS) as members:
        yield members


@pytest.fixture
async def database(members: ReplicaSet, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = connect(members.uri, request.node.name[:60])
    await initialise(database)
    yield database
    database.client.close()


@pytest.fixture
def service(database: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(database))


class Isolated:
    """A primary whose secondaries are dead; at the end it dies too, and they come back first, so
    that what only the primary had is lost."""

    def __init__(self, members: ReplicaSet) -> None:
        self._members = members
        self._primary = members.primary()
        self._secondaries = members.secondaries()

    def __enter__(self) -> "Isolated":
        for secondary in self._secondaries:
            secondary.kill()
        return self

    def __exit__(self, *_: object) -> None:
        self._primary.kill()
        for secondary in self._secondaries:
            secondary.start()
        self._members.step_up(self._secondaries[0])
        self._members.primary()
        self._primary.start()


def an_update(template: ModelTemplate, at: int | None = None) -> UpdateModelTemplate:
    changes = Changes({"description": "changed"})
    return UpdateModelTemplate(id=template.id, expected_revision=at, changes=changes)


async def test_a_create_without_a_majority_is_never_acknowledged(
    members: ReplicaSet, service: ModelTemplateService
) -> None:
    create = a_create_command(request_id="r1")
    other = a_create_command(name=create.name)
    with Isolated(members):
        for command in (create, create, other):
            with pytest.raises(Unavailable):
                await service.create(ANN, command)

    made = await service.create(ANN, create)
    assert await service.find(ANN, made.id) == made


@pytest.mark.parametrize("expected", [1, None])
async def test_an_update_without_a_majority_is_never_acknowledged(
    members: ReplicaSet, service: ModelTemplateService, expected: int | None
) -> None:
    template = await service.create(ANN, a_create_command())
    with Isolated(members):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await service.update(ANN, an_update(template, expected))
        assert await service.find(ANN, template.id) == template

    assert await service.find(ANN, template.id) == template
    assert (await service.update(ANN, an_update(template, 1))).revision == 2
    with pytest.raises(Invalid):
        await service.update(ANN, an_update(template, 1))


async def test_a_delete_without_a_majority_is_never_acknowledged(
    members: ReplicaSet, service: ModelTemplateService
) -> None:
    template = await service.create(ANN, a_create_command())
    with Isolated(members):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await service.delete(ANN, DeleteModelTemplate(id=template.id))
        assert await service.find(ANN, template.id) == template

    assert await service.delete(ANN, DeleteModelTemplate(id=template.id)) == template.id
    assert await service.find(ANN, template.id) is None
