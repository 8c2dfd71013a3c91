r"""The regular expressions that mean the same to RE2 and to ECMAScript, which browsers run.

`portable` reads a pattern as ECMA-262 with the flag `u` does, and rejects whatever RE2 reads
otherwise or not at all. The rest is the same in both but for `.`, which has fewer characters in
ECMAScript, and `\s`, which has more: the result is in RE2's syntax with ECMAScript's meaning.
"""

import re
from collections.abc import Iterator

_QUANTIFIER = re.compile(r"(?:[*+?]|\{(?:0|[1-9][0-9]*)(?:,(?:0|[1-9][0-9]*)?)?\})\??")
_COUNT = re.compile("[0-9]+")
MAX_REPEATED = 1_000
"""RE2's own limit. It reads repetitions with numbers that it cannot convert as text."""
_GROUP = re.compile(r"\((?:\?:|\?<([A-Za-z_][A-Za-z0-9_]*)>|(?!\?))")
_HEX = re.compile(r"\\x[0-9A-Fa-f]{2}")
_CATEGORY = re.compile(r"\\[pP]\{([A-Za-z]+)\}")
_SYNTAX = frozenset(r"^$\.*+?()[]{}|/")
_CONTROLS = frozenset("fnrtv")
_CLASSES = frozenset("dDwW")

_CATEGORIES = frozenset(
    {
        *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl"),
        *("Zp", "Cc", "Cf", "Any"),
    }
)
"""Those that both have, with the same characters: RE2's C lacks unassigned ones."""

_NO_LINE_END = r"[^\n\r\x{2028}\x{2029}]"
_SPACE = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_NO_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}"
    r"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)

_INSTEAD = {
    "A": "write ^",
    "z": "write $",
    "Z": "write $",
    "Q": "put a backslash before each special character",
    "E": "put a backslash before each special character",
    "C": r"write . or [^\n]",
    "a": r"write \x07",
    "e": r"write \x1b",
    "u": r"write the character itself, or \x and two hexadecimal digits",
    "x": r"write \x and two hexadecimal digits, or the character itself",
    "p": r"write the category in braces, such as \p{L}",
    "P": r"write the category in braces, such as \P{L}",
    "c": r"write \x and two hexadecimal digits",
    "k": "write what the group matches again",
    "B": "write the characters that may be there",
    "h": r"write [ \t]",
    "R": r"write (?:\r\n|\n)",
}
"""The replacement for an escape, by its letter."""


class NotPortable(Exception):
    """A part of a pattern that is not read alike: what it is, and what to write instead."""


def portable(pattern: str) -> str:
    """The pattern in RE2's syntax. Raises NotPortable."""
    return "".join(_Reader(pattern).read())


