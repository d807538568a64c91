"""`policy: {freeze: [...]}`: what it may say, and that each mistake is told with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from envctl.model.freeze import CronFreeze, DateFreeze, Span
from tests.unit.trees import AIRFLOW, Read, read

BERLIN = ZoneInfo("Europe/Berlin")


def entry(text: str) -> Read:
    return read({"dev/environment.yaml": f"{AIRFLOW}policy:\n  freeze:\n    - {{{text}}}\n"})


def dates(text: str) -> DateFreeze:
    found = entry(text)
    assert found.loaded is not None, found.mistakes
    (freeze,) = found.loaded.spec.file.rules().freezes
    assert isinstance(freeze, DateFreeze)
    return freeze


def test_both_forms() -> None:
    text = """\
policy:
  freeze:
    - {from: 2026-12-20, to: 2027-01-03, timezone: Europe/Berlin, reason: Christmas}
    - {cron: "0 18 * * 5", for: 62h, timezone: Europe/Berlin, reason: weekend}
    - {cron: 0 0 1 * *, for: 1d}
"""
    found = read({"dev/environment.yaml": AIRFLOW + text})
    assert found.loaded is not None, found.mistakes
    utc = ZoneInfo("UTC")
    assert found.loaded.spec.file.rules().freezes == (
        DateFreeze(
            datetime(2026, 12, 19, 23, tzinfo=UTC), datetime(2027, 1, 3, 23, tzinfo=UTC), BERLIN, "Christmas"
        ),
        CronFreeze("0 18 * * 5", Span(0, timedelta(hours=62)), BERLIN, "weekend"),
        CronFreeze("0 0 1 * *", Span(1, timedelta(0)), utc, ""),
    )


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("from: 2026-12-20, to: 2026-12-20", "2026-12-20T00:00Z", "2026-12-21T00:00Z"),
        ("from: 2026-12-20T18:00, to: 2026-12-20", "2026-12-20T18:00Z", "2026-12-21T00:00Z"),
        ("from: 2026-12-20 18:00, to: 2026-12-20T18:00:30", "2026-12-20T18:00Z", "2026-12-20T18:00:30Z"),
        ("from: 2026-12-20T18:00Z, to: 2026-12-21T00:00+01:00", "2026-12-20T18:00Z", "2026-12-20T23:00Z"),
        ("from: 2026-12-20, to: 9998-12-31", "2026-12-20T00:00Z", "9999-01-01T00:00Z"),
        # Spring: the day has 23 hours; 02:30 is left out.
        (
            "from: 2026-03-29, to: 2026-03-29, timezone: Europe/Berlin",
            "2026-03-28T23:00Z",
            "2026-03-29T22:00Z",
        ),
        (
            "from: 2026-03-29T02:30, to: 2026-03-29T12:00, timezone: Europe/Berlin",
            "2026-03-29T00:30Z",
            "2026-03-29T10:00Z",
        ),
        # Autumn: the day has 25 hours; 02:30 comes twice, and the freeze is the longer one.
        (
            "from: 2026-10-25, to: 2026-10-25, timezone: Europe/Berlin",
            "2026-10-24T22:00Z",
            "2026-10-25T23:00Z",
        ),
        (
            "from: 2026-10-25T02:30, to: 2026-10-25T02:31, timezone: Europe/Berlin",
            "2026-10-25T00:30Z",
            "2026-10-25T01:31Z",
        ),
    ],
)
def test_dates_and_date_times(text: str, begin: str, end: str) -> None:
    freeze = dates(text)
    assert (freeze.begin, freeze.end) == (datetime.fromisoformat(begin), datetime.fromisoformat(end))


FROM = "from: 2026-12-20"
CRON = 'cron: "0 18 * * 5"'
EITHER = "needs either from and to, or cron and for: this one has"
MOMENT = "must be a date or a date-time that exists, such as 2026-12-20 or 2026-12-20T18:00"


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 7, "needs either from and to, or cron and for: this one has none of them"),
        (FROM, 7, f"{EITHER} from"),
        (CRON, 7, f"{EITHER} cron"),
        ("for: 2d", 7, f"{EITHER} for"),
        (f"{FROM}, to: 2026-12-21, {CRON}, for: 2d", 7, f"{EITHER} cron and for and from and to"),
        (f"{FROM}, for: 2d", 7, f"{EITHER} for and from"),
        (f"{FROM}, to: 2026-12-19", 26, "to must be later than from, 2026-12-20"),
        (
            "from: 2026-12-20T18:00, to: 2026-12-20T18:00",
            32,
            "to must be later than from, 2026-12-20 18:00:00",
        ),
        (f"{FROM}, to: 2026-12-32", 26, f"to {MOMENT}"),
        (f"{FROM}, to: tomorrow", 26, f"to {MOMENT}"),
        (f"{FROM}, to: 2026-12-20T24:00", 26, f"to {MOMENT}"),
        (f"{FROM}, to: 20261221", 26, f"to {MOMENT}"),
        (f"{FROM}, to: 9999-12-31", 26, f"to {MOMENT}"),
        (f"{FROM}, to: [2026-12-21]", 26, "to must be text, not a list"),
        (f"{FROM}, to: ", 26, "to is empty"),
        (
            f"{FROM}, to: 2026-12-21T00:00Z, timezone: Europe/Berlin",
            26,
            "to has an offset of its own beside timezone: leave out one of them",
        ),
        ('cron: "0 25 * * *", for: 2d', 8, "cron must be a cron expression of five fields"),
        (f"{CRON}, for: 2 days", 28, "for must be a length of time such as 30m, 62h or 2d14h"),
        (f"{CRON}, for: 0h", 28, "for must be longer than nothing"),
        (
            f"{CRON}, for: 2d, timezone: Berlin",
            37,
            "timezone must be the name of a time zone, and 'Berlin' is",
        ),
        (
            f"{CRON}, for: 2d, timezone: Europe",
            37,
            "timezone must be the name of a time zone, and 'Europe' is",
        ),
        (f"{CRON}, for: 2d, timezone: ''", 37, "timezone must be the name of a time zone, and '' is none"),
        (f"{CRON}, for: 2d, timezone: ../UTC", 37, "timezone must be the name of a time zone"),
        (f"{CRON}, for: 2d, reasn: x", 37, "unknown key 'reasn'"),
        (f"{CRON}, for: 2d, reason: '${{WHY}}'", 45, "${WHY}: a reference cannot stand here"),
        (f"{CRON}, for: 2d, reason: !remove x", 45, "!remove has no meaning in environment.yaml"),
    ],
)
def test_mistakes(text: str, column: int, words: str) -> None:
    (mistake,) = entry(text).mistakes
    assert mistake.startswith(f"tree/dev/environment.yaml:4:{column}: ")
    assert words in mistake


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"{CRON}, for: 2d, reasn: x", "did you mean 'reason'?"),
        (f"{CRON}, fro: 2d", "did you mean 'from'?"),
        (f"{CRON}, for: 2d, timezone: Europe/Berln", "did you mean 'Europe/Berlin'?"),
        (f"{CRON}, for: 2d, timezone: '?'", "names look like Europe/Berlin"),
    ],
)
def test_the_nearest_right_word(text: str, hint: str) -> None:
    assert entry(text).found[0].hint == hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("freeze: {from: 2026-12-20}", "policy.freeze must be a list, not a mapping"),
        ("freeze: [Christmas]", "policy.freeze[0] must be a mapping, not a single value"),
        ("frezee: []", "unknown key 'frezee'"),
    ],
)
def test_what_is_no_list_of_freezes(text: str, words: str) -> None:
    (mistake,) = read({"dev/environment.yaml": f"{AIRFLOW}policy: {{{text}}}\n"}).mistakes
    assert words in mistake


def test_every_mistake_of_a_list_is_told() -> None:
    text = f"{AIRFLOW}policy:\n  freeze:\n  - {{{FROM}}}\n  - {{{CRON}, for: x}}\n"
    assert [one.partition(": ")[0] for one in read({"dev/environment.yaml": text}).mistakes] == [
        "tree/dev/environment.yaml:4:5",
        "tree/dev/environment.yaml:5:26",
    ]
