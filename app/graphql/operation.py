"""GraphQL requests."""

from typing import Any

from graphql import OperationDefinitionNode, OperationType
from msgspec import Struct
from msgspec.structs import force_setattr

from app.graphql.limits.document import CheckedDocument


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """A GraphQL request: a document, the name of the operation to execute, and its variables. An
    empty name counts as none. Extensions are accepted and ignored."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.operation_name == "":  # As in a query string. No operation has this name.
            force_setattr(self, "operation_name", None)


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
