"""Stored templates become as files describe them: planned, written, and not written again."""

import pytest
from msgspec.structs import replace

from app.cli.api.errors import KeyRefused
from app.cli.apply.change_plan import Action, planned
from app.cli.apply.report import plan_lines
from app.cli.apply.sources import OWNER_LABEL
from app.domain.model_template import ModelTemplate
from app.domain.vendor_configuration import ModelEndpointType
from tests.apply.applied import Repository, outcomes
from tests.builders import a_parameter, a_viewer, a_wire_template, seeds, with_parameters


async def test_what_is_missing_is_created_and_then_left_alone(repository: Repository) -> None:
    for seed in seeds():
        repository.write_yaml(f"{seed['name']}.yaml", {**seed, "account_id": "a1"})
    repository.write(echo={"labels": {"team": "ml"}})
    first = await repository.apply()
    stored = await repository.stored()
    repository.api.operations.clear()

    again = await repository.apply()

    names = {*[seed["name"] for seed in seeds()], "echo"}
    assert first == dict.fromkeys(sorted(names), "created")
    assert again == dict.fromkeys(sorted(names), "unchanged")
    assert await repository.stored() == stored
    assert stored["echo"].labels == {"team": "ml", OWNER_LABEL: "apply"}
    assert {template.labels[OWNER_LABEL] for template in stored.values()} == {"apply"}
    assert repository.api.operations == ["Viewer", "Existing"]


CONFIGURATION = {"endpoint_config": {"gpus": 1, "gpu_type": "nvidia-tesla-t4", "cpus": 9}}
FULL = {
    "description": "Old.",
    "labels": {"team": "ml", "stage": "test"},
    "endpoint_protocol": "VLLM",
    "vendor_configuration": {
        **CONFIGURATION,
        "bundle_config": {"env": {"A": "1", "HF_TOKEN": "hf_1"}},
        "fine_tuning_job_bundle_config": {"registry": "r", "image": "i", "tag": "1"},
    },
    **with_parameters(
        a_parameter(name="A", type="int", default=1, minimum=0),
        a_parameter(name="B", secret=True),
        a_parameter(name="C"),
    ),
}


async def test_an_update_resets_what_the_file_no_longer_has(repository: Repository) -> None:
    repository.write(echo=FULL, other={})
    await repository.apply()
    repository.write(
        echo={
            "labels": {"team": "ml"},
            "endpoint_type": "SYNC",
            "vendor_configuration": {
                "endpoint_config": {"min_workers": 1},
                "bundle_config": {"env": {"B": "2", "HF_TOKEN": "hf_2"}},
            },
            **with_parameters(
                a_parameter(name="B", secret=True, default="hunter2"),
                a_parameter(name="A", type="int", default=2),
            ),
        }
    )

    plan = await repository.plan()
    results = await repository.carry_out(plan)
    again = await repository.apply()

    job = "vendor_configuration.fine_tuning_job_bundle_config"
    endpoint, bundle = "vendor_configuration.endpoint_config", "vendor_configuration.bundle_config"
    parameters = "model_creation_parameters_schema.parameters"
    assert [*plan_lines(plan, shows_unchanged=True)] == [
        f"~ a1/echo ({repository.directory}/echo.json)",
        '    description: "Old." → (none)',
        '    labels.stage: "test" → (none)',
        '    endpoint_type: "ASYNC" → "SYNC"',
        '    endpoint_protocol: "VLLM" → (none)',
        f'    {bundle}.env.A: "1" → (none)',
        f'    {bundle}.env.B: (none) → "2"',
        f"    {bundle}.env.HF_TOKEN: (a secret, not shown)",
        f"    {endpoint}.cpus: 9 → 3",
        f"    {endpoint}.gpus: 1 → 0",
        f'    {endpoint}.gpu_type: "nvidia-tesla-t4" → (none)',
        f'    {endpoint}.endpoint_type: "ASYNC" → "SYNC"',
        f"    {endpoint}.min_workers: 0 → 1",
        f'    {job}.registry: "r" → (none)',
        f'    {job}.image: "i" → (none)',
        f'    {job}.tag: "1" → (none)',
        f"    {job}.command: [] → (none)",
        f'    {job}.mount_location: "/workspace/launch_specific/config.json" → (none)',
        f"    {job}.resources.cpus: 3 → (none)",
        f'    {job}.resources.memory: "8Gi" → (none)',
        f'    {job}.resources.storage: "16Gi" → (none)',
        f"    {job}.resources.gpus: 0 → (none)",
        f"    {parameters}.A.default: 1 → 2",
        f"    {parameters}.A.minimum: 0.0 → (none)",
        f"    {parameters}.B.default: (a secret, not shown)",
        f'    {parameters}.C.type: "str" → (none)',
        f'    {parameters}.C.description: "" → (none)',
        f"    {parameters}.C.required: false → (none)",
        f"    {parameters}.C.secret: false → (none)",
        f"    {parameters}.C.advanced: false → (none)",
        f'    {parameters}.(order): ["A","B"] → ["B","A"]',
        f"= a1/other ({repository.directory}/other.json)",
        "Plan: 0 to create, 1 to update, 0 to archive, 1 unchanged.",
    ]
    assert outcomes(results) == {"echo": "updated", "other": "unchanged"}
    assert again == {"echo": "unchanged", "other": "unchanged"}
    stored = (await repository.stored())["echo"]
    source = repository.read(str(repository.directory / "echo.json")).sources[0]
    wanted = source.command.as_given()
    assert stored == replace(
        ModelTemplate.create(
            wanted, id=stored.id, identity=a_viewer().identity(), at=stored.created_at
        ),
        revision=2,
        updated_at=stored.updated_at,
    )


