"""Which events of Airflow's log are requests of envctl's own.

A login does not tell: a token has no name, and people share one. So they are counted: of each request the log
has one event, under the name of its kind of request and with the very objects that were in it. An event more
than that is somebody else's.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envctl.model.address import Address
    from envctl.model.event import Event, Sent


def others(events: Sequence[Event], sent: Iterable[Sent]) -> tuple[Event, ...]:
    """Return the events that are not accounted for by the requests sent, in their order: newest first."""
    ours = {event.id for event in _accounted(events, sent)}
    return tuple(event for event in events if event.id not in ours)


def strangers(events: Sequence[Event], sent: Iterable[Sent], lock: Address | None) -> tuple[Event, ...]:
    """Return the events that may be somebody else's, of the time of an apply: in doubt, they are.

    Besides the count, those of our own must all be of one actor: of whoever made the `lock`, where that was
    in this time. Others may have tried to: then it is the one of them who sent what we did.
    """
    ours = _accounted(events, sent)
    actors = {event.actor for event in ours}
    lockers = {event.actor for event in events if lock in event.addresses}
    mine = actors & lockers if lockers else actors
    known = {event.id for event in ours if mine == {event.actor}}
    return tuple(event for event in events if event.id not in known)


def _accounted(events: Sequence[Event], sent: Iterable[Sent]) -> list[Event]:
    """Return as many events as there were requests, the oldest first."""
    left: Counter[tuple[str, str]] = Counter()
    for one in sent:
        left[one.name, one.mark] += one.times
    ours: list[Event] = []
    for event in reversed(events):
        if not event.whole_kinds and left[event.name, event.mark] > 0:
            left[event.name, event.mark] -= 1
            ours.append(event)
    # Where Airflow masked an id in it, the event does not tell all of the objects.
    unseen = Counter(name for (name, _), times in left.items() for _ in range(times))
    for event in reversed(events):
        if event.whole_kinds and unseen[event.name] > 0:
            unseen[event.name] -= 1
            ours.append(event)
    return ours
