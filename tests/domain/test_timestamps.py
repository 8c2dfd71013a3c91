"""Times in wire format and as stored."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain.model_template import ModelTemplate
from app.domain.timestamps import in_utc, to_the_millisecond


@pytest.mark.parametrize(
    ("microsecond", "kept"), [(0, 0), (999, 0), (1_000, 1_000), (1_999, 1_000), (999_999, 999_000)]
)
def test_times_are_truncated_to_milliseconds(microsecond: int, kept: int) -> None:
    moment = datetime(2026, 1, 31, 12, 30, 59, microsecond, UTC)

    assert to_the_millisecond(moment) == moment.replace(microsecond=kept)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T01:00:00.123999+02:00", "2026-01-30T23:00:00.123000Z"),
        (
            datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-1))),
            "2026-01-01T01:00:00Z",
        ),
        (None, None),
    ],
)
def test_a_time_is_kept_in_utc(given: Any, kept: str | None) -> None:
    values = {"updated_at": given, "archived_at": given, "name": "2026-01-31T01:00:00+02:00"}

    assert in_utc(ModelTemplate, values) == (
        {**values, "updated_at": kept, "archived_at": kept},
        [],
    )


@pytest.mark.parametrize(
    "given",
    ["yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", 1, True, []],
)
def test_an_invalid_time_is_omitted_and_reported(given: Any) -> None:
    kept, errors = in_utc(ModelTemplate, {"created_at": given, "name": "n"})

    assert kept == {"name": "n"}
    assert [(error.code.name, error.path) for error in errors] == [("INVALID", ("createdAt",))]


@pytest.mark.parametrize(
    "given", ["0001-01-01T00:00:00+01:00", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00"]
)
def test_a_time_of_another_century_is_omitted_and_reported(given: str) -> None:
    kept, errors = in_utc(ModelTemplate, {"created_at": given, "name": "n"})

    assert kept == {"name": "n"}
    assert [(error.code.name, error.path) for error in errors] == [("OUT_OF_RANGE", ("createdAt",))]
