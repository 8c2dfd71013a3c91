"""DateTime is RFC 3339, all of it and nothing else, wherever it is read."""

import calendar
import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.rfc_3339 import EARLIEST, LATEST, instant
from app.transfer.record import read
from tests.builders import NAMED, a_wire_template, an_input
from tests.conftest import Caller

CASE = (Path(__file__).parent / "cases" / "19-date-time.graphql").read_text()
LIST = "query($filter: ModelTemplateFilter) { modelTemplates(filter: $filter) { totalCount } }"
REFUSED = "DateTime must be an RFC 3339 timestamp, such as 2026-01-31T12:00:00Z."

# The rules of section 5.6, by name.
FULL_DATE = r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
HOUR, MINUTE = r"[01][0-9]|2[0-3]", r"[0-5][0-9]"
PARTIAL_TIME = rf"(?P<hour>{HOUR}):(?P<minute>{MINUTE}):(?P<second>[0-5][0-9]|60)"
OFFSET = rf"(?:[Zz]|(?P<sign>[+-])(?P<off_hour>{HOUR}):(?P<off_minute>{MINUTE}))"
DATE_TIME = re.compile(rf"{FULL_DATE}[Tt]{PARTIAL_TIME}(?P<fraction>\.[0-9]+)?{OFFSET}")


