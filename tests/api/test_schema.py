"""The schema as clients see it."""

from pathlib import Path

from app.api.schema import sdl


def test_the_file_is_what_the_code_prints() -> None:
    """When this fails on purpose: `python -m app schema print > schema.graphql`."""
    file = Path(__file__).parents[2] / "schema.graphql"

    assert file.read_text() == sdl()
