"""SGP's operations on model templates, on the same use cases as GraphQL's.

The answers have a template's fields as they are stored, in SGP's wire form, and more than SGP
has: clients ignore what they do not know.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from app.domain.access import Id, Viewer
from app.domain.answer_budget import AnswerTooLarge, charge, charged, rewind
from app.domain.cpu_time import off_loop, pause
from app.domain.errors import Invalid, UserErrorCode
from app.domain.fields import compact
from app.domain.json_text import to_json
from app.domain.model_template import (
    CreateModelTemplate,
    DeleteModelTemplate,
    ModelTemplate,
    ModelTemplateSpec,
    UpdateModelTemplate,
)
from app.domain.numbered_pages import DEFAULT_LIMIT, MAX_LIMIT, NumberedPage
from app.domain.service import ModelTemplateService
from app.domain.sgp_input import changes_of, internal_paths, without_nulls
from app.domain.validation.json_schema import UNKNOWN_FIELD, schema_violations, user_error
from app.domain.validation.known_names import checked_with_names
from app.rest.details import Detail, NotFound, Rejected, rejected
from app.rest.user_info import user_info

COST = 10
"""The cost of an operation, in fields of GraphQL. Each template of a list costs one more."""

SKIPPED_PER_UNIT, ACCOUNTS_PER_UNIT = 10_000, 20
"""Templates that a list skips, and accounts that it merges, at the cost of one more."""

FEW = 5
"""The limit that is proposed for a page on which not even the first templates have room."""

DELETED = b'{"success":true,"count":1}'

Charge = Callable[[int], Awaitable[None]]
"""Charges the caller with the cost of an operation, in fields."""


class Call(Struct, frozen=True, kw_only=True):
    """A request for an operation: the caller, the id in its path, the values of its body or query
    string, and whether the client has sent the same request before."""

    viewer: Viewer
    charge: Charge
    id: str = ""
    values: Mapping[str, Any] = {}
    is_long: bool = False
    is_repeated: bool = False


class Operations:
    """The operations. They return JSON, and raise RequestError. What SGP's versions have in common
    is here once."""

    def __init__(self, service: ModelTemplateService) -> None:
        self._service = service

    async def create(self, call: Call) -> bytes:
        """Creates a template. One that the same client has created with the same fields is returned
        if the client repeats its request, because it has got no answer."""
        await call.charge(COST)
        try:
            _refuse_internal(call.values)
            command = await off_loop(call.is_long, _create_command, call.values)
            create = self._service.create_again if call.is_repeated else self._service.create
            return _answer(await create(call.viewer, command))
        except Invalid as invalid:
            raise rejected(invalid) from None

    async def retrieve(self, call: Call) -> bytes:
        """A template, also an archived one."""
        await call.charge(COST)
        template = await self._service.find(call.viewer, call.id)
        if template is None:
            raise NotFound
        return _answer(template)

    async def update(self, call: Call) -> bytes:
        """Sets the fields of the body, also within objects, and keeps all others."""
        await call.charge(COST)
        changes = await off_loop(call.is_long, changes_of, ModelTemplateSpec, call.values)
        try:
            _refuse_internal(call.values)
            command = UpdateModelTemplate(id=Id(call.id), changes=changes)
            return _answer(await self._service.update(call.viewer, command))
        except Invalid as invalid:
            raise rejected(invalid) from None

    async def delete(self, call: Call) -> bytes:
        """Deletes a template with its history."""
        await call.charge(COST)
        try:
            await self._service.delete(call.viewer, DeleteModelTemplate(id=Id(call.id)))
        except Invalid as invalid:
            raise rejected(invalid) from None
        return DELETED

    async def list_page(self, call: Call) -> bytes:
        """A page of templates, with the numbers that clients page by."""
        page, limit = (call.values.get("page", 1), call.values.get("limit", DEFAULT_LIMIT))
        found = await self._found(call, page, limit)
        items = await _items(found, "{} There is room for limit={}.")
        numbers = b'"total_item_count":%d,"current_page":%d,"items_per_page":%d'
        return b'{"items":[%b],%b}' % (items, numbers % (found.total, page, limit))

    async def list_all(self, call: Call) -> bytes:
        """All templates, as an array."""
        found = await self._found(call, 1, MAX_LIMIT)
        if found.total > MAX_LIMIT:
            raise _too_many(f"There are more than {MAX_LIMIT:,} templates. {_BY_PAGE}")
        return b"[%b]" % await _items(found, "{} " + _BY_PAGE)

    async def _found(self, call: Call, page: int, limit: int) -> NumberedPage:
        skipped, accounts = max(page - 1, 0) * limit, len(call.viewer.accounts)
        more = min(skipped // SKIPPED_PER_UNIT, MAX_LIMIT) + accounts // ACCOUNTS_PER_UNIT
        await call.charge(COST + more)
        account = call.values.get("account_id")
        found = await self._service.numbered_page(
            call.viewer, account_id=account, page=page, limit=limit
        )
        await call.charge(len(found.ids))
        return found

    async def user_info(self, call: Call) -> bytes:
        """The caller, and the accounts that it may read."""
        await call.charge(COST)
        return to_json(user_info(call.viewer))


_BY_PAGE = "Ask for them by page, with GET /v4/model-templates."


def _refuse_internal(values: Mapping[str, Any]) -> None:
    """Raises Invalid for fields that only stored documents and exports have."""
    found = internal_paths(CreateModelTemplate, values)
    if errors := [user_error(UserErrorCode.UNKNOWN, path, UNKNOWN_FIELD) for path in found]:
        raise Invalid(errors)


def _create_command(values: Mapping[str, Any]) -> CreateModelTemplate:
    """The command of a body. Raises Invalid with every violation, unless there are none but of
    rules between fields, which the use case finds."""
    given = without_nulls(CreateModelTemplate, values)
    if not any(schema_violations(CreateModelTemplate, given, closed=True)):
        with suppress(msgspec.ValidationError):  # 3.0 is an integer for JSON Schema only.
            return msgspec.convert(given, CreateModelTemplate)
    return checked_with_names(CreateModelTemplate, given)


def _answer(template: ModelTemplate) -> bytes:
    content = _json(template)
    charge(len(content))
    return content


def _json(template: ModelTemplate) -> bytes:
    """As exports write it: newer fields only where they are set."""
    return to_json(compact(template.as_shown()))


async def _items(page: NumberedPage, advice: str) -> bytes:
    """The JSON of the templates on a page, separated by commas. `advice` completes the error if
    they are too large. Raises Rejected, Unavailable or Unreadable."""
    encoded, count, before = list[bytes](), 0, charged()
    try:
        async for templates in page.pieces():
            await pause()
            piece = b",".join(map(_json, templates))
            rewind(before)  # The documents are not kept.
            charge(len(piece))
            before = charged()
            encoded += [piece] if templates else []
            count += len(templates)
    except AnswerTooLarge as error:
        error.forget()
        text = f"The templates take more than {error.limit:,} bytes."
        raise _too_many(advice.format(text, count or FEW)) from None
    return b",".join(encoded)


def _too_many(message: str) -> Rejected:
    return Rejected([Detail(["query", "limit"], message, "too_large")], code="QUERY_TOO_COMPLEX")