def exact(text: str) -> Fraction | None:
    """The seconds from the beginning of year 0 in UTC, or None for what is no date-time."""
    found = DATE_TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (
        int(found[name]) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    like = year or 4  # It is a leap year, too.
    if day > calendar.monthrange(like, month)[1]:
        return None
    days = 365 * year + (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400
    days += sum(calendar.monthrange(like, earlier)[1] for earlier in range(1, month)) + day - 1
    minutes = days * 1_440 + hour * 60 + minute
    if found["sign"]:
        offset = int(found["off_hour"]) * 60 + int(found["off_minute"])
        minutes -= offset if found["sign"] == "+" else -offset
    if second == 60 and not _may_end_with_a_leap_second(minutes):
        return None
    return minutes * 60 + second + Fraction(f"0{found['fraction'] or '.0'}")


def _may_end_with_a_leap_second(minutes: int) -> bool:
    """Whether a minute is the last one of a June or December, in a calendar that repeats itself
    every 146,097 days."""
    days, rest = divmod(minutes + 1, 1_440)
    next_day = datetime.fromordinal(datetime(2000, 1, 1).toordinal() + days % 146_097)
    return rest == 0 and (next_day.month, next_day.day) in {(1, 1), (7, 1)}


YEAR_1 = exact("0001-01-01T00:00:00Z")
assert YEAR_1 is not None


def seconds(time: datetime) -> Fraction:
    """The seconds of a time, as `exact` counts them."""
    assert YEAR_1 is not None
    past = time - EARLIEST
    return YEAR_1 + past.days * 86_400 + past.seconds + Fraction(past.microseconds, 10**6)


def two(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map("{:02}".format)


numbers = st.tuples(
    st.one_of(st.sampled_from([0, 1, 4, 400, 1900, 2000, 9999]), st.integers(0, 9999)).map(
        "{:04}".format
    ),
    two(0, 13), two(0, 32), st.sampled_from("TTTt _"), two(0, 24), two(0, 60),
    st.one_of(two(0, 61), st.just("60")),
    st.from_regex(r"|\.[0-9]{1,12}|\.000999[0-9]{0,4}", fullmatch=True),
    st.one_of(
        st.sampled_from(["Z", "z", "-00:00", "+00:00", "", "+23:59", "-23:59", "+24:00", "+0100"]),
        st.tuples(st.sampled_from("+-"), two(0, 24), st.just(":"), two(0, 60)).map("".join),
    ),
)  # fmt: skip
made = numbers.map(lambda n: f"{n[0]}-{n[1]}-{n[2]}{n[3]}{n[4]}:{n[5]}:{n[6]}{n[7]}{n[8]}")
leaping = st.builds(
    "{:04}-{}:59:60{}{}".format,
    st.integers(0, 9999),
    st.sampled_from(["06-30T23", "12-31T23", "12-31T15", "07-01T07", "03-31T23", "12-30T23"]),
    st.sampled_from(["", ".5"]),
    st.sampled_from(["Z", "+00:00", "-08:00", "+08:00"]),
)


@given(st.one_of(made, leaping, st.from_regex(DATE_TIME, fullmatch=True)))
@example("0000-02-29T00:00:00Z")
@example("0001-01-01T23:58:60+23:59")
@example("9999-12-31T23:59:60Z")
@example("9999-12-31T23:59:60-23:59")
@example("1900-02-29T00:00:00Z")
def test_a_timestamp_is_what_the_grammar_allows(text: str) -> None:
    expected = exact(text)
    if expected is None:
        with pytest.raises(ValueError):
            instant(text)
        return

    time = instant(text)

    assert time.tzinfo is UTC
    if expected < seconds(EARLIEST):
        assert time == EARLIEST
    elif expected > seconds(LATEST):
        assert time == LATEST
    else:  # It is on the same side of every whole millisecond.
        given, stored = seconds(time) * 1_000, expected * 1_000
        assert given // 1 == stored // 1
        assert (given % 1 == 0) is (stored % 1 == 0)


TEMPLATE = an_input(a_wire_template())
VALID = {
    "2000-01-01T00:00:00z": 1,
    "2000-01-01t00:00:00Z": 1,
    "2000-01-01T00:00:00.123456789012345678901234567890Z": 1,
    "2000-01-01T00:00:00-00:00": 1,
    "2000-01-01T23:59:00+23:59": 1,
    "2016-12-31T23:59:60Z": 1,
    "1990-12-31T15:59:60-08:00": 1,
    "0000-01-01T00:00:00Z": 1,
    "0001-01-01T00:00:00+23:59": 1,
    "9999-12-31T23:59:59-23:59": 0,
    "9999-12-31T23:59:60Z": 0,
}
"""Timestamps, and how many templates of this century are later."""

OTHERS = [
    "2026-W01-4X00:00:00,5+00",
    "2026-W01-4T00:00:00Z",
    "2026-001T00:00:00Z",
    "20260101T000000Z",
    "2026-01-01",
    "2026-01-01T00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00Z",
    "2026-01-01T00:00:00,5Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01T00:00:60Z",
    "2026-02-29T00:00:00Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:60",
    "2026-01-01T00:00:00+0000",
    "2026-01-01T00:00:00+00",
    "2026-01-01T00:00:00+00:00:01",
    "2026-01-01T00:00:00UTC",
    "+2026-01-01T00:00:00Z",
    "12026-01-01T00:00:00Z",
    "٢٠٢٦-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z\n",
    " 2026-01-01T00:00:00Z",
    "",
    "now",
]


async def test_the_case_is_refused_and_its_counterpart_is_taken(ann: Caller) -> None:
    (error,) = (await ann.post(CASE)).json()["errors"]
    counterpart = CASE.replace("2026-W01-4X00:00:00,5+00", "2026-01-01T00:00:00z")

    assert error["message"].endswith(REFUSED)
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED", **NAMED}
    assert await ann.ask(counterpart) == {"modelTemplates": {"totalCount": 0}}


@pytest.mark.parametrize(("text", "later"), VALID.items())
async def test_rfc_3339_is_taken(ann: Caller, text: str, later: int) -> None:
    await ann.create(TEMPLATE)

    literal = f"{{ modelTemplates(filter: {{createdAfter: {json.dumps(text)}}}) {{ totalCount }} }}"
    for answer in (await ann.ask(LIST, filter={"createdAfter": text}), await ann.ask(literal)):
        assert answer == {"modelTemplates": {"totalCount": later}}
    before = await ann.ask(LIST, filter={"createdBefore": text})
    assert before == {"modelTemplates": {"totalCount": 1 - later}}


@pytest.mark.parametrize("text", OTHERS)
async def test_nothing_else_is_taken(ann: Caller, text: str) -> None:
    literal = f"{{ modelTemplates(filter: {{createdAfter: {json.dumps(text)}}}) {{ totalCount }} }}"

    for answer in (await ann.post(LIST, filter={"createdAfter": text}), await ann.post(literal)):
        (error,) = answer.json()["errors"]
        assert error["message"].endswith(REFUSED)


@pytest.mark.parametrize("value", [0, 1767225600, 1.5, True, ["2026-01-01T00:00:00Z"], {}])
async def test_a_number_is_no_time(ann: Caller, value: object) -> None:
    (error,) = (await ann.post(LIST, filter={"createdAfter": value})).json()["errors"]

    assert error["message"].endswith(REFUSED)


async def test_more_digits_than_are_stored_decide_exactly(writer: Caller) -> None:
    payload = await writer.create(TEMPLATE, "{ createdAt }")
    created = payload["modelTemplate"]["createdAt"]  # To the millisecond.

    async def found(name: str, digits: str) -> int:
        answer = await writer.ask(LIST, filter={name: created.replace("Z", f"{digits}Z")})
        count: int = answer["modelTemplates"]["totalCount"]
        return count

    before = datetime.fromisoformat(created).timestamp() - 0.001
    earlier = datetime.fromtimestamp(before + 1e-4, UTC).isoformat(timespec="milliseconds")[:-6]
    just_before = f"{earlier}9999Z"

    for digits in ("", "0", "000000000"):
        counts = [await found("createdAfter", digits), await found("createdBefore", digits)]
        assert counts == [0, 0]
    for digits in ("1", "0001", "0000000000000001", "9999999"):
        counts = [await found("createdAfter", digits), await found("createdBefore", digits)]
        assert counts == [0, 1]
    answer = await writer.ask(LIST, filter={"createdAfter": just_before})
    assert answer == {"modelTemplates": {"totalCount": 1}}


@pytest.mark.parametrize("text", OTHERS)
def test_a_file_is_read_as_strictly(text: str) -> None:
    wire = {**a_wire_template(), "created_at": text}

    with pytest.raises(Invalid) as raised:
        read(wire, id="t1", at=datetime(2026, 1, 1, tzinfo=UTC))

    (error,) = raised.value.errors
    assert error.path == ("createdAt",)
    assert error.message == (
        "createdAt must be a time with a UTC offset, such as 2026-01-31T12:00:00Z."
    )


def test_a_file_may_have_any_timestamp_of_its_years() -> None:
    wire = {**a_wire_template(), "created_at": "2016-12-31t23:59:60.0019999z"}

    record = read(wire, id="t1", at=datetime(2026, 1, 1, tzinfo=UTC))

    assert record.template.created_at == datetime(2017, 1, 1, 0, 0, 0, 1_000, UTC)


@pytest.mark.parametrize("text", OTHERS)
async def test_a_cursor_holds_no_other_time(ann: Caller, text: str) -> None:
    cursor = json.dumps(["CREATED_AT DESC", text, "t1"]).encode()
    after = urlsafe_b64encode(cursor).rstrip(b"=").decode()
    query = "query($after: String) { modelTemplates(after: $after) { totalCount } }"

    (error,) = (await ann.post(query, after=after)).json()["errors"]

    assert error["message"] == "after: not a cursor of this list"
