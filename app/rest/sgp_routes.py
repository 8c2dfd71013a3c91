"""SGP's routes: which operation answers which method at which path."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from app.rest.operations import Call, Operations

V3, V4 = "/v3/", "/v4/"
USER_INFO = "/user-info"
PREFIXES = (V3, V4)
COLLECTION = "model-templates"

Run = Callable[[Operations, Call], Awaitable[bytes]]


class SgpOperation(Struct, frozen=True, kw_only=True):
    """An operation as clients call it: its name there, its method, and the paths that it has."""

    name: str
    method: str
    path: str
    """As in OpenAPI: with `{model_template_id}`, if it has one."""
    run: Run
    parameters: tuple[str, ...] = ()
    """The names of the parameters of the query string."""
    takes_body: bool = False
    writes: bool = False

    @property
    def is_v3(self) -> bool:
        """Whether SGP's older client calls it."""
        return not self.path.startswith(V4)


def _operations(version: str, prefix: str, listing: SgpOperation) -> list[SgpOperation]:
    templates = f"{version}{COLLECTION}"
    one = f"{templates}/{{model_template_id}}"
    return [
        SgpOperation(
            name=f"{prefix}.create",
            method="POST",
            path=templates,
            run=Operations.create,
            takes_body=True,
            writes=True,
        ),
        listing,
        SgpOperation(name=f"{prefix}.retrieve", method="GET", path=one, run=Operations.retrieve),
        SgpOperation(
            name=f"{prefix}.delete", method="DELETE", path=one, run=Operations.delete, writes=True
        ),
    ]


NAME, NAME_V3 = "model_templates", "v3.model_templates"
"""The beginning of operations' names: that of the attribute of SGP's client."""

OPERATIONS = (
    *_operations(
        V4,
        NAME,
        SgpOperation(
            name=f"{NAME}.list",
            method="GET",
            path=f"{V4}{COLLECTION}",
            run=Operations.list_page,
            parameters=("page", "limit", "account_id"),
        ),
    ),
    *_operations(
        V3,
        NAME_V3,
        SgpOperation(
            name=f"{NAME_V3}.list",
            method="GET",
            path=f"{V3}{COLLECTION}",
            run=Operations.list_all,
            parameters=("account_id",),
        ),
    ),
    SgpOperation(
        name=f"{NAME_V3}.update",
        method="PATCH",
        path=f"{V3}{COLLECTION}/{{model_template_id}}",
        run=Operations.update,
        takes_body=True,
        writes=True,
    ),
    SgpOperation(name="user_info", method="GET", path=USER_INFO, run=Operations.user_info),
)


def _by_path() -> dict[str, dict[str, SgpOperation]]:
    found: dict[str, dict[str, SgpOperation]] = {}
    for operation in OPERATIONS:
        key = operation.path.partition("{")[0]
        found.setdefault(key, {})[operation.method] = operation
    return found


_BY_PATH = _by_path()
"""The operations at a path, or at one that begins so if it ends with a slash, by method."""

_PARENTS = tuple(path for path in _BY_PATH if path.endswith("/"))


def is_sgp_path(path: str) -> bool:
    """Whether responses at the path have SGP's form."""
    return path.startswith(PREFIXES) or path == USER_INFO


def operations_at(path: str) -> tuple[Mapping[str, SgpOperation], str]:
    """The operations at a path by method, none for an unknown one, and the id that ends it."""
    for parent in _PARENTS:
        if path.startswith(parent) and len(path) > len(parent):
            return _BY_PATH[parent], path[len(parent) :]
    if path in _PARENTS:
        return {}, ""
    return _BY_PATH.get(path, {}), ""
