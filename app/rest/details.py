"""Errors in SGP's form: `{"detail": [{"loc", "msg", "type"}]}`. SGP's older client, which speaks
v3, can print only a `detail` that is a text."""

from collections.abc import Iterable

from msgspec import Struct

from app.domain.errors import BadUserInput, Invalid, RequestError, UserError, UserErrorCode
from app.domain.json_text import to_json
from app.domain.model_template import CreateModelTemplate
from app.domain.sgp_input import stored_message, stored_path

NOTHING_HERE = "No template has this id, or there is no such route."
"""The message of every 404: callers learn nothing about templates that they may not read."""

SHOULD_RETRY = "x-should-retry"
"""The header by which SGP's client knows whether to send a request again."""

_TYPES = {UserErrorCode.REQUIRED: "missing", UserErrorCode.UNKNOWN: "extra_forbidden"}
"""The types of violations that have another name in SGP's form."""

_LOCATIONS = {"UNAUTHENTICATED": ["header", "x-api-key"]}


class Detail(Struct, frozen=True):
    """One thing that is wrong with a request: where, why, and the kind of the violation."""

    loc: list[str | int]
    msg: str
    type: str


class Rejected(RequestError):
    """The request is not carried out; the response has `status` and `headers`. Its code, for logs
    and metrics, is that of the first violation."""

    code = "BAD_USER_INPUT"

    def __init__(self, details: Iterable[Detail], status: int = 422, code: str = "") -> None:
        self.details = [*details]
        self.status = status
        self.code = code or self.details[0].type.upper()
        self.headers = {SHOULD_RETRY: "false"} if status == 409 else {}
        super().__init__("; ".join(detail.msg for detail in self.details))


class NotFound(Rejected):
    """There is nothing at the path."""

    def __init__(self) -> None:
        super().__init__([Detail(["path"], NOTHING_HERE, "not_found")], 404)


def rejected(invalid: Invalid) -> Rejected:
    """The error for a body that violates rules, or that contradicts what is stored."""
    errors = invalid.errors
    if {error.code for error in errors} == {UserErrorCode.NOT_FOUND}:
        return NotFound()
    status = 409 if all(map(_is_conflict, errors)) else 422
    return Rejected(map(_detail, errors), status, errors[0].code.name)


def details_of(error: RequestError) -> list[Detail]:
    """The details of a request that failed as a whole."""
    if isinstance(error, Rejected):
        return error.details
    kind = error.code.lower()
    if isinstance(error, BadUserInput):
        message = str(error).removeprefix(f"{error.argument}: ")
        return [Detail(["query", error.argument], f"{error.argument} {message}.", kind)]
    return [Detail([*_LOCATIONS.get(error.code, [])], str(error), kind)]


def error_body(details: list[Detail], *, as_text: bool) -> bytes:
    """The body of a response with errors; `as_text` for v3."""
    if as_text:
        return to_json({"detail": " ".join(map(_sentence, details))})
    return to_json({"detail": details})


def _sentence(detail: Detail) -> str:
    """The message, after the path if that says more than the message does."""
    path = ".".join(map(str, detail.loc[1:]))
    return f"{path}: {detail.msg}" if "." in path else detail.msg


def _detail(error: UserError) -> Detail:
    path = stored_path(CreateModelTemplate, error)
    kind = _TYPES.get(error.code, error.code.name.lower())
    return Detail(["body", *path], stored_message(CreateModelTemplate, error), kind)


def _is_conflict(error: UserError) -> bool:
    """Whether another template is in the way, or another state of the same one."""
    is_taken = error.code is UserErrorCode.DUPLICATE and len(error.path) == 1
    return is_taken or error.code is UserErrorCode.STALE
