"""GraphQL's types by name: derived ones, and what only the API has, such as connections."""

from typing import Annotated, Any

import strawberry
from msgspec import Struct
from strawberry import Parent
from strawberry.scalars import JSON

from app.api import derive
from app.api.scalar import StringMap
from app.domain import launch, parameters, service
from app.domain.access import Viewer as Caller
from app.domain.errors import UserError as Problem
from app.domain.model_template import CreateModelTemplate
from app.domain.model_template import ModelTemplate as Entity
from app.domain.page import NEWEST_FIRST, Cursor
from app.domain.service import Listing, ModelTemplateService

EMPTY: Any = {}

UserError = derive.output(Problem)
Viewer = derive.output(Caller)
ParameterValidation = derive.output(parameters.ParameterValidation)
LaunchPlan = derive.output(launch.LaunchPlan)
LaunchAutoscalingInput = derive.input(launch.LaunchAutoscaling)
ModelTemplateValidation = derive.output(service.ModelTemplateValidation)
CreateModelTemplateInput = derive.input(CreateModelTemplate)


class Context(Struct, frozen=True, kw_only=True):
    """What a resolver may use: the use cases, and who asks."""

    service: ModelTemplateService
    viewer: Caller


Info = strawberry.Info[Context, None]


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    id: strawberry.ID


@derive.extends(parameters.ParameterSchema)
class ParameterSchema:
    @strawberry.field(
        graphql_type=ParameterValidation,
        description="Checks values against the schema: every problem at once, unknown names "
        "included. Null stands for an absent optional value.",
    )
    def validate(
        schema: Parent[parameters.ParameterSchema],
        bindings: JSON,
    ) -> parameters.ParameterValidation:
        return schema.validate(bindings)


@derive.extends(Entity)
class ModelTemplate(Node):
    @strawberry.field(
        graphql_type=list[UserError],  # type: ignore[valid-type]
        description="What Launch would refuse, or take only with a deployment override, as the "
        "template stands.",
    )
    def warnings(template: Parent[Entity]) -> list[Problem]:
        return launch.warnings(template)

    @strawberry.field(
        graphql_type=LaunchPlan,
        description="The exact requests that would make a model of it. Nothing is sent.",
    )
    def launch_plan(
        template: Parent[Entity],
        name: Annotated[
            str, strawberry.argument(description="Name of the model endpoint: 1 to 63 characters.")
        ],
        model_creation_parameters: Annotated[
            JSON | None,
            strawberry.argument(description="Values for modelCreationParametersSchema, by name."),
        ] = EMPTY,
        autoscaling: Annotated[
            launch.LaunchAutoscaling | None,
            strawberry.argument(
                graphql_type=LaunchAutoscalingInput | None,
                description="Autoscaling overrides, as a model deployment may set them.",
            ),
        ] = None,
        labels: Annotated[
            StringMap | None,
            strawberry.argument(
                description="Labels of the endpoint; Launch requires team and product."
            ),
        ] = EMPTY,
    ) -> launch.LaunchPlan:
        naming = launch.EndpointNaming(name=name, labels=labels or {})
        overrides = autoscaling or launch.LaunchAutoscaling()
        return launch.plan(template, naming, model_creation_parameters, overrides)


@strawberry.input(description="Conditions that must all hold.")
class ModelTemplateFilter:
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account that owns the template."
    )


@strawberry.type(description="A template in its place in a list.")
class ModelTemplateEdge:
    node: Entity = strawberry.field(graphql_type=ModelTemplate)

    @strawberry.field(description="Opaque: the place, for `after`.")
    def cursor(self) -> str:
        return Cursor(order=NEWEST_FIRST, id=self.node.id).encode()


@strawberry.type(description="What lies around a page.")
class PageInfo:
    listing: strawberry.Private[Listing]
    edges: strawberry.Private[list[ModelTemplateEdge]]

    @strawberry.field(description="Whether the list goes on after this page.")
    def has_next_page(self) -> bool:
        return self.listing.has_next_page

    @strawberry.field(description="Whether the list begins before this page.")
    async def has_previous_page(self) -> bool:
        return await self.listing.has_previous_page()

    @strawberry.field(description="Null on an empty page.")
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor() if self.edges else None

    @strawberry.field(description="Null on an empty page.")
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor() if self.edges else None


@strawberry.type(description="A page of a list of templates.")
class ModelTemplateConnection:
    listing: strawberry.Private[Listing]

    @strawberry.field(description="The templates with their places.")
    def edges(self) -> list[ModelTemplateEdge]:
        return [ModelTemplateEdge(node=template) for template in self.listing.templates]

    @strawberry.field(graphql_type=list[ModelTemplate], description="The templates alone.")
    def nodes(self) -> list[Entity]:
        return list(self.listing.templates)

    @strawberry.field(description="What lies around the page.")
    def page_info(self) -> PageInfo:
        return PageInfo(listing=self.listing, edges=self.edges())

    @strawberry.field(description="Of the whole list. Counted only when asked for.")
    async def total_count(self) -> int:
        return await self.listing.total_count()


@strawberry.type(description="The template, or the reasons that there is none.")
class ModelTemplatePayload:
    model_template: Entity | None = strawberry.field(
        graphql_type=ModelTemplate | None, default=None
    )
    errors: list[Problem] = strawberry.field(
        graphql_type=list[UserError],  # type: ignore[valid-type]
        default_factory=list,
    )
