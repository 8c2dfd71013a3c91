"""schema: printed, and compared with an older one."""

from pathlib import Path

import pytest

from app.graphql.schema import sdl
from tests.program import run


def test_the_schema_is_printed(environment: dict[str, str]) -> None:
    assert run(environment, "schema", "print").stdout == sdl()


def test_breaking_and_dangerous_changes_are_listed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    old = tmp_path / "old.graphql"
    dangerous = sdl().replace("  RERANKING\n", "", 1)
    old.write_text(dangerous.replace("  viewer: Viewer!", "  viewer: Viewer!\n  gone: Int", 1))

    same = run(environment, "schema", "check", "-", given=sdl())
    careful = run(environment, "schema", "check", "-", given=dangerous)
    broken = run(environment, "schema", "check", str(old))

    danger = "dangerous: Enum value ModelType.RERANKING was added.\n"
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    assert (careful.returncode, careful.stdout, careful.stderr) == (0, danger, "")
    assert (broken.returncode, broken.stderr) == (1, "")
    assert broken.stdout == f"breaking: Field Query.gone was removed.\n{danger}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"type {", "line 1: Syntax Error"),
        (b"type A { b: C }", "Unknown type 'C'"),
        (b"type A { b: Int }", "Query root type must be provided"),
        (b"\xff", "'utf-8' codec can't decode"),
        (b"", "Syntax Error: Unexpected <EOF>"),
    ],
)
def test_an_invalid_schema_is_an_error(
    environment: dict[str, str], tmp_path: Path, text: bytes, said: str
) -> None:
    (tmp_path / "old.graphql").write_bytes(text)

    result = run(environment, "schema", "check", str(tmp_path / "old.graphql"))

    assert (result.returncode, result.stdout) == (2, "")
    assert "old.graphql: not a GraphQL schema: " in result.stderr
    assert said in result.stderr