async def test_only_with_prune_templates_without_a_file_are_archived(
    repository: Repository,
) -> None:
    repository.write(kept={}, dropped={})
    await repository.apply()
    repository.write(theirs={}, kept={}, dropped=None)
    await repository.apply(owner="theirs")  # Takes over `kept` as well.
    repository.write(theirs=None)
    by_hand = {"labels": {"team": "ml"}}
    await repository.changed("theirs", **by_hand)
    without = await repository.apply()

    plan = await repository.plan(prune=True)
    results = await repository.carry_out(plan)
    again = await repository.apply(prune=True)

    assert without == {"kept": "updated"}
    assert outcomes(results) == {"dropped": "archived", "kept": "unchanged"}
    assert [*plan_lines(plan, shows_unchanged=False)] == [
        "- a1/dropped (no file: archived)",
        "Plan: 0 to create, 0 to update, 1 to archive, 1 unchanged.",
    ]
    assert again == {"kept": "unchanged"}
    stored = await repository.stored()
    archived = {name: template.is_archived() for name, template in stored.items()}
    assert archived == {"kept": False, "dropped": True, "theirs": False}


async def test_a_template_that_has_a_file_is_restored(repository: Repository) -> None:
    repository.write(echo={})
    await repository.apply()
    await repository.changed("echo", archived=True)

    plan = await repository.plan()

    assert [*plan_lines(plan, shows_unchanged=False)][1] == "    archived: true → false"
    assert outcomes(await repository.carry_out(plan)) == {"echo": "updated"}
    assert not (await repository.stored())["echo"].is_archived()
    assert await repository.apply() == {"echo": "unchanged"}


async def test_each_account_is_planned_with_its_own_templates(repository: Repository) -> None:
    repository.write_yaml("a.yaml", a_wire_template(), a_wire_template(account_id="a2"))

    assert await repository.apply() == {"echo": "created"}

    plan = await repository.plan(prune=True)
    assert [step.key for step in plan.steps] == [("a1", "echo"), ("a2", "echo")]
    assert plan.changes == []


@pytest.mark.parametrize(
    ("account", "writes", "said"),
    [
        ("a3", True, "here: the API key may not write in the account a3"),
        ("a9", False, "here: the API key may not read in the account a9"),
    ],
)
async def test_a_key_without_the_right_is_refused_before_anything_is_written(
    repository: Repository, account: str, writes: bool, said: str
) -> None:
    repository.write(mine={}, theirs={"account_id": account})
    sources = repository.read().sources

    with pytest.raises(KeyRefused, match=f"^{said}$"):
        await planned(repository.api, sources, owner="apply", prunes=False, writes=writes)


async def test_a_key_that_may_only_read_is_enough_to_see_the_plan(repository: Repository) -> None:
    repository.write(echo={"account_id": "a3"})
    sources = repository.read().sources

    plan = await planned(repository.api, sources, owner="apply", prunes=True, writes=False)

    assert [step.action.value for step in plan.steps] == ["create"]


@pytest.mark.parametrize("given", [{}, {"endpoint_type": "ASYNC"}])
async def test_an_endpoints_type_follows_that_of_the_template_unless_its_file_gives_it(
    repository: Repository, given: dict[str, str]
) -> None:
    endpoint = {"endpoint_config": given}
    repository.write(echo={"endpoint_type": "ASYNC", "vendor_configuration": endpoint})
    await repository.apply()
    repository.write(echo={"endpoint_type": "STREAMING", "vendor_configuration": endpoint})
    await repository.apply()

    (step,) = (await repository.plan()).steps
    assert step.action is Action.UNCHANGED
    assert step.existing is not None
    kind = step.existing.spec.vendor_configuration.endpoint_config.endpoint_type
    assert kind is ModelEndpointType("ASYNC" if given else "STREAMING")
