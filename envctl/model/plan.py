"""A plan: the frozen answer to "what would apply do", which knows where it came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envctl.model.change import Action, Change, FieldDiff
from envctl.model.policy import Protection

if TYPE_CHECKING:
    from envctl.errors import Diagnostic
    from envctl.model.address import Address


@dataclass(frozen=True, slots=True)
class Revision:
    """The git commit of the spec tree, and whether files differ from it; commit None outside git."""

    commit: str | None
    dirty: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """The Airflow that was asked."""

    url: str
    airflow_version: str


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """An object that agrees as far as it can be read, and the leaves that cannot."""

    address: Address
    fields: tuple[FieldDiff, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Spec and instance held against each other, object by object, before any policy spoke.

    `changes` stand in the order of applying: what diff shows is what apply carries out. `live_count`
    counts the live objects within what envctl manages.
    """

    changes: tuple[Change, ...]
    in_sync: tuple[Address, ...]
    unverifiable: tuple[Unverifiable, ...]
    unmanaged: tuple[Address, ...]
    live_count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Every change to be made in one environment, in the order in which they are made."""

    environment: str
    instance: Instance
    revision: Revision
    comparison: Comparison
    protection: Protection = Protection.NO
    refusals: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, in the order of applying."""
        return self.comparison.changes

    def summary(self) -> dict[str, int]:
        """Count what there is, under the names of the JSON format."""
        counted = Counter(change.action for change in self.changes)
        return {
            **{action.value: counted[action] for action in Action},
            "in_sync": len(self.comparison.in_sync),
            "unverifiable": len(self.comparison.unverifiable),
            "unmanaged": len(self.comparison.unmanaged),
            "refused": len(self.refusals),
        }
