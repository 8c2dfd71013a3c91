"""Plans: compiled operations, which are executed without graphql-core's executor.

A plan calls the same resolvers of the root fields, and renders what they return. An answer with
errors is completed by graphql-core, from what the resolvers have returned or raised: no operation
runs twice.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel
from msgspec import Raw, Struct

from app.domain.answer_budget import AnswerAborted, charged, rewind
from app.domain.cpu_time import pause
from app.domain.model_template import ModelTemplate as Entity
from app.domain.parts import fields_of
from app.graphql.coercion import Arguments
from app.graphql.compile.needs import PARTIAL, part_of_templates, part_of_versions, templates_of
from app.graphql.compile.rendering import NotCovered, OddValue, Rendering, rendering
from app.graphql.compile.selection import TYPENAME, SelectedField, Selections
from app.graphql.fragments import Fragments
from app.graphql.root_resolvers import Resolve, root_resolver
from app.graphql.types import Context, ModelTemplateConnection

MANY = 12
"""Fields of templates from where on a list with fragments is faster: it needs two commands at
first."""

NULL = Raw(b"null")
Outcomes = dict[str, Any]
"""The results of the resolvers of root fields, perhaps Rendered, or the exceptions that they
raised, by the keys of the answer."""


class Rendered(Struct, frozen=True):
    """The result of a resolver, with the answer's value for it."""

    value: Any
    rendered: Any


class RootField(Struct, frozen=True, kw_only=True):
    """A root field of a plan: its resolver with its arguments, the part of the template that it
    reads, and the rendering of each type of object that it may return. A list with fragments reads
    the versions of its templates, and the parts that are missing."""

    field: SelectedField
    parent: str
    resolver: Resolve
    arguments: Arguments
    part: type[Entity]
    fragments: Fragments | None = None
    renderings: Mapping[str, Rendering]

    @property
    def is_nullable(self) -> bool:
        """Whether it may be null, so that an error does not end the operation."""
        return not is_non_null_type(self.field.definition.type)

    async def resolve(self, context: Context, variables: VariableValues) -> Any:
        """The result of the resolver. Raises what that raises."""
        result = self.resolver(_Info(self, context), self.arguments.values(variables))
        return await result if asyncio.iscoroutine(result) else result

    async def rendered(self, value: Any) -> Any:
        """The answer's value for a value of the resolver. Raises AnswerAborted and ODD_VALUES."""
        if isinstance(value, Rendered):
            return value.rendered
        if value is None and self.is_nullable:
            return NULL
        only = len(self.renderings) == 1
        name = next(iter(self.renderings)) if only else type(value).__name__
        try:
            return await self.renderings[name].rendered(value)
        except AnswerAborted as error:
            error.path = error.path or [self.field.key]
            raise


class _Info:
    """The part of GraphQLResolveInfo that resolvers of root fields use."""

    __slots__ = ("context", "path")

    def __init__(self, root: RootField, context: Context) -> None:
        reads = (root.part,) if root.fragments is None else root.fragments.reads(root.part)
        self.context = context.reading(*reads)
        self.path = Path(None, root.field.key, root.parent)


