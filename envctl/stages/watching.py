"""Airflow's event log in the course of a command: what it says, or why it says nothing.

It only explains, and vouches for what is hidden. So no command fails for want of it, whatever goes wrong.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from envctl.engine.own import others
from envctl.errors import Forbidden, InstanceError
from envctl.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envctl.airflow.instance import AirflowInstance
    from envctl.model.event import Event, Seen, Sent

_log = logging.getLogger(__name__)

LOG_UNREAD = "the last apply could not read Airflow's event log, so that later touches are not known"
LOG_CLEANED = "Airflow's event log no longer reaches back to the last apply"
_FORBIDDEN = "the login may not read Airflow's event log, which would tell whether somebody touched it"


class Heard(NamedTuple):
    """The events of others, newest first, and why some of them may be missing; None when none is."""

    events: tuple[Event, ...]
    blind: str | None


def newest_event(instance: AirflowInstance) -> Seen | None:
    """Return the newest entry of the log, None when it cannot be read."""
    try:
        return instance.events(KINDS, None).newest
    except InstanceError as error:
        _log.info("%s", unread(error))
        return None


def heard_since(
    instance: AirflowInstance, seen: Seen, own: Iterable[Sent], cleaned: str = LOG_CLEANED
) -> Heard:
    """Return what the log says since an entry was seen, but for what envctl did itself.

    `cleaned` is said when it has that entry no longer.
    """
    try:
        witness = instance.events(KINDS, seen)
    except InstanceError as error:
        return Heard((), unread(error))
    return Heard(others(witness.events, own), None if witness.complete else cleaned)


def unread(error: InstanceError) -> str:
    """Return why nothing is known of what others did."""
    if isinstance(error, Forbidden):
        return _FORBIDDEN
    return (
        "Airflow's event log, which would tell whether somebody touched it, could not be read:"
        f" {error.message}"
    )
