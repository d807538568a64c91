"""How a ledger stands: there, missing, or not to be believed; and what becomes of one at a person's wish."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from envctl.errors import LedgerUnreadable
    from envctl.model.address import Address
    from envctl.model.ledger import Ledger
    from envctl.model.plan import Instance


class Fingerprints(NamedTuple):
    """How many secret leaves have a fingerprint, made with a key or slow to make, and how many have none."""

    keyed: int = 0
    slow: int = 0
    unknown: int = 0


_NONE = Fingerprints()


class LedgerState(Struct, frozen=True):
    """The ledger of one owner as an instance has it.

    `ledger` is None when there is none, and when it cannot be believed: then there is a `problem`.
    `serial` is what even a damaged one tells, 0 when it tells nothing; `size` is in bytes.
    """

    owner: str
    ledger: Ledger | None = None
    problem: LedgerUnreadable | None = None
    serial: int = 0
    size: int = 0
    fingerprints: Fingerprints = _NONE

    @property
    def missing(self) -> bool:
        """Whether there is nothing at all."""
        return self.ledger is None and self.problem is None


class LedgerReport(Struct, frozen=True):
    """What there is to see of the ledgers in an instance: one's own, and those of other owners."""

    environment: str
    instance: Instance
    own: LedgerState
    others: tuple[LedgerState, ...]


class Repaired(Struct, frozen=True):
    """A ledger as it was `before`, and the new one; None when there was nothing to repair.

    `differing` and `absent` are objects of the spec that the new one does not have: they differ from the
    spec, or are not in the instance.
    """

    before: LedgerState
    ledger: Ledger | None = None
    differing: tuple[Address, ...] = ()
    absent: tuple[Address, ...] = ()


class Release(Struct, frozen=True):
    """Objects that leave a ledger. `doomed` are those that the next apply would delete: prune is all."""

    owner: str
    addresses: tuple[Address, ...]
    doomed: tuple[Address, ...] = ()