class Plan(Struct, frozen=True, kw_only=True):
    """A compiled operation."""

    operation: OperationDefinitionNode
    fields: tuple[RootField, ...]
    constants: Mapping[str, str]
    """The values of `__typename`, by key."""
    keys: tuple[str, ...]
    """The keys of the answer, in order."""

    async def resolve(self, context: Context, variables: VariableValues) -> Outcomes:
        """Resolves the root fields: those of a mutation one after the other, up to the first with
        an error, from where graphql-core goes on. Raises AnswerAborted, when none is resolved any
        more."""
        if self.operation.operation is OperationType.QUERY:
            calls = [self._outcome(field, context, variables) for field in self.fields]
            outcomes = [await calls[0]] if len(calls) == 1 else await gather_with_cancel(*calls)
            return {
                field.field.key: each for field, each in zip(self.fields, outcomes, strict=True)
            }
        done, rendered = Outcomes(), 0
        for field in self.fields:
            outcome = done[field.field.key] = await self._outcome(field, context, variables)
            if isinstance(outcome, Exception):
                break
            used = charged()
            try:  # At once: when the answer becomes too large, no further mutation is executed.
                done[field.field.key] = Rendered(outcome, await field.rendered(outcome))
            except AnswerAborted:
                raise
            except Exception:
                rewind(used)
                break
            rendered += charged() - used
        else:
            return done
        rewind(charged() - rendered)  # graphql-core begins again.
        return done

    async def _outcome(self, field: RootField, context: Context, variables: VariableValues) -> Any:
        try:
            return await field.resolve(context, variables)
        except AnswerAborted as error:
            error.path = error.path or [field.field.key]
            raise
        except Exception as error:
            return error

    async def render(self, outcomes: Outcomes) -> dict[str, Any]:
        """The answer's `data`. Raises AnswerAborted, or OddValue or another exception if the answer
        has errors."""
        data: dict[str, Any] = dict.fromkeys(self.keys)
        data |= self.constants
        used = charged()
        try:
            for field in self.fields:
                await pause()
                outcome = outcomes[field.field.key]
                if isinstance(outcome, Exception):
                    raise OddValue from outcome
                data[field.field.key] = await field.rendered(outcome)
        except AnswerAborted:
            raise
        except Exception:
            rewind(used)  # graphql-core begins again.
            raise
        return data

    async def complete(self, outcomes: Outcomes) -> None:
        """Puts templates in place of fragments, which graphql-core does not know, or the error of
        reading them. Raises AnswerAborted."""
        for field in self.fields:
            outcome = outcomes.get(field.field.key)
            if field.fragments is None or not isinstance(outcome, ModelTemplateConnection):
                continue
            try:
                await field.fragments.complete(outcome.listing)
            except AnswerAborted as error:
                error.path = error.path or [field.field.key]
                raise
            except Exception as error:
                outcomes[field.field.key] = error

    def __str__(self) -> str:
        """The plan, for people: for each root field, what it reads, and the functions that render
        its value."""
        texts = []
        for root in self.fields:
            asked, key = root.field.name, root.field.key
            title = f"# {asked}" if asked == key else f"# {asked}, as {key}"
            reads = "" if root.part is Entity else f"\n# reads {', '.join(fields_of(root.part))}"
            texts.append(title + reads)
            if root.fragments is not None:
                more = ", ".join(fields_of(root.fragments.part))
                texts.append(f"# and for new versions {more}\n\n{root.fragments.source}")
            texts += [each.source for each in root.renderings.values()]
        return "\n\n".join(texts)


def compiled(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    conditions: Mapping[str, bool],
) -> Plan:
    """The plan of an operation of a valid document, for given values of the variables in its
    directives. Raises NotCovered."""
    root = schema.get_root_type(operation.operation)
    assert root is not None  # noqa: S101 - The document is valid.
    selections = Selections(schema, document, operation, conditions)
    selected = selections.root(root)
    return Plan(
        operation=operation,
        fields=tuple(
            _root_field(selections, each, root.name) for each in selected if each.name != TYPENAME
        ),
        constants={each.key: root.name for each in selected if each.name == TYPENAME},
        keys=tuple(each.key for each in selected),
    )


def _root_field(selections: Selections, field: SelectedField, parent: str) -> RootField:
    if field.name.startswith("__"):
        raise NotCovered("introspection")
    type_: Any = field.definition.type
    type_ = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(type_):
        raise NotCovered(f"{field.name} is a list")
    types = [type_] if is_object_type(type_) else selections.schema.get_possible_types(type_)
    part, fragments = part_of_templates(selections, field), None
    pages = [each for each, _ in templates_of(selections, field) if each is not field]
    if field.name in PARTIAL and len(pages) == 1 and len(fields_of(part)) >= MANY:
        ((page, template),) = templates_of(selections, field)
        of_template = rendering(selections, template, selections.of(page, template))
        if not of_template.waits:
            part = part_of_templates(selections, field, position=True)
            fragments = Fragments(part, of_template.function, of_template.source)
            part = part_of_versions()
    return RootField(
        field=field,
        parent=parent,
        resolver=root_resolver(field.definition),
        arguments=Arguments(field),
        part=part,
        fragments=fragments,
        renderings={
            each.name: rendering(
                selections, each, selections.of(field, each), fragments=fragments is not None
            )
            for each in types
        },
    )
