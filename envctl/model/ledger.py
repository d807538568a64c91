"""What envctl last applied to an instance: who owns what, digests, fingerprints, and a short history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.address import Address
    from envctl.model.event import Seen, Sent

IN_DOUBT = "x:"
"""The fingerprint of a secret that was sent without an answer: it is like none, so that it is sent again."""
TOUCHED = "t:"
"""Likewise of one that somebody else may have written since, by an event that is not looked at again."""
DOUBTS = frozenset((IN_DOUBT, TOUCHED))
HISTORY = 50
"""How many applies are remembered."""
MOST_OWN = 200
"""How many requests of its own are remembered, while runs without the key leave the log to others."""


class Entry(Struct, frozen=True):
    """One object as it was applied, leaf by leaf; leaves go by their path as text.

    `digests` has the leaves that anyone can read in Airflow, `fingerprints` the secret ones and those that
    Airflow masks; a fingerprint of "" says that it could not be made. `unwritten` are leaves whose secret
    envctl found in place, so that it is not known to be the spec's. `unseen` are leaves that somebody may
    have touched while nobody could tell: a later apply, when it took the event log for seen, had not been
    able to read all of it. `serial` is the apply that wrote the object last; `protected` is the spec's wish
    that it is not deleted. `versions` has, by the text of each reference to a store that keeps
    versions, the one that was written. `place` is where the object was kept, "" for Airflow's database: of
    one that stands elsewhere the entry says nothing.
    """

    serial: int
    digests: Mapping[str, str]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    unwritten: frozenset[str] = frozenset()
    protected: bool = False
    unseen: frozenset[str] = frozenset()
    versions: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    def says_the_same_as(self, other: Entry) -> bool:
        """Tell whether two entries say the same of the spec, whichever apply they name.

        `unseen` need not be entered for its own sake: while nothing is, the log is not taken for seen. Nor
        is a secret news that was written to its store again, and is the same.
        """
        return replace(self, serial=other.serial, unseen=other.unseen, versions=other.versions) == other


class ApplyRecord(Struct, frozen=True):
    """One apply. `time` is UTC by the server's clock, in ISO 8601.

    `plan` is the digest of the plan, "" where none was carried out: of a repair, and of a release.
    """

    serial: int
    time: str
    actor: str
    commit: str | None
    dirty: bool
    counts: Mapping[str, int]
    plan: str


class Ledger(Struct, frozen=True):
    """One owner's ledger. The serial only grows.

    `seen` is the last entry of Airflow's event log that was there when the ledger was written, None when
    the log could not be read. `salt` (hexadecimal) belongs to the digests and fingerprints. `keys` are the
    tags of the keys that it is kept with: once there is one, no fingerprint is made without a key, whatever
    has become of the single marks. `own` are requests of envctl's own that came after `seen`.
    """

    owner: str
    serial: int = 0
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    history: tuple[ApplyRecord, ...] = ()
    seen: Seen | None = None
    salt: str = ""
    keys: tuple[str, ...] = ()
    own: tuple[Sent, ...] = ()

    @property
    def latest(self) -> ApplyRecord | None:
        """The last apply, None when there was none."""
        return self.history[-1] if self.history else None