class _Reader:
    """Reads a pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._names = set[str]()

    def read(self) -> Iterator[str]:
        depth, repeatable = 0, False
        while self._at < len(self._pattern):
            character = self._pattern[self._at]
            if character in "*+?{":
                yield self._quantifier(repeatable)
                repeatable = False
            elif character == "(":
                yield self._group()
                depth, repeatable = depth + 1, False
            elif character == ")":
                if depth == 0:
                    raise self._error(")", r"write \)")
                yield self._next()
                depth, repeatable = depth - 1, True
            elif character in "|^$":
                yield self._next()
                repeatable = False
            elif character == "\\":
                text = self._escape()
                yield f"[{text}]" if text in (_SPACE, _NO_SPACE) else text
                repeatable = text != r"\b"
            else:
                yield self._atom(character)
                repeatable = True
        if depth:
            raise NotPortable("a group is not closed: write )")

    def _group(self) -> str:
        match = _GROUP.match(self._rest())
        if match is not None and (name := match[1]) is not None:
            if name in self._names:
                raise self._error(f"a second group {name}", "give it a name of its own, or none")
            self._names.add(name)
        return self._take(_GROUP, "this kind of group", _group_advice(self._rest()))

    def _atom(self, character: str) -> str:
        if character == "[":
            return "".join(self._class())
        if character in "]}":
            raise self._error(character, rf"write \{character}")
        self._at += 1
        return _NO_LINE_END if character == "." else character

    def _quantifier(self, repeatable: bool) -> str:
        if self._rest().startswith("{") and not _QUANTIFIER.match(self._rest()):
            raise self._error("{", r"write a repetition such as {0,3}, or \{ for the character")
        if not repeatable:
            raise self._error(self._pattern[self._at], "repeat a character, a class or a group")
        repetition = self._take(_QUANTIFIER, "this repetition", "write one such as {0,3}")
        if any(len(count) > 4 or int(count) > MAX_REPEATED for count in _COUNT.findall(repetition)):
            self._at -= len(repetition)
            raise self._error("this repetition", f"repeat at most {MAX_REPEATED:,} times")
        return repetition

    def _class(self) -> Iterator[str]:
        """A class in brackets, whose members are characters, ranges and escapes."""
        start = self._at
        yield self._next()
        if self._rest().startswith("^"):
            yield self._next()
        if self._rest().startswith("]"):
            raise self._error("] at the beginning of a class", r"write \] for the character")
        first = True
        while not self._rest().startswith("]"):
            if not self._rest():
                self._at = start
                raise self._error("[", r"close the class with ], or write \[ for the character")
            yield self._member(first)
            first = False
        yield self._next()

    def _member(self, first: bool) -> str:
        if self._rest().startswith("-") and not first and not self._rest().startswith("-]"):
            raise self._error("- between members of a class", r"write \- for the character")
        low, is_character = self._class_atom()
        if not self._rest().startswith("-") or self._rest().startswith("-]"):
            return low
        if low == "-" or not is_character:
            raise self._error("- after a set of characters", r"write \- for the character")
        self._at += 1
        high, is_character = self._class_atom() if self._rest() else ("", False)
        if not is_character or high == "-":
            self._at -= 1
            raise self._error("this range", "give it a character at both ends")
        return f"{low}-{high}"

    def _class_atom(self) -> tuple[str, bool]:
        """A member of a class without ranges, and whether it is a single character."""
        if self._rest().startswith("\\"):
            if self._rest().startswith(r"\-"):
                self._at += 2
                return r"\-", True
            if self._rest()[1:2] == "b":
                raise self._error(r"\b in a class", r"write \x08 for a backspace")
            text = self._escape()
            is_set = text in (_SPACE, _NO_SPACE) or text[1:2] in _CLASSES or text[1:2] in "pP"
            return text, not is_set
        if self._rest().startswith("[:"):
            raise self._error("[: in a class", r"write out the characters, or \[ for the bracket")
        character = self._next()
        return (rf"\{character}" if character in "[^" else character), True

    def _escape(self) -> str:
        rest = self._rest()
        letter = rest[1:2]
        if letter in ("s", "S"):
            self._at += 2
            return _SPACE if letter == "s" else _NO_SPACE
        if letter in _SYNTAX | _CONTROLS | _CLASSES | {"b"} and letter:
            self._at += 2
            return rest[:2]
        if hexadecimal := _HEX.match(rest):
            self._at += 4
            return hexadecimal[0]
        if category := _CATEGORY.match(rest):
            if category[1] not in _CATEGORIES:
                advice = r"write a general category such as \p{L} or \p{Nd}, or the characters"
                raise self._error(category[0], advice)
            self._at += len(category[0])
            return category[0]
        if not letter:
            raise self._error("\\ at the end", r"write \\ for the character")
        if letter == "0":
            raise self._error(r"\0", r"write \x00")
        if letter.isascii() and letter.isdigit():
            raise self._error(rf"\{letter}", "write out what is meant: there are no references")
        raise self._error(rf"\{letter}", _INSTEAD.get(letter, f"write {letter} without it"))

    def _take(self, token: re.Pattern[str], what: str, advice: str) -> str:
        if (match := token.match(self._rest())) is None:
            raise self._error(what, advice)
        self._at += len(match[0])
        return match[0]

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _rest(self) -> str:
        return self._pattern[self._at :]

    def _error(self, what: str, advice: str) -> NotPortable:
        return NotPortable(f"{what}, at character {self._at + 1:,}: {advice}")


def _group_advice(rest: str) -> str:
    if rest.startswith("(?P<"):
        return "write (?<name>…) or (?:…)"
    if re.match(r"\(\?<?[=!]", rest):
        return "write a pattern that consumes what it looks at"
    return "write both cases of a letter, as in [Aa], and groups as (…) or (?:…)"
