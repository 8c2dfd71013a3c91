"""Long lists in answers are completed piece by piece, so that other operations go on meanwhile."""

from typing import Any

from graphql import get_named_type, is_leaf_type
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.domain.cpu_time import with_pauses

LONG = 8
"""Objects of a list that are completed without a pause: some milliseconds."""


class PausingExecution(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's execution context, with pauses between the objects of a long list."""

    def complete_list_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        context: Any,
    ) -> Any:
        """Completes a long list of objects as an asynchronous one. Resolvers return nothing but
        lists and tuples, so that the checks for other iterables are left out."""
        if len(result) > LONG and not is_leaf_type(get_named_type(return_type)):
            return super().complete_list_value(
                return_type, field_details_list, info, path, with_pauses(result), context
            )
        return self.complete_iterable_value(
            return_type.of_type, field_details_list, info, path, result, context
        )
