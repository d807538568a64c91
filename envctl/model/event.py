"""Who touched which objects, as Airflow's own log has it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from envctl.model.address import Address


class Event(Struct, frozen=True):
    """One write to objects, or an attempt at it: Airflow logs before it checks, so it may have been refused.

    `time` is UTC by the server's clock. `actor` is the login, or a user of the server's machine, and then
    it says so. `whole_kinds` names kinds of which any object may have been touched: the log does not say
    which. `name` is what Airflow calls such a request.
    """

    id: int
    time: datetime
    actor: str
    addresses: frozenset[Address]
    whole_kinds: frozenset[str] = frozenset()
    name: str = ""

    @property
    def mark(self) -> str:
        """What stands for its objects; see `Sent`."""
        return mark_of(self.addresses)

    def touches(self, address: Address) -> bool:
        """Tell whether this may have changed, made or deleted the object."""
        return address in self.addresses or address.kind in self.whole_kinds


class Sent(Struct, frozen=True):
    """A request of envctl's own: how the log tells it again.

    `name` is what Airflow calls it, `mark` stands for its objects (`mark_of`); `times` is how often it went
    out so that the server may have got it.
    """

    name: str
    mark: str
    times: int = 1


def mark_of(addresses: Iterable[Address]) -> str:
    """Return what stands for a set of objects, short enough to be kept: a digest of their addresses."""
    text = "\0".join(sorted(map(str, set(addresses))))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Seen(Struct, frozen=True):
    """The entry up to which the log was seen: its id, and its time (UTC), as ids may begin anew."""

    id: int
    time: datetime


class Witness(Struct, frozen=True):
    """What the log says after a `Seen` and up to `newest`, newest event first.

    `newest` is None when the log is empty. `complete` is False when there may have been more: the entry
    seen is no longer there, or too much was written since. Never in the log: what tasks and other code
    of Airflow write themselves, and what is written past Airflow.
    """

    events: tuple[Event, ...]
    newest: Seen | None
    complete: bool
