"""How long ago: rough, short, and harmless where clocks are apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from envctl.report.ages import age, age_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-1), "just now"),
        (timedelta(days=-400), "just now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=3, minutes=59), "3 h ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "2 weeks ago"),
        (timedelta(days=38), "5 weeks ago"),
        (timedelta(days=63), "2 months ago"),
        (timedelta(days=729), "24 months ago"),
        (timedelta(days=730), "2 years ago"),
        (timedelta(days=4000), "10 years ago"),
    ],
)
def test_ages(ago: timedelta, shown: str) -> None:
    assert age(NOW - ago, NOW) == shown


def test_zones_and_times_without_one() -> None:
    assert age_of("2026-11-22T10:00:00+01:00", NOW) == "3 h ago"
    assert age_of("2026-11-22T09:00:00", NOW) == "3 h ago"
    assert age(NOW.replace(tzinfo=None), NOW) == "just now"


@pytest.mark.parametrize("written", [None, "", "yesterday"])
def test_what_is_no_time_has_no_age(written: str | None) -> None:
    assert age_of(written, NOW) == ""
    assert age_of("2026-11-22T10:00:00+00:00", None) == ""
