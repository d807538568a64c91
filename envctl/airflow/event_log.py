"""Airflow's log of who wrote what, from an entry seen before up to the newest.

The log also has an entry for every step of every task, and those of bulk requests hold hundreds of
objects: so the server is asked for the writes to the kinds only, and for no older ones than needed.
Entries that come while pages are read push others to later pages: some are met twice, none is missed.
An entry that is committed milliseconds after one with a higher id can be, if that was the newest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from envctl.airflow.event_entry import entry_of, event_of
from envctl.errors import WrongServer
from envctl.model.event import Event, Seen, Witness
from envctl.model.request import ApiCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.airflow.api import EventNames, Query
    from envctl.airflow.event_entry import Entry
    from envctl.airflow.session import Session
    from envctl.kinds.kind import Kind

PAGE = 100
"""What Airflow gives at most, see `envctl.airflow.pages`; less is noticed."""
MOST_PAGES = 50
_PATH = "/eventLogs"
_MARGIN = timedelta(minutes=1)
"""Entries bear the clock of the machine that wrote them, and ids do not follow it. Airflow's parts do not
work together with clocks further apart: `[api_auth] jwt_leeway` is 10 s."""
_INSTANT = timedelta(microseconds=1)
"""As exact as the log is; `after` and `before` both exclude the time that they are given."""


def read_events(session: Session, names: EventNames, kinds: Sequence[Kind], since: Seen | None) -> Witness:
    """Return what was written to the kinds after `since`, objects of envctl's own included.

    Without `since` nothing but the newest entry is asked for. Raises Forbidden when the login may not read
    the log, WrongServer when the answer is no log, and other InstanceErrors.
    """
    # First of all, so that whatever comes while the rest is read is for the next time.
    newest = _newest(session, since)
    if since is None or newest is None or newest == since:
        return Witness((), newest, complete=since is None or newest == since)
    reaches_back = _is_there(session, since)
    events, to_the_end = _events(session, names, kinds, since, newest, by_id=reaches_back)
    return Witness(events, newest, complete=reaches_back and to_the_end)


def latest_events(session: Session, names: EventNames, kinds: Sequence[Kind]) -> tuple[Event, ...]:
    """Return the latest writes to the kinds, newest first, some pages of them. Raises as `read_events`."""
    known = names.sources(kinds)
    query = (("limit", str(PAGE)), ("order_by", "-event_log_id"))
    found = [entry for only in names.only(known) for entry in _page(session, (*query, *only))[0]]
    latest = sorted(found, key=lambda entry: entry.id, reverse=True)
    return tuple(event for entry in latest if (event := event_of(entry, known)))


def page_size(session: Session) -> int | None:
    """Return how many entries a page holds, None when the log fits into one. Raises as `read_events`."""
    entries, total = _page(session, (("limit", str(PAGE)),))
    return len(entries) if total > len(entries) else None


def oldest_entry(session: Session) -> Seen | None:
    """Return the entry with which the log begins, None when it is empty. Raises as `read_events` does."""
    entries, _ = _page(session, (("limit", "1"), ("order_by", "event_log_id")))
    return Seen(entries[0].id, entries[0].time) if entries else None


def _newest(session: Session, since: Seen | None) -> Seen | None:
    newest_first = (("limit", "1"), ("order_by", "-event_log_id"))
    entries: list[Entry] = []
    if since is not None:
        # The server counts all that a query finds: without a time, every entry there is.
        entries, _ = _page(session, (*newest_first, ("after", (since.time - _MARGIN).isoformat())))
    if not entries:
        entries, _ = _page(session, newest_first)
    return Seen(entries[0].id, entries[0].time) if entries else None


def _is_there(session: Session, since: Seen) -> bool:
    """Tell whether the log still has the very entry. Its id alone would not do: a new log begins with 1."""
    around = (
        ("limit", str(PAGE)),
        ("after", (since.time - _INSTANT).isoformat()),
        ("before", (since.time + _INSTANT).isoformat()),
    )
    entries, _ = _page(session, around)
    return any(Seen(entry.id, entry.time) == since for entry in entries)


def _events(
    session: Session, names: EventNames, kinds: Sequence[Kind], since: Seen, newest: Seen, *, by_id: bool
) -> tuple[tuple[Event, ...], bool]:
    """Return the events between two entries, newest first, and whether they are all that there are.

    `by_id` False takes those of a log whose ids cannot be held against that of `since`, by their time.
    """
    known = names.sources(kinds)
    found: dict[int, Event] = {}
    complete = True
    for query in names.only(known):
        entries, to_the_end = _entries(session, query, since, newest if by_id else None)
        complete &= to_the_end
        for entry in entries:
            is_later = entry.id > since.id if by_id else entry.time > since.time
            event = event_of(entry, known) if is_later and entry.id <= newest.id else None
            if event:
                found[entry.id] = event
    return tuple(found[number] for number in sorted(found, reverse=True)), complete


def _entries(session: Session, query: Query, since: Seen, newest: Seen | None) -> tuple[list[Entry], bool]:
    """Return what a query finds after an entry, some older ones too, and whether that is all there is.

    With `newest` the ids tell what is later. There are no more such entries than there are ids, and to ask
    for others as well is dear: just before the last one that was seen stands all that an apply wrote.
    """
    limit = PAGE if newest is None else max(1, min(PAGE, newest.id - since.id + 1))
    window = (
        ("limit", str(limit)),
        ("order_by", "-event_log_id"),
        ("after", (since.time - _MARGIN).isoformat()),
        *query,
    )
    found: list[Entry] = []
    for _ in range(MOST_PAGES):
        entries, total = _page(session, (*window, ("offset", str(len(found)))))
        found += entries
        if not entries or len(found) >= total or (newest is not None and entries[-1].id <= since.id):
            return found, True
    return found, False


def _page(session: Session, query: tuple[tuple[str, str], ...]) -> tuple[list[Entry], int]:
    """Return the entries that a query gives, and how many it finds altogether."""
    answer: Any = session.request(ApiCall("GET", _PATH, query), "read the event log")
    try:
        return [entry_of(item) for item in answer["event_logs"]], int(answer["total_entries"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise WrongServer(
            f"{session.place} answers GET {_PATH} with JSON that is no event log", hint="check airflow.url"
        ) from None
