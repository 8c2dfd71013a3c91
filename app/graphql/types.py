"""The GraphQL types: derived ones, and those that only the API has, such as connections."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from msgspec import Struct, field
from msgspec.structs import replace
from strawberry import Parent
from strawberry.scalars import JSON

from app.domain import parameters, service
from app.domain.access import Viewer as Caller
from app.domain.cpu_time import is_large, off_loop
from app.domain.errors import UserError as DomainUserError
from app.domain.facets import ModelTemplateFacets as Facets
from app.domain.filter import ModelTemplateFilter
from app.domain.launch import checks, plan
from app.domain.model_template import CreateModelTemplate, DeleteModelTemplate, UpdateModelTemplate
from app.domain.model_template import ModelTemplate as Entity
from app.domain.model_template import ModelTemplateRevision as Revision
from app.domain.model_template import ModelTemplateState as State
from app.domain.pagination import Cursor, History, Listing, ModelTemplateOrder
from app.domain.service import ModelTemplateService
from app.graphql import derive
from app.graphql.scalars import StringMap
from app.graphql.state_warnings import StateWarnings

UserError = derive.output(DomainUserError)
Viewer = derive.output(Caller)
ParameterValidation = derive.output(parameters.ParameterValidation)
LaunchPlan = derive.output(plan.LaunchPlan)
LaunchAutoscalingInput = derive.input(plan.LaunchAutoscaling)
ModelTemplateValidation = derive.output(service.ModelTemplateValidation)
ModelTemplateFacets = derive.output(Facets)
CreateModelTemplateInput = derive.deferred_input(CreateModelTemplate)
UpdateModelTemplateInput = derive.deferred_input(UpdateModelTemplate)
FilterInput = derive.input(ModelTemplateFilter, name="ModelTemplateFilter")
OrderInput = derive.input(ModelTemplateOrder, name="ModelTemplateOrder")
DeleteModelTemplateInput = derive.input(DeleteModelTemplate)


# The argument of a resolver, and its type in the schema.
CreateInput = Annotated[
    Callable[[], CreateModelTemplate],
    strawberry.argument(graphql_type=CreateModelTemplateInput),
]
UpdateInput = Annotated[
    Callable[[], UpdateModelTemplate],
    strawberry.argument(graphql_type=UpdateModelTemplateInput),
]
DeleteInput = Annotated[
    DeleteModelTemplate, strawberry.argument(graphql_type=DeleteModelTemplateInput)
]


class Context(Struct, frozen=True, kw_only=True):
    """The context of a resolver: the use cases, the caller, whether the operation's variables may
    be large, the errors of an answer that has data nevertheless, and warnings.

    `part` is the class of the templates to read: the entity, or one with some of its fields.
    `fill` completes the templates of a list that is read in parts."""

    service: ModelTemplateService
    viewer: Caller
    is_long: bool = False
    errors: list[GraphQLError] = []
    warnings: StateWarnings = field(default_factory=StateWarnings)
    part: type[Entity] = Entity
    fill: Callable[[Listing], Awaitable[None]] | None = None

    def reading(
        self, part: type[Entity], fill: Callable[[Listing], Awaitable[None]] | None = None
    ) -> "Context":
        """The same context for a resolver that reads another part of templates."""
        return self if part is self.part else replace(self, part=part, fill=fill)


Info = strawberry.Info[Context, None]


@strawberry.interface(description="An object that can be fetched by its id.")
class Node:
    id: strawberry.ID


@derive.extends(parameters.ParameterSchema)
class ParameterSchema:
    @strawberry.field(graphql_type=JSON, description=parameters.ParameterSchema.json_schema.__doc__)
    async def json_schema(schema: Parent[parameters.ParameterSchema]) -> Any:
        return await off_loop(is_large(schema.parameters), lambda: schema.json_schema)

    @strawberry.field(
        graphql_type=ParameterValidation,
        description="Checks values against the schema and reports every violation, unknown names "
        "included. Null counts as absent.",
    )
    async def validate(
        schema: Parent[parameters.ParameterSchema],
        bindings: JSON,
    ) -> parameters.ParameterValidation:
        is_long = schema.has_patterns() or is_large(bindings)
        return await off_loop(is_long, schema.validate, bindings)


@derive.extends(State, interface="ModelTemplateSpec")
class ModelTemplateSpec:
    @strawberry.field(
        graphql_type=list[UserError],  # type: ignore[valid-type]
        description="Warnings about what Launch would reject, or accept only with the overrides of "
        "a deployment, about what would not run as it is meant, about contradictions, and about "
        "secrets that the template exposes. Each says what happens otherwise, and what to set.",
    )
    async def warnings(state: Parent[State], info: Info) -> list[DomainUserError]:
        return await info.context.warnings.of(state, info.context.service.cluster)

    @strawberry.field(
        graphql_type=LaunchPlan,
        description="The exact requests that would deploy it with Launch. Nothing is sent.",
    )
    async def launch_plan(
        state: Parent[State],
        info: Info,
        name: Annotated[
            str,
            strawberry.argument(
                description="Name of the model endpoint: 1 to 63 letters, digits, -, _ and ., "
                "alphanumeric at both ends."
            ),
        ],
        model_creation_parameters: Annotated[
            JSON | None,
            strawberry.argument(description="Values for modelCreationParametersSchema, by name."),
        ] = None,
        autoscaling: Annotated[
            plan.LaunchAutoscaling | None,
            strawberry.argument(
                graphql_type=LaunchAutoscalingInput | None,
                description="Worker settings that override those of the template.",
            ),
        ] = None,
        labels: Annotated[
            StringMap | None,
            strawberry.argument(
                description="Labels of the endpoint; Launch requires team and product."
            ),
        ] = None,
    ) -> plan.LaunchPlan:
        naming = plan.EndpointNaming(name=name, labels=labels or {})
        overrides = autoscaling or plan.LaunchAutoscaling()
        is_long = (
            state.has_patterns()
            or is_large(model_creation_parameters)
            or checks.is_large_spec(state)
        )
        cluster = info.context.service.cluster
        given = (state, naming, model_creation_parameters, overrides, cluster)
        return await off_loop(is_long, plan.plan, *given)


@derive.extends(Revision)
class ModelTemplateRevision(ModelTemplateSpec, Node):
    pass


@strawberry.type(description="An earlier state with its cursor.")
class ModelTemplateRevisionEdge:
    node: Revision = strawberry.field(graphql_type=ModelTemplateRevision)

    @strawberry.field(description="Opaque position, for `after`.")
    def cursor(self) -> str:
        return Cursor.of_revision(self.node).encode()


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    page: strawberry.Private[Listing | History]
    edges: strawberry.Private[list[Any]]

    @strawberry.field(description="Whether the list has entries after this page.")
    async def has_next_page(self) -> bool:
        return await self.page.has_next_page()

    @strawberry.field(description="Whether the list has entries before this page.")
    async def has_previous_page(self) -> bool:
        return await self.page.has_previous_page()

    @strawberry.field(description="Null if the page is empty.")
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor() if self.edges else None

    @strawberry.field(description="Null if the page is empty.")
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor() if self.edges else None


@strawberry.type(description="A page of a template's earlier states.")
class ModelTemplateRevisionConnection:
    page: strawberry.Private[History]

    @strawberry.field(description="The states with their cursors.")
    def edges(self) -> list[ModelTemplateRevisionEdge]:
        return [ModelTemplateRevisionEdge(node=revision) for revision in self.page.revisions]

    @strawberry.field(
        graphql_type=list[ModelTemplateRevision], description="The states without cursors."
    )
    def nodes(self) -> list[Revision]:
        return self.page.revisions

    @strawberry.field(description="The position of the page in its list.")
    def page_info(self) -> PageInfo:
        return PageInfo(page=self.page, edges=self.edges())

    @strawberry.field(description="Number of earlier states that are kept.")
    async def total_count(self) -> int:
        return await self.page.total_count()

    @strawberry.field(
        description="The revision with which the kept history begins: 1 unless older ones were "
        "removed, and the template's own revision if no earlier one is kept."
    )
    async def oldest_revision(self) -> int:
        return await self.page.oldest_revision()


@derive.extends(Entity)
class ModelTemplate(ModelTemplateSpec, Node):
    @strawberry.field(description="Earlier states, newest first, without the current one.")
    async def revisions(
        template: Parent[Entity],
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="Page size, 1 to 100.")] = 20,
        after: Annotated[
            str | None, strawberry.argument(description="A cursor; the page begins after it.")
        ] = None,
    ) -> ModelTemplateRevisionConnection:
        history = await info.context.service.list_revisions(template, first=first, after=after)
        return ModelTemplateRevisionConnection(page=history)

    @strawberry.field(
        graphql_type=ModelTemplateRevision | None,
        description="One earlier state; null for a revision that is not earlier, and with an error "
        "for one that is no longer kept.",
    )
    async def revision_at(
        template: Parent[Entity],
        info: Info,
        revision: int,
    ) -> Revision | None:
        return await info.context.service.revision_at(template, revision)


@strawberry.type(description="A template with its cursor.")
class ModelTemplateEdge:
    order: strawberry.Private[ModelTemplateOrder]
    node: Entity = strawberry.field(graphql_type=ModelTemplate)

    @strawberry.field(description="Opaque position, for `after` and `before`.")
    def cursor(self) -> str:
        return self.order.cursor(self.node)


@strawberry.type(description="A page of a list of templates.")
class ModelTemplateConnection:
    listing: strawberry.Private[Listing]

    @strawberry.field(description="The templates with their cursors.")
    def edges(self) -> list[ModelTemplateEdge]:
        order = self.listing.order
        return [ModelTemplateEdge(order=order, node=node) for node in self.listing.templates]

    @strawberry.field(
        graphql_type=list[ModelTemplate], description="The templates without cursors."
    )
    def nodes(self) -> list[Entity]:
        return list(self.listing.templates)

    @strawberry.field(description="The position of the page in its list.")
    def page_info(self) -> PageInfo:
        return PageInfo(page=self.listing, edges=self.edges())

    @strawberry.field(
        description="Number of templates in the whole list, counted only if requested."
    )
    async def total_count(self) -> int:
        return await self.listing.total_count()


@strawberry.type(description="The template, or the errors.")
class ModelTemplatePayload:
    model_template: Entity | None = strawberry.field(
        graphql_type=ModelTemplate | None, default=None
    )
    errors: list[DomainUserError] = strawberry.field(
        graphql_type=list[UserError],  # type: ignore[valid-type]
        default_factory=list,
    )


@strawberry.type(description="The id of the deleted template, or the errors.")
class DeleteModelTemplatePayload:
    deleted_id: strawberry.ID | None = None
    errors: list[DomainUserError] = strawberry.field(
        graphql_type=list[UserError],  # type: ignore[valid-type]
        default_factory=list,
    )
