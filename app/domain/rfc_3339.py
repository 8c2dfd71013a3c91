"""Timestamps of RFC 3339 (section 5.6): the times that callers send."""

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))",
    re.ASCII | re.IGNORECASE,
)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
"""The stand-ins for times before and after the years 1 to 9999 in UTC."""

CYCLE = 400
"""Years after which the calendar repeats itself."""

LEAP_SECONDS = {(6, 30), (12, 31)}
"""Month and day at whose end, in UTC, there may be a leap second. Which years have one is not
known in advance."""


def instant(text: object) -> datetime:
    """The time of a timestamp, in UTC. Raises ValueError for anything else.

    Digits beyond microseconds leave a trace in the last one, so that the time is before, at or
    after a whole millisecond whenever the timestamp is. A leap second is the second after it."""
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not a timestamp of RFC 3339")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    cycle_year = year % CYCLE + 5 * CYCLE  # Python has no year 0, and none after 9999.
    is_leap = second == 60
    time = datetime(
        cycle_year, month, day, hour, minute, second - is_leap, _microseconds(match[7]), UTC
    )
    time -= _offset(*match.groups()[7:])
    if is_leap:
        if (time.month, time.day) not in LEAP_SECONDS or (time.hour, time.minute) != (23, 59):
            raise ValueError("no leap second")
        time += timedelta(seconds=1)
    year_in_utc = time.year - cycle_year + year
    if not EARLIEST.year <= year_in_utc <= LATEST.year:
        return EARLIEST if year_in_utc < EARLIEST.year else LATEST
    return time.replace(year=year_in_utc)


def _microseconds(fraction: str | None) -> int:
    digits = fraction or ""
    return int(digits[:6].ljust(6, "0")) | bool(digits[6:].strip("0"))


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if sign is None or hours is None or minutes is None:
        return timedelta()
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("no UTC offset")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
