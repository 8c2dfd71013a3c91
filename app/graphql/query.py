"""The query type."""

from typing import Annotated

import strawberry
from graphql import GraphQLError

from app.domain.access import Viewer as Caller
from app.domain.cpu_time import off_loop
from app.domain.facets import ModelTemplateFacets as Facets
from app.domain.filter import ModelTemplateFilter
from app.domain.model_template import ModelTemplate as Entity
from app.domain.model_template import ModelTemplateRevision as Revision
from app.domain.pagination import ModelTemplateOrder
from app.domain.service import ModelTemplateValidation as Validation
from app.graphql.types import (
    CreateInput,
    FilterInput,
    Info,
    ModelTemplate,
    ModelTemplateConnection,
    ModelTemplateFacets,
    ModelTemplateValidation,
    Node,
    OrderInput,
    Viewer,
)


@strawberry.type
class Query:
    @strawberry.field(
        graphql_type=Node | None,
        description="Null if it does not exist or the caller may not read it.",
    )
    async def node(self, info: Info, id: strawberry.ID) -> Entity | Revision | None:
        return await info.context.service.find_node(info.context.viewer, id)

    @strawberry.field(
        graphql_type=ModelTemplate | None,
        description="Null if it does not exist or the caller may not read it.",
    )
    async def model_template(self, info: Info, id: strawberry.ID) -> Entity | None:
        return await info.context.service.find(info.context.viewer, id, info.context.part)

    @strawberry.field(
        description="The templates that the caller may read, newest first by default."
    )
    async def model_templates(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 by default.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="A cursor; the page begins after it.")
        ] = None,
        last: Annotated[
            int | None,
            strawberry.argument(
                description="Page size, 1 to 100, counted from the end of the list."
            ),
        ] = None,
        before: Annotated[
            str | None, strawberry.argument(description="A cursor; the page ends before it.")
        ] = None,
        filter: Annotated[
            ModelTemplateFilter | None, strawberry.argument(graphql_type=FilterInput | None)
        ] = None,
        order_by: Annotated[
            ModelTemplateOrder | None, strawberry.argument(graphql_type=OrderInput | None)
        ] = None,
    ) -> ModelTemplateConnection:
        listing = await info.context.service.list(
            info.context.viewer,
            filter or ModelTemplateFilter(),
            order_by or ModelTemplateOrder(),
            first=first,
            after=after,
            last=last,
            before=before,
            part=info.context.part,
        )
        if info.context.fill is not None:
            await info.context.fill(listing)
        for error in listing.unreadable:
            path = info.path.as_list()
            info.context.errors.append(
                GraphQLError(str(error), path=path, extensions=error.extensions)
            )
        return ModelTemplateConnection(listing=listing)

    @strawberry.field(
        graphql_type=ModelTemplateFacets,
        description="The values by which the list with this filter can be narrowed, with numbers "
        "of templates: the totalCount of modelTemplates with the value in place of those that the "
        "filter has in the same field.",
    )
    async def model_template_facets(
        self,
        info: Info,
        filter: Annotated[
            ModelTemplateFilter | None, strawberry.argument(graphql_type=FilterInput | None)
        ] = None,
    ) -> Facets:
        return await info.context.service.facets(
            info.context.viewer, filter or ModelTemplateFilter()
        )

    @strawberry.field(
        graphql_type=ModelTemplateValidation,
        description="Checks the input of createModelTemplate without creating a template.",
    )
    async def validate_model_template(
        self,
        info: Info,
        input: CreateInput,
    ) -> Validation:
        command = await off_loop(info.context.is_long, input)
        return await info.context.service.validate(info.context.viewer, command)

    @strawberry.field(
        graphql_type=Viewer, description="The caller's identity and its permissions by account."
    )
    def viewer(self, info: Info) -> Caller:
        return info.context.viewer
