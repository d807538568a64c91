"""What became of a plan: the report that stays true after a failure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.plan import Comparison, Plan


class Outcome(StrEnum):
    """What became of one change."""

    APPLIED = "applied"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


class ChangeOutcome(Struct, frozen=True):
    """What became of one change; `error` is the server's own word, without anything it echoed.

    `in_doubt` says of a failed one that it may have been written all the same.
    """

    outcome: Outcome
    error: str | None = None
    in_doubt: bool = False


class ApplyReport(Struct, frozen=True):
    """A plan, the outcome of each of its changes, and what a second look at the instance found.

    `after` is the comparison made after the last write, None when the instance could not be read
    again; `interrupted` tells that a person or a broken connection stopped the apply, or why the ledger
    could not be written after it.
    """

    plan: Plan
    outcomes: Mapping[Address, ChangeOutcome]
    after: Comparison | None
    interrupted: str | None = None

    @property
    def converged(self) -> bool | None:
        """True when the second look found nothing to change, None when it did not see everything."""
        if self.after is None:
            return None
        return False if self.after.changes else None if self.plan.is_partial else True

    def count(self, outcome: Outcome) -> int:
        """Count the changes that ended so; what only enters the ledger is none."""
        return self._count(self.plan.changes, outcome)

    def count_adopted(self, outcome: Outcome) -> int:
        """Count the objects that were only to enter the ledger and ended so."""
        return self._count(self.plan.comparison.adopted, outcome)

    def _count(self, changes: Iterable[Change], outcome: Outcome) -> int:
        found = (self.outcomes.get(change.address) for change in changes)
        return sum(1 for one in found if one is not None and one.outcome is outcome)
