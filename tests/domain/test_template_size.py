"""The size of new and changed templates; older ones may be larger."""

import json
from typing import Any

import msgspec
import pytest

from app.domain.errors import Invalid, UserErrorCode
from app.domain.markers import Changes
from app.domain.model_template import CreateModelTemplate, ModelTemplate, UpdateModelTemplate
from app.domain.service import ModelTemplateService
from app.domain.validation.template_size import (
    MAX_TEMPLATE_BYTES,
    size_violations,
    template_size,
)
from app.settings import Settings
from app.storage.driver import Database
from app.storage.templates import TEMPLATES, MongoModelTemplateRepository, stored
from app.transfer import record, wire
from app.transfer.record import ModelTemplateRecord
from tests.builders import a_create_command, a_parameter, a_template, a_viewer, seeds

ANN = a_viewer()
ENV = "vendorConfiguration.bundleConfig.env"
SERVER = {"id", "revision", "account_id", "archived_at"} | {
    f"{event}_{what}"
    for event in ("created", "updated")
    for what in ("at", "by_user_id", "by_identity_type")
}
"""The fields of an exported template that clients do not set."""


def with_env(size: int) -> dict[str, Any]:
    """Changes that give a template an environment of some `size` bytes."""
    values = {f"E{number}": "x" * 30_000 for number in range(size // 30_000)}
    return {"vendor_configuration": {"bundle_config": {"env": {**values, "E": "é\x01"}}}}


@pytest.fixture
def service(mongomock: Database) -> ModelTemplateService:
    return ModelTemplateService(MongoModelTemplateRepository(mongomock))


async def older(database: Database, **changes: Any) -> ModelTemplate:
    """A template that an older release has stored."""
    template = a_template(**changes)
    await database[TEMPLATES].insert_one(stored(template))
    return template


def of(invalid: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, tuple[str, ...]]]:
    return [(error.code.name, error.path) for error in invalid.value.errors]


def test_the_default_of_the_setting_is_the_limit() -> None:
    assert Settings().max_template_bytes == MAX_TEMPLATE_BYTES == 262_144


@pytest.mark.parametrize("changes", [{}, {"description": "é\x01\n😀"}, with_env(90_000), *seeds()])
def test_it_is_the_size_of_the_clients_fields_in_an_export(changes: dict[str, Any]) -> None:
    template = a_template(**{**changes, "account_id": "a1"})

    exported = json.loads(record.write(ModelTemplateRecord(template=template)))
    own = {name: value for name, value in exported.items() if name not in SERVER}

    assert template_size(template) == len(msgspec.json.encode(own))


def test_examples_are_far_below_the_limit() -> None:
    made = [wire.read({**seed, "account_id": "a1"}) for seed in seeds()]

    assert max(map(template_size, made)) < MAX_TEMPLATE_BYTES / 20


def test_the_violation_names_the_largest_field() -> None:
    command = a_create_command(**with_env(90_000))
    size = template_size(command)

    (error,) = size_violations(command, size - 1)

    assert size_violations(command, size) == []
    assert (error.code, error.path) == (UserErrorCode.OUT_OF_RANGE, ())
    assert error.message == (
        f"The template must have at most {size - 1:,} bytes as JSON, but has {size:,}: "
        f"{ENV} alone has 90,040."
    )


async def test_new_templates_are_limited_beside_other_rules(service: ModelTemplateService) -> None:
    command = a_create_command(name=" ", **with_env(270_000))

    with pytest.raises(Invalid) as invalid:
        await service.create(ANN, command)
    validation = await service.validate(ANN, command)

    assert of(invalid) == [("REQUIRED", ("name",)), ("OUT_OF_RANGE", ())]
    assert validation.errors == invalid.value.errors
    assert ENV in validation.errors[1].message
    assert await service.create(ANN, a_create_command(**with_env(240_000)))


async def test_the_limit_can_be_set(mongomock: Database) -> None:
    repository = MongoModelTemplateRepository(mongomock)
    strict = ModelTemplateService(repository, max_template_bytes=1_000)

    with pytest.raises(Invalid, match="at most 1,000 bytes"):
        await strict.create(ANN, a_create_command(description="d" * 1_000))
    assert await strict.create(ANN, a_create_command())


async def test_an_older_template_can_shrink_below_the_limit_only(
    service: ModelTemplateService, mongomock: Database
) -> None:
    template = await older(mongomock, **with_env(960_000))

    async def update(**changes: Any) -> ModelTemplate:
        command = UpdateModelTemplate(id=template.id, changes=Changes(changes))
        return await service.update(ANN, command)

    def env(size: int) -> Changes:
        bundle = with_env(size)["vendor_configuration"]["bundle_config"]
        return Changes(bundle_config=Changes(bundle))

    assert await service.find(ANN, template.id) == template
    for changes in ({"description": "new"}, {"vendor_configuration": env(300_000)}):
        with pytest.raises(Invalid) as invalid:
            await update(**changes)
        assert of(invalid) == [("OUT_OF_RANGE", ())]
    assert await update(name=template.name) == template
    assert (await update(vendor_configuration=env(240_000))).revision == 2
    (earlier,) = (await service.list_revisions((await update(name="n")), first=9)).revisions[1:]
    assert earlier.vendor_configuration == template.vendor_configuration


async def test_an_older_template_can_be_archived(
    service: ModelTemplateService, mongomock: Database
) -> None:
    template = await older(mongomock, **with_env(960_000))

    archived = await service.update(ANN, UpdateModelTemplate(id=template.id, archived=True))

    assert archived.is_archived()


def test_parameters_are_named_as_a_whole() -> None:
    parameters = [a_parameter(name=f"P{i}", description="d" * 4_000) for i in range(80)]
    changes = {"model_request_parameters_schema": {"parameters": parameters}}

    (error,) = size_violations(a_create_command(**changes), MAX_TEMPLATE_BYTES)

    assert "modelRequestParametersSchema.parameters alone has 333,591" in error.message


def test_the_largest_input_fits_in_a_body() -> None:
    """Also if every character is escaped, as many clients do."""
    command = a_create_command(description="é" * 20_000, **with_env(60_000))
    text = json.dumps(msgspec.to_builtins(command), separators=(",", ":"))

    assert isinstance(command, CreateModelTemplate)
    assert len(text) < 3 * template_size(command)
    assert 0.8 * Settings().max_body_bytes > 3 * MAX_TEMPLATE_BYTES
