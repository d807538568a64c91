"""What envctl last applied to an instance: who owns what, digests, fingerprints, and a short history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.address import Address
    from envctl.model.event import Seen

IN_DOUBT = "x:"
"""The fingerprint of a secret that was sent without an answer: it is like none, so that it is sent again."""
HISTORY = 50
"""How many applies are remembered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it was applied, leaf by leaf; leaves go by their path as text.

    `digests` has the leaves that anyone can read in Airflow, `fingerprints` the secret ones and those that
    Airflow masks; a fingerprint of "" says that it could not be made. `unwritten` are leaves whose secret
    envctl found in place, so that it is not known to be the spec's. `serial` is the apply that wrote the
    object last; `protected` is the spec's wish that it is not deleted. `versions` has, by the text of each
    reference to a store that keeps versions, the one that was written.
    """

    serial: int
    digests: Mapping[str, str]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    unwritten: frozenset[str] = frozenset()
    protected: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)

    def says_the_same_as(self, other: Entry) -> bool:
        """Tell whether two entries differ in nothing but the apply that they name, and versions by name.

        A secret that was written to its store again, and is the same, is no news.
        """
        return replace(self, serial=other.serial, versions=other.versions) == other


@dataclass(frozen=True, slots=True)
class ApplyRecord:
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


@dataclass(frozen=True, slots=True)
class Ledger:
    """One owner's ledger. The serial only grows.

    `seen` is the last entry of Airflow's event log that was there when the ledger was written, None when
    the log could not be read. `salt` (hexadecimal) belongs to the digests and fingerprints.
    """

    owner: str
    serial: int = 0
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    history: tuple[ApplyRecord, ...] = ()
    seen: Seen | None = None
    salt: str = ""

    @property
    def latest(self) -> ApplyRecord | None:
        """The last apply, None when there was none."""
        return self.history[-1] if self.history else None
