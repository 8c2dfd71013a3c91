"""YAML documents: every error is a ValueError that names the line, and merges are bounded."""

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from app.transfer.yaml_numbers import NUMBER_TAG, constructed, tag_numbers

MAX_KEYS = 1_000_000
"""Keys of all mappings in a file, with those that the merge key `<<` copies: merges of merges grow
exponentially."""

UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Other exceptions that PyYAML raises for invalid values, such as `!!bool maybe`."""


class _Loader(yaml.SafeLoader):
    """The safe loader, which names the line of every invalid value."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._keys_left = MAX_KEYS

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except UNEXPECTED:
            kind = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            problem = f"the value is not a valid {kind}"
            raise ConstructorError(None, None, problem, node.start_mark) from None

    def construct_document(self, node: Any) -> Any:
        tag_numbers(node)
        return super().construct_document(node)

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        self._keys_left -= len(node.value)
        if self._keys_left < 0:
            problem = f"the mappings of the file have over {MAX_KEYS:,} keys, with merged ones"
            raise ConstructorError(None, None, problem, node.start_mark)


_Loader.add_constructor(NUMBER_TAG, constructed)


def yaml_documents(text: str) -> Iterator[Any]:
    """The documents of a YAML text. Raises ValueError, whose message has the line where YAML knows
    it, or RecursionError."""
    try:
        yield from yaml.load_all(text, _Loader)
    except yaml.YAMLError as error:
        raise ValueError(_reason(error, text)) from None
    except UNEXPECTED as error:
        raise ValueError(f"it is not valid YAML: {error}") from None


def _reason(error: yaml.YAMLError, text: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        return reason if mark is None else f"line {mark.line + 1:,}: {reason}"
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line:,}: the character U+{error.character:04X} is not allowed"
    return str(error)
