"""How long ago something was, in the words of a person; always by the clock of the server."""

from __future__ import annotations

from datetime import UTC, datetime

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_STEPS = (
    # (up to so many seconds, the unit in seconds, one of it, several of it)
    (_HOUR, _MINUTE, "min", "min"),
    (_DAY, _HOUR, "h", "h"),
    (14 * _DAY, _DAY, "day", "days"),
    (9 * 7 * _DAY, 7 * _DAY, "week", "weeks"),
    (2 * 365 * _DAY, 30 * _DAY, "month", "months"),
)


def age(then: datetime, now: datetime) -> str:
    """Return how long before `now` something was; what seems to lie ahead, by clocks apart, is just now."""
    seconds = int((_aware(now) - _aware(then)).total_seconds())
    if seconds < _MINUTE:
        return "just now"
    for limit, unit, one, several in _STEPS:
        if seconds < limit:
            count = seconds // unit
            return f"{count} {one if count == 1 else several} ago"
    return f"{seconds // (365 * _DAY)} years ago"


def age_of(text: str | None, now: datetime | None) -> str:
    """Return the age of a time in ISO 8601, "" when there is none or it is no time."""
    if text is None or now is None:
        return ""
    try:
        return age(datetime.fromisoformat(text), now)
    except ValueError:
        return ""


def _aware(time: datetime) -> datetime:
    """Return a time with a zone: ledger and event log speak of UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
