"""YAML documents: every error is a ValueError that names the line, and merges are bounded."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import yaml
from msgspec import Struct
from yaml.composer import Composer
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from app.domain.errors import MAX_VIOLATIONS
from app.transfer.json_texts import Path, Repeated
from app.transfer.yaml_numbers import NUMBER_TAG, constructed, tag_numbers

try:
    from yaml._yaml import CParser
except ImportError:  # A PyYAML that was built without libyaml.
    CParser = None  # type: ignore[assignment,misc]

MAX_KEYS = 1_000_000
"""Keys of all mappings in a file, with those that the merge key `<<` copies: merges of merges grow
exponentially."""

TAGS = "tag:yaml.org,2002:"
MERGE, TEXT = f"{TAGS}merge", f"{TAGS}str"
PLAIN = frozenset(f"{TAGS}{kind}" for kind in ("bool", "int", "float", "null", "timestamp"))
"""The tags that YAML gives some plain scalars."""

DISPUTED = re.compile("[\t\x85\u2028\u2029\ufeff]")
"""Characters that libyaml reads in another way, or counts other lines or columns after."""

UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Other exceptions that PyYAML raises for invalid values, such as `!!bool maybe`."""


class YamlDocument(Struct, frozen=True):
    """The value of a document, and the keys that its mappings repeat."""

    value: Any
    repeated: list[Repeated]
    root: Node

    def line_of(self, path: Path) -> int:
        """The line of a value, or of what is nearest to it if it is missing: for the member of a
        mapping, that of its key."""
        return int(self._marked(path)[0].start_mark.line) + 1

    def written(self, path: Path) -> str | None:
        """A scalar as it is written, without quotes; None for other and for missing values."""
        _, node, is_there = self._marked(path)
        return str(node.value) if is_there and isinstance(node, ScalarNode) else None

    def _marked(self, path: Path) -> tuple[Node, Node, bool]:
        """The node that marks the place of a value, its own node, and whether it is there."""
        mark = node = self.root
        for part in path:
            marked = mark, node
            if isinstance(node, MappingNode):
                # The last is the mapping's own, the ones before are merged into it.
                members = [pair for pair in node.value if pair[0].value == part]
                mark, node = members[-1] if members else marked
            elif (
                isinstance(node, SequenceNode) and part.isdecimal() and int(part) < len(node.value)
            ):
                mark = node = node.value[int(part)]
            if (mark, node) == marked:
                return mark, node, False
        return mark, node, True


class _Loader(Composer, SafeConstructor, Resolver):
    """The safe loader, which names the line of every invalid value. Subclasses have its parser."""

    def __init__(self) -> None:
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self._keys_left = MAX_KEYS

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except UNEXPECTED:
            kind = str(node.tag).replace(TAGS, "!!")
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

    def documents(self) -> Iterator[YamlDocument]:
        """The documents, one after the other."""
        while self.check_node() and (root := self.get_node()):
            # Before the document is made, which adds merged keys to the mappings.
            _read_keys_as_text(root)
            repeated = [*islice(_repeated(root), MAX_VIOLATIONS)]
            yield YamlDocument(self.construct_document(root), repeated, root)


_Loader.add_constructor(NUMBER_TAG, constructed)


class _Slow(_Loader, Reader, Scanner, Parser):
    """Parses in Python, whose messages are clear."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        super().__init__()


class _Fast(_Loader, CParser or object):  # type: ignore[misc]
    """Parses with libyaml. Nodes are composed in Python all the same: in C, a text that is nested
    deeply enough would end the process."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        super().__init__()


def _mappings(root: Node) -> Iterator[tuple[Path, MappingNode]]:
    """Each mapping of a document once, though it has aliases, in order and with its path."""
    pending: list[tuple[Node, Path]] = [(root, ())]
    known = set[int]()
    while pending:
        node, path = pending.pop()
        if id(node) in known or isinstance(node, ScalarNode):
            continue
        known.add(id(node))
        if isinstance(node, MappingNode):
            yield path, node
            below = [(value, (*path, key.value)) for key, value in _members(node)]
        else:
            below = [(entry, (*path, str(index))) for index, entry in enumerate(node.value)]
        pending += reversed(below)


def _members(node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
    """The keys and values of a mapping, merge keys among them."""
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            yield key, value


def _read_keys_as_text(root: Node) -> None:
    """Keys are text, as in JSON: NO and 1.10 may be names of variables and labels."""
    for _, mapping in _mappings(root):
        for key, _ in _members(mapping):
            if key.tag in PLAIN:
                key.tag = TEXT


def _repeated(root: Node) -> Iterator[Repeated]:
    """The keys that mappings repeat, with quotes or without. Several merges are none."""
    for path, mapping in _mappings(root):
        first: dict[str, int] = {}
        for key, _ in _members(mapping):
            line = key.start_mark.line + 1
            if key.value in first and key.tag != MERGE:
                yield Repeated((*path, key.value), first[key.value], line)
            first.setdefault(key.value, line)


def yaml_documents(text: str) -> Iterator[YamlDocument]:
    """The documents of a YAML text. Raises ValueError, whose message has the line where YAML knows
    it, or RecursionError."""
    try:
        yield from _documents(text)
    except yaml.YAMLError as error:
        raise ValueError(_reason(error, text)) from None
    except UNEXPECTED as error:
        raise ValueError(f"it is not valid YAML: {error}") from None


def _documents(text: str) -> Iterator[YamlDocument]:
    """The documents, parsed fast until there is an error, which the slow parser explains."""
    count = 0
    if CParser is not None and not DISPUTED.search(text):
        with suppress(yaml.YAMLError, *UNEXPECTED):
            for count, document in enumerate(_Fast(text).documents(), 1):  # noqa: B007
                yield document
            return
    yield from islice(_Slow(text).documents(), count, None)


def _reason(error: yaml.YAMLError, text: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        return reason if mark is None else f"line {mark.line + 1:,}: {reason}"
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line:,}: the character U+{error.character:04X} is not allowed"
    return str(error)
