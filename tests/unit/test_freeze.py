"""Freezes: what they cover and until when, over the days on which the clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envctl.model.freeze import CronFreeze, DateFreeze, Span, check_cron

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = datetime(2026, 3, 20, tzinfo=UTC)
TEXTS = ["30m", "62h", "2d", "2d14h", "1h30m", "366d", "8784h"]


def cron(expression: str, span: str, zone: ZoneInfo = BERLIN) -> CronFreeze:
    return CronFreeze(expression, Span.parse(span), zone, "")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def covered(freeze: CronFreeze | DateFreeze, now: str) -> str | None:
    end = freeze.covers(at(now))
    return end.isoformat(timespec="minutes") if end else None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-12-19T22:59:59Z", None),
        ("2026-12-19T23:00:00Z", "2027-01-04T00:00+01:00"),
        ("2027-01-03T22:59:59Z", "2027-01-04T00:00+01:00"),
        ("2027-01-03T23:00:00Z", None),
        ("2026-12-24T08:00:00-05:00", "2027-01-04T00:00+01:00"),
    ],
)
def test_from_a_date_to_another(now: str, end: str | None) -> None:
    christmas = DateFreeze(at("2026-12-19T23:00Z"), at("2027-01-03T23:00Z"), BERLIN, "Christmas")
    assert covered(christmas, now) == end


WEEKEND = "0 18 * * 5"


@pytest.mark.parametrize(
    ("span", "now", "end"),
    [
        ("62h", "2026-07-03T15:59:59Z", None),
        ("62h", "2026-07-03T16:00:00Z", "2026-07-06T08:00+02:00"),
        ("62h", "2026-07-06T05:59:59Z", "2026-07-06T08:00+02:00"),
        ("62h", "2026-07-06T06:00:00Z", None),
        ("62h", "2026-07-08T12:00:00Z", None),
        # In spring an hour is left out: hours are exact, days are those of the calendar.
        ("62h", "2026-03-29T12:00:00Z", "2026-03-30T09:00+02:00"),
        ("62h", "2026-03-30T06:59:59Z", "2026-03-30T09:00+02:00"),
        ("62h", "2026-03-30T07:00:00Z", None),
        ("2d14h", "2026-03-29T12:00:00Z", "2026-03-30T08:00+02:00"),
        ("2d14h", "2026-03-30T06:00:00Z", None),
        # In autumn an hour is repeated.
        ("62h", "2026-10-25T12:00:00Z", "2026-10-26T07:00+01:00"),
        ("62h", "2026-10-26T06:00:00Z", None),
        ("2d14h", "2026-10-26T06:59:59Z", "2026-10-26T08:00+01:00"),
        ("2d14h", "2026-10-26T07:00:00Z", None),
    ],
)
def test_each_weekend(span: str, now: str, end: str | None) -> None:
    assert covered(cron(WEEKEND, span), now) == end


@pytest.mark.parametrize(
    ("expression", "now", "end"),
    [
        # 02:30 does not exist on this day: cron begins when the clocks have moved on.
        ("30 2 * * *", "2026-03-29T00:59:59Z", None),
        ("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-29T04:00+02:00"),
        ("30 2 * * *", "2026-03-29T01:59:59Z", "2026-03-29T04:00+02:00"),
        ("30 2 * * *", "2026-03-29T02:00:00Z", None),
        ("30 2 * * *", "2026-03-30T00:30:00Z", "2026-03-30T03:30+02:00"),
        # 02:30 comes twice on this day: cron begins once, the first time.
        ("30 2 * * *", "2026-10-25T00:29:59Z", None),
        ("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T02:30+01:00"),
        ("30 2 * * *", "2026-10-25T01:15:00Z", "2026-10-25T02:30+01:00"),
        ("30 2 * * *", "2026-10-25T01:30:00Z", None),
        ("30 2 * * *", "2026-10-25T01:45:00Z", None),
        ("45 2 25 10 *", "2026-10-25T01:20:00Z", "2026-10-25T02:45+01:00"),
    ],
)
def test_an_hour_that_is_left_out_or_repeated(expression: str, now: str, end: str | None) -> None:
    assert covered(cron(expression, "1h"), now) == end


def test_stretches_without_a_gap_are_one() -> None:
    nights = cron("0 20 * * 1-5", "1d", ZoneInfo("UTC"))
    assert covered(nights, "2026-11-02T19:59:59Z") is None
    assert covered(nights, "2026-11-02T20:00:00Z") == "2026-11-07T20:00+00:00"
    assert covered(nights, "2026-11-06T21:00:00Z") == "2026-11-07T20:00+00:00"
    assert covered(nights, "2026-11-07T20:00:00Z") is None


def test_what_never_ends_is_told_all_the_same() -> None:
    end = cron("* * * * *", "30m", ZoneInfo("UTC")).covers(at("2026-11-02T20:00:00Z"))
    assert end is not None
    assert end > at("2026-11-02T21:00:00Z")


@given(
    moment=st.integers(0, 230 * 24 * 60).map(lambda minutes: MARCH + timedelta(minutes=minutes)),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    hours=st.integers(1, 20),
)
def test_it_covers_what_is_between_a_match_and_its_end(
    moment: datetime, minute: int, hour: int, hours: int
) -> None:
    """Held against plain counting, but for the days on which clocks change: they stand above."""
    freeze = cron(f"{minute} {hour} * * *", f"{hours}h")
    local = moment.astimezone(BERLIN)
    if any((local + timedelta(days=near)).utcoffset() != local.utcoffset() for near in (-2, -1, 1, 2)):
        return
    starts = [local.replace(hour=hour, minute=minute, second=0, microsecond=0)]
    starts.append(starts[0] - timedelta(days=1))
    ends = [start + timedelta(hours=hours) for start in starts if start <= local]
    expected = next((end for end in ends if end > local), None)
    assert freeze.covers(moment) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_lengths_of_time(text: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert begin < Span.parse(text).after(begin) <= begin + timedelta(days=366)


@pytest.mark.parametrize(
    "text", ["", "2", "2w", "1.5h", "-1h", "14h2d", "1h 30m", "h", "2D", "\u0661h", "1" * 7 + "h"]
)
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="must be a length of time such as 30m, 62h or 2d14h"):
        Span.parse(text)


@pytest.mark.parametrize("text", ["0m", "0d0h0m", "367d", "366d1m", "999999h"])
def test_lengths_out_of_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="must be longer than nothing, and 366d at most"):
        Span.parse(text)


@pytest.mark.parametrize("text", ["0 18 * * 5", "*/5 * * * *", "0 0 L * *", "0 9 1-7 * MON", "0 0 29 2 *"])
def test_cron_expressions(text: str) -> None:
    check_cron(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has 0"),
        ("0 18 * *", "it has 4"),
        ("0 0 18 * * 5", "it has 6"),
        ("@weekly", "it has 1"),
        ("0 25 * * *", "bad hour"),
        ("60 * * * *", "bad minute"),
        ("0 0 * * FRIDAY", "bad day-of-week"),
        ("0 0 31 2 *", "bad day-of-month"),
        (f"0 0 * * {'9' * 5000}", "bad number"),
    ],
)
def test_what_is_no_cron_expression(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"must be a cron expression of five fields .*: {why}$"):
        check_cron(text)


def test_a_cron_expression_that_matches_no_day() -> None:
    with pytest.raises(ValueError, match="matches no day at all"):
        check_cron("0 0 */31 2 2#5")
