"""The mutation type."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from app.domain.cpu_time import off_loop
from app.domain.errors import Invalid
from app.domain.model_template import ModelTemplate
from app.domain.request_facts import current_facts
from app.graphql.types import (
    CreateInput,
    DeleteInput,
    DeleteModelTemplatePayload,
    Info,
    ModelTemplatePayload,
    UpdateInput,
)


class Payload(FieldExtension):
    """Wraps the result of a resolver, or the errors of an Invalid that it raises, in a payload."""

    def __init__(self, payload: type[Any], result: str) -> None:
        self._payload = payload
        self._result = result

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """The payload of the resolver's result or errors."""
        try:
            return self._payload(**{self._result: await next_(source, info, **kwargs)})
        except Invalid as invalid:
            current_facts().fail(invalid.errors[0].code.name)
            return self._payload(errors=list(invalid.errors))


@strawberry.type
class Mutation:
    @strawberry.mutation(
        graphql_type=ModelTemplatePayload,
        extensions=[Payload(ModelTemplatePayload, "model_template")],
        description="Create a template. Nothing is stored if there are errors.",
    )
    async def create_model_template(
        self,
        info: Info,
        input: CreateInput,
    ) -> ModelTemplate:
        command = await off_loop(info.context.is_long, input)
        return await info.context.service.create(info.context.viewer, command)

    @strawberry.mutation(
        graphql_type=ModelTemplatePayload,
        extensions=[Payload(ModelTemplatePayload, "model_template")],
        description="Change a template; its previous state becomes a revision. Nothing is changed "
        "if there are errors. An update that changes nothing adds no revision.",
    )
    async def update_model_template(
        self,
        info: Info,
        input: UpdateInput,
    ) -> ModelTemplate:
        command = await off_loop(info.context.is_long, input)
        return await info.context.service.update(info.context.viewer, command)

    @strawberry.mutation(
        graphql_type=DeleteModelTemplatePayload,
        extensions=[Payload(DeleteModelTemplatePayload, "deleted_id")],
        description="Delete a template with its history.",
    )
    async def delete_model_template(
        self,
        info: Info,
        input: DeleteInput,
    ) -> str:
        return await info.context.service.delete(info.context.viewer, input)
