"""Writing."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from strawberry.extensions import FieldExtension

from app.api.types import CreateModelTemplateInput, Info, ModelTemplatePayload
from app.domain.errors import Invalid
from app.domain.model_template import CreateModelTemplate, ModelTemplate


class Payload(FieldExtension):
    """A resolver returns a template; the caller gets it, or the reasons that there is none."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[ModelTemplate]], source: Any, info: Info, **kwargs: Any
    ) -> ModelTemplatePayload:
        try:
            return ModelTemplatePayload(model_template=await next_(source, info, **kwargs))
        except Invalid as invalid:
            return ModelTemplatePayload(errors=list(invalid.errors))


@strawberry.type
class Mutation:
    @strawberry.mutation(
        graphql_type=ModelTemplatePayload,
        extensions=[Payload()],
        description="Store a new template. Nothing is stored when there are errors.",
    )
    async def create_model_template(
        self,
        info: Info,
        input: Annotated[
            CreateModelTemplate, strawberry.argument(graphql_type=CreateModelTemplateInput)
        ],
    ) -> ModelTemplate:
        return await info.context.service.create(info.context.viewer, input)
