"""GraphQL requests."""

from typing import Any

from graphql import OperationDefinitionNode, OperationType
from msgspec import Struct

from app.graphql.limits.document import CheckedDocument


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A GraphQL request: a document, the name of the operation to execute, and its variables.
    Extensions are accepted and ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Prepared(Struct, frozen=True, kw_only=True):
    """An operation that is ready to be executed."""

    request: Operation
    document: CheckedDocument
    operation: OperationDefinitionNode
    cost: int

    @property
    def is_query(self) -> bool:
        """Whether the operation is a query."""
        return self.operation.operation is OperationType.QUERY
