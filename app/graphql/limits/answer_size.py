"""The size of an answer, charged to its budget while it is executed."""

from typing import Any

from graphql.pyutils import Undefined
from msgspec import Raw, json

from app.domain.answer_budget import AnswerAborted, AnswerBudget, current_budget
from app.domain.json_text import to_json
from app.graphql.long_lists import PausingExecution

FIELD = 192
"""Bytes that a field takes in memory, beside its name and a value over SHORT."""

ENTRY = 64
"""Bytes that an entry of a list takes in memory, beside the fields of an object."""

SHORT = 32
"""Characters of a text whose JSON, escaped or not, is part of what FIELD or ENTRY counts."""

ERROR = 2_000
"""Bytes that an error takes in memory, beside its message: it keeps its traceback."""

_encoded = json.Encoder().encode


class MeasuredExecution(PausingExecution):
    """An execution context that charges every field and error to the budget of the answer, and ends
    the execution when the budget is spent.

    Fields are charged object by object, and on their own only if they have long values: charging
    each one would make an answer ten percent slower.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._budget = current_budget() or AnswerBudget.unlimited()
        self._sets: dict[tuple[Any, int], tuple[Any, int]] = {}
        """The subfields of each object type and list of fields (by its `id()`: the executor keeps
        them), and the bytes that they take in each object."""

    def complete_leaf_value(self, return_type: Any, result: Any) -> Any:  # type: ignore[override]
        """The value of a field without subfields. A list or object of a custom scalar is encoded
        at once: its JSON takes less memory than its parts."""
        value = return_type.coerce_output_value(result)
        kind = value.__class__
        if kind is str:
            if len(value) > SHORT:
                budget = self._budget
                try:
                    budget.used += len(_encoded(value))
                except UnicodeEncodeError:  # A lone surrogate.
                    budget.used += len(to_json(value))
                if budget.used > budget.granted:
                    budget.extend()
            return value
        if kind is dict or kind is list:
            if value:
                value = Raw(to_json(value))
                self._budget.charge(len(value))
            return value
        if value is None or value is Undefined:
            return super().complete_leaf_value(return_type, result)  # Which is an error.
        return value

    def complete_list_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        context: Any,
    ) -> Any:
        """The list with its entries, which are charged first."""
        self._budget.charge(ENTRY * len(result))
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, context
        )

    def collect_and_execute_subfields(
        self, return_type: Any, field_details_list: Any, path: Any, result: Any, context: Any
    ) -> Any:
        """The object with its fields, which are charged first."""
        key = return_type, id(field_details_list)
        if (found := self._sets.get(key)) is None:
            fields = self.collect_subfields(return_type, field_details_list).grouped_field_set
            found = self._sets[key] = fields, sum(FIELD + len(name) for name in fields)
        grouped_fields, size = found
        budget = self._budget
        budget.used += size
        if budget.used > budget.granted:
            budget.extend()
        return self.execute_fields(return_type, result, path, grouped_fields, None)

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Ends the execution at an AnswerAborted, which gets the path of the field; other errors
        are charged and handled as usual."""
        if isinstance(raw_error, AnswerAborted):
            if raw_error.path is None:
                raw_error.path = path.as_list()
            raise raw_error
        self.charge_error(raw_error)
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def charge_error(self, error: Exception) -> None:
        """Charges an error that will be in the answer."""
        self._budget.charge(ERROR + len(str(error)))
