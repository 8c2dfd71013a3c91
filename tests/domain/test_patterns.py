"""The bounds of patterns: their programs, the texts, the work and the memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import re2

from app.domain import patterns
from app.domain.errors import TooComplex
from app.domain.parameters import ParameterSchema
from app.domain.patterns import compiled, is_too_large, operation_budget
from app.domain.validation.rules import violations
from tests.builders import a_create_command, a_parameter, with_parameters

LARGEST = "^[ab]{995}$"
"""998 instructions."""

STORED = "a" + "[ab]{1000}" * 20 + "c"
"""20,000 instructions; the first release accepted it."""


def a_schema(*parameters: dict[str, Any]) -> ParameterSchema:
    return msgspec.convert({"parameters": list(parameters)}, ParameterSchema)


def found(schema: ParameterSchema, **bindings: str) -> dict[str, str]:
    """The code of each error of the values, by parameter."""
    return {".".join(e.path): e.code.name for e in schema.validate(bindings).errors}


def rejected(*parameters: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The errors of a new template: code, path in the schema, and message."""
    for error in violations(a_create_command(**with_parameters(*parameters))):
        yield error.code.name, ".".join(error.path[-2:]), error.message


def test_the_bounds() -> None:
    assert (patterns.MAX_PROGRAM, patterns.MAX_PROGRAMS, patterns.MAX_TEXT) == (
        2_500,
        20_000,
        32_768,
    )
    assert (patterns.MAX_INPUT_WORK, patterns.MAX_OPERATION_WORK) == (5_000_000, 20_000_000)
    page = (Path(__file__).parents[2] / "docs/limits.md").read_text()
    for limit in ("2,500 RE2", "20,000;", "32,768 bytes", "5,000,000", "20,000,000", "plus 16"):
        assert limit in page


def test_a_program_of_a_new_template_is_bounded() -> None:
    assert [*rejected(a_parameter(pattern=LARGEST))] == []
    for pattern in ("[ab]{1000}" * 3, r"(?:\pL|\pN){20}", r"\pL{1,60}", STORED):
        ((code, path, message),) = rejected(a_parameter(pattern=pattern, default="a", enum=["a"]))
        assert (code, path) == ("OUT_OF_RANGE", "0.pattern")
        assert message.startswith("pattern must compile to at most 2,500 RE2 instructions: about")


def test_a_pattern_that_is_too_long_is_not_compiled() -> None:
    errors = [*rejected(a_parameter(pattern="a" * 100_000, default="a"))]

    assert errors == [("OUT_OF_RANGE", "0.pattern", "pattern must have at most 512 characters.")]
    assert all(len(pattern) <= 512 for pattern, _ in patterns._cache)


def test_a_larger_pattern_of_an_older_template_matches_what_the_budget_covers() -> None:
    schema = a_schema(a_parameter(pattern=STORED))

    assert is_too_large(STORED)
    assert found(schema, P="a" * 200) == {"P": "INVALID"}
    assert found(schema, P="a" * 300) == {"P": "OUT_OF_RANGE"}


def test_a_text_is_bounded_only_where_a_pattern_reads_it() -> None:
    with_pattern, without = a_schema(a_parameter(pattern="a$")), a_schema(a_parameter())

    assert found(with_pattern, P="é" * 16_383 + "aa") == {}
    (error,) = with_pattern.validate({"P": "é" * 16_384 + "a"}).errors
    assert error.message == "P must be at most 32,768 bytes in UTF-8."
    assert found(without, P="a" * 100_000) == {}


def test_the_work_for_an_input_is_bounded() -> None:
    schema = a_schema(*(a_parameter(name=f"P{n}", pattern=LARGEST) for n in range(3)))

    errors = schema.validate({f"P{n}": "a" * 2_400 for n in range(3)}).errors

    assert [(e.code.name, *e.path) for e in errors] == [
        ("INVALID", "P0"),
        ("INVALID", "P1"),
        ("OUT_OF_RANGE", "P2"),
    ]
    assert errors[2].message == (
        "P2 takes too long to match with its pattern: the sum over all values of their bytes, "
        "times the RE2 instructions of their patterns, must be at most 5,000,000."
    )


@pytest.mark.parametrize("keyword", ["default", "enum"])
def test_defaults_and_enums_of_a_new_template_count(keyword: str) -> None:
    text = "a" * 6_000
    value = text if keyword == "default" else [text]
    ((code, path, _),) = rejected(a_parameter(pattern="a[ab]{900}", **{keyword: value}))

    assert (code, path) == ("OUT_OF_RANGE", "0.default" if keyword == "default" else "enum.0")


def test_the_work_for_an_operation_is_bounded() -> None:
    schema, text = a_schema(a_parameter(pattern=LARGEST)), "a" * 4_900
    with operation_budget():
        for _ in range(4):
            assert found(schema, P=text) == {"P": "INVALID"}
        with pytest.raises(TooComplex, match="matches too much text"):
            schema.validate({"P": text})
    assert found(schema, P=text) == {"P": "INVALID"}


def test_a_usual_schema_is_far_below_the_bounds() -> None:
    slug = "^[a-z0-9]+(?:-[a-z0-9]+)*$"
    schema = a_schema(*(a_parameter(name=f"P{n}", pattern=slug) for n in range(200)))

    assert found(schema, **{f"P{n}": "a-b0" * 250 for n in range(200)}) == {}


def test_a_pattern_that_re2_refuses_is_not_written_down(capfd: pytest.CaptureFixture[str]) -> None:
    assert not is_too_large("(never seen before")

    assert capfd.readouterr() == ("", "")


def test_a_pattern_is_compiled_once_and_in_bounded_memory() -> None:
    assert compiled("once") is compiled("once")
    assert compiled(r"\pL{1,40}").search("Größe")
    with pytest.raises(re2.error, match="too large"):
        compiled(r"\pL{1,60}")


@pytest.mark.slow
def test_compiled_patterns_are_bounded_by_their_memory() -> None:
    for number in range(600):
        compiled(f"^[a-z]+{number}$")
    for number in range(40):
        compiled(rf"\pL{{30}}{number}")
    cache = patterns._cache

    assert 15 << 20 < cache.currsize <= cache.maxsize == 16 << 20
    assert len(cache) <= 256
