"""Freezes: stretches of time in which an environment is to stay as it is.

Hours and minutes are exact, days are those of the calendar: from Friday 18:00, `2d14h` is Monday 8:00
whatever the clocks did on Sunday, `62h` is not.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from cronsim import CronSim, CronSimError
from msgspec import Struct

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MAX_DAYS = 366
_FIELDS = 5
_SPAN = re.compile(r"(?=.)(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?")
_CHANGE_OF_CLOCKS = timedelta(hours=4)
"""More than any change of clocks, within which the time of day does not tell what was first."""
_MOST_JOINED = 100
"""How many stretches that follow each other without a gap are looked at for the end of it all."""


class Span(Struct, frozen=True):
    """A length of time: days of the calendar, then exact time."""

    days: int
    exact: timedelta

    @classmethod
    def parse(cls, text: str) -> Span:
        """Return the span that a text spells, `30m`, `62h` or `2d14h`. Raises ValueError that says how."""
        found = _SPAN.fullmatch(text)
        if not found:
            raise ValueError("must be a length of time such as 30m, 62h or 2d14h")
        days, hours, minutes = (int(part or 0) for part in found.groups())
        exact = timedelta(hours=hours, minutes=minutes)
        if not timedelta(0) < timedelta(days) + exact <= timedelta(MAX_DAYS):
            raise ValueError(f"must be longer than nothing, and {MAX_DAYS}d at most")
        return cls(days, exact)

    def after(self, begin: datetime) -> datetime:
        """Return when it is over, in UTC; `begin` stands in the time zone whose days count."""
        return (begin + timedelta(self.days)).astimezone(UTC) + self.exact


class DateFreeze(Struct, frozen=True):
    """A freeze from one moment to another, which is no longer in it; both in UTC."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    reason: str

    def covers(self, now: datetime) -> datetime | None:
        """Return when the freeze ends that holds now, in its own time zone; None when there is none."""
        return self.end.astimezone(self.zone) if self.begin <= now < self.end else None


class CronFreeze(Struct, frozen=True):
    """A freeze that begins at each match of a cron expression (see `check_cron`) and lasts a while."""

    cron: str
    span: Span
    zone: ZoneInfo
    reason: str

    def covers(self, now: datetime) -> datetime | None:
        """Return when the freeze ends that holds now, in its own time zone; None when there is none.

        Where one stretch follows another without a gap, it is the end of the last one.
        """
        end = self._end(now)
        if end is None or end <= now:
            return None
        for _ in range(_MOST_JOINED):
            later = self._end(end)
            if later is None or later <= end:
                break
            end = later
        return end.astimezone(self.zone)

    def _end(self, now: datetime) -> datetime | None:
        """Return the end, in UTC, of the stretch that began last; None when none began yet."""
        # cronsim reckons with the time of day, so that in the hour which clocks repeat it takes the first
        # half hour for the second. Hence it starts further on, and what lies ahead is dropped.
        start = (now.astimezone(UTC) + _CHANGE_OF_CLOCKS).astimezone(self.zone)
        begins = CronSim(self.cron, start, reverse=True)
        begin = next((one for one in begins if one.astimezone(UTC) <= now), None)
        return None if begin is None else self.span.after(begin)


Freeze: TypeAlias = DateFreeze | CronFreeze


def check_cron(text: str) -> None:
    """Check a cron expression of five fields, as Debian's cron has them. Raises ValueError that says why."""
    wish = "must be a cron expression of five fields such as '0 18 * * 5'"
    if len(text.split()) != _FIELDS:
        raise ValueError(f"{wish}: it has {len(text.split())}")
    try:
        begins = CronSim(text, datetime(2000, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError) as error:
        why = str(error) if isinstance(error, CronSimError) else "Bad number"
        raise ValueError(f"{wish}: {why[:1].lower()}{why[1:]}") from None
    if next(begins, None) is None:
        raise ValueError("is a cron expression that matches no day at all")
