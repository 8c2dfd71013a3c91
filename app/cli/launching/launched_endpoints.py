"""The endpoints in Launch that were launched from templates."""

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct

from app.cli.api.client import Api
from app.cli.launching.template_lookup import IDENTITY, FoundTemplate, convert_template
from app.domain.characters import escaped
from app.launch.answers import LaunchEndpoint
from app.launch.launch_client import LaunchClient
from app.launch.provenance import EndpointProvenance, endpoint_provenance

AT_ONCE = 10
"""Templates that one query asks for."""


class Launched(Struct, frozen=True, kw_only=True):
    """An endpoint, the template that it was launched from, and the revision that it runs.

    `current` is the template's own revision, and `behind` the difference; both are None for a
    template that does not exist or that the caller may not read."""

    endpoint: str
    endpoint_id: str
    template: str
    template_id: str
    revision: int
    current: int | None
    behind: int | None
    state: str
    reason: str | None

    def is_of(self, template: str) -> bool:
        """Whether it was launched from the template with this id, or account and name."""
        return template in (self.template, self.template_id)

    def cells(self) -> tuple[str, ...]:
        """The endpoint as a row of a table."""
        state = f"{self.state} ({self.reason})" if self.reason else self.state
        lag = "unknown template" if self.behind is None else _lag(self.behind)
        return (*map(escaped, (self.endpoint, f"{self.template}@{self.revision}", lag, state)),)


def _lag(behind: int) -> str:
    return "current" if behind <= 0 else f"{behind} behind"


async def launched_endpoints(client: LaunchClient, api: Api) -> list[Launched]:
    """All of them, by name. Raises LaunchError and CommandError."""
    found = await client.endpoints(None, "alphabetical")
    ours = [(each, origin) for each in found if (origin := endpoint_provenance(each)) is not None]
    ids = dict.fromkeys(origin.template_id for _, origin in ours)
    templates = await _templates(api, ids)
    launched = [_launched(each, origin, templates.get(origin.template_id)) for each, origin in ours]
    return sorted(launched, key=lambda each: each.endpoint)


def _launched(
    endpoint: LaunchEndpoint, origin: EndpointProvenance, template: FoundTemplate | None
) -> Launched:
    return Launched(
        endpoint=endpoint.name,
        endpoint_id=endpoint.id,
        template=f"{template.account_id}/{template.name}" if template else origin.template,
        template_id=origin.template_id,
        revision=origin.template_revision,
        current=template.revision if template else None,
        behind=template.revision - origin.template_revision if template else None,
        state=endpoint.status,
        reason=endpoint.status_reason,
    )


async def _templates(api: Api, ids: Iterable[str]) -> dict[str, FoundTemplate]:
    """Those that exist, by id."""
    found: dict[str, FoundTemplate] = {}
    for some in _batches(ids):
        variables = {f"id{number}": id for number, id in enumerate(some)}
        declared = ", ".join(f"${name}: ID!" for name in variables)
        fields = " ".join(
            f"t{name}: modelTemplate(id: ${name}) {{ {IDENTITY} }}" for name in variables
        )
        data = await api.execute(f"query Launched({declared}) {{ {fields} }}", variables)
        found |= {each["id"]: convert_template(each) for each in data.values() if each}
    return found


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while some := [*islice(left, AT_ONCE)]:
        yield some
