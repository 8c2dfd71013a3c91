"""The changes that make stored templates as files describe them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct

from app.cli.api.client import Api
from app.cli.api.errors import KeyRefused
from app.cli.apply.differences import Difference, differences
from app.cli.apply.existing import Existing, Reader
from app.cli.apply.sources import Key, Source
from app.domain.model_template import ModelTemplateSpec

VIEWER = "query Viewer { viewer { accounts { accountId canWrite } } }"


class Action(Enum):
    """A kind of change to a template."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    UNCHANGED = "unchanged"


class Step(Struct, frozen=True, kw_only=True):
    """The change to one template. A created one has no `existing`, an archived one no
    `source`."""

    action: Action
    key: Key
    source: Source | None = None
    existing: Existing | None = None
    differences: tuple[Difference, ...] = ()


class ChangePlan(Struct, frozen=True):
    """The steps for all templates, in the order of accounts and names."""

    steps: list[Step]

    @property
    def changes(self) -> list[Step]:
        """The steps that write."""
        return [step for step in self.steps if step.action is not Action.UNCHANGED]

    def of(self, *actions: Action) -> list[Step]:
        """The steps with these actions."""
        return [step for step in self.steps if step.action in actions]


async def planned(
    api: Api, sources: Iterable[Source], *, owner: str, prunes: bool, writes: bool
) -> ChangePlan:
    """The plan for these templates. With `prunes`, others of their accounts with this owner are
    archived. Raises KeyRefused if the key cannot read in an account, or write, with `writes`."""
    accounts = defaultdict[str, dict[str, Source]](dict)
    for source in sources:
        account, name = source.key
        accounts[account][name] = source
    await _require_access(api, accounts, writes=writes)
    steps = []
    for account, by_name in sorted(accounts.items()):
        reader = Reader(api, account)
        found = await reader.named(by_name)
        owned = await reader.owned_by(owner) if prunes else []
        steps += [_step(source, found.get(name)) for name, source in by_name.items()]
        steps += _archived(account, (each for each in owned if each.spec.name not in by_name))
    return ChangePlan(sorted(steps, key=lambda step: step.key))


async def _require_access(api: Api, accounts: Iterable[str], *, writes: bool) -> None:
    viewer = (await api.execute(VIEWER, {}))["viewer"]
    may_write = {access["accountId"]: access["canWrite"] for access in viewer["accounts"]}
    for account in sorted(accounts):
        if account not in may_write or (writes and not may_write[account]):
            right = "write" if writes else "read"
            raise KeyRefused(f"{api.place}: the API key may not {right} in the account {account}")


def _step(source: Source, existing: Existing | None) -> Step:
    if existing is None:
        return Step(action=Action.CREATE, key=source.key, source=source)
    found = (*differences_to(source, existing),)
    is_same = existing.spec == wanted(source) and not existing.is_archived
    return Step(
        action=Action.UNCHANGED if is_same else Action.UPDATE,
        key=source.key,
        source=source,
        existing=existing,
        differences=found,
    )


def _archived(account: str, unwanted: Iterable[Existing]) -> Iterator[Step]:
    for existing in unwanted:
        difference = Difference(path=("archived",), old=False, new=True)
        yield Step(
            action=Action.ARCHIVE,
            key=(account, existing.spec.name),
            existing=existing,
            differences=(difference,),
        )


def differences_to(source: Source, existing: Existing) -> Iterator[Difference]:
    """The changes of an update; it also restores an archived template."""
    if existing.is_archived:
        yield Difference(path=("archived",), old=True, new=False)
    yield from differences(existing.spec, wanted(source))


def wanted(source: Source) -> ModelTemplateSpec:
    """The fields of the template that clients set, as the API shows them."""
    return spec_of(source).as_shown()


def spec_of(source: Source) -> ModelTemplateSpec:
    """The fields of the template that clients set, without those of the command."""
    names = ModelTemplateSpec.__struct_fields__
    return ModelTemplateSpec(**{name: getattr(source.command, name) for name in names})
