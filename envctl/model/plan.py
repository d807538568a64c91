"""A plan: the frozen answer to "what would apply do", which knows where it came from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from envctl.model.change import Action, Change, FieldDiff
from envctl.model.policy import Protection

if TYPE_CHECKING:
    from datetime import datetime

    from envctl.errors import Diagnostic
    from envctl.model.address import Address
    from envctl.model.policy import Refusal

NEVER_WRITTEN = "envctl found it there and has not written it yet"
"""Why a secret cannot be verified that `--rewrite-secrets` would settle."""


class Revision(Struct, frozen=True):
    """The git commit of the spec tree, and whether files differ from it; commit None outside git."""

    commit: str | None
    dirty: bool


class Instance(Struct, frozen=True):
    """The Airflow that was asked."""

    url: str
    airflow_version: str


class Unverifiable(Struct, frozen=True):
    """An object that agrees as far as it can be read, and the leaves that cannot; `why` they cannot.

    `rewrite` is what is to be done if it turns out that somebody else touched the object. `blind` tells
    that nobody can know whether somebody did, as the event log does not tell all. With `unwritable` there
    is nothing that envctl could write even then: `rewrite` only names the leaves, and says why.
    """

    address: Address
    fields: tuple[FieldDiff, ...]
    why: str = ""
    rewrite: Change | None = None
    blind: bool = False
    unwritable: bool = False


class Foreign(Struct, frozen=True):
    """An object that another owner's ledger holds; envctl never touches it here."""

    address: Address
    owner: str


class Comparison(Struct, frozen=True):
    """Spec and instance held against each other, object by object, before any policy spoke.

    `changes` stand in the order of applying: what diff shows is what apply carries out. `adopted` are
    objects that are there already and only enter the ledger. `foreign` are live objects of other owners;
    `kept` are live objects that were applied once, are no longer in the spec, and may not be pruned.
    `live_count` counts the live objects within what envctl manages, `prunable_count` those of them that would
    be deleted if the spec were empty. `left_out` are changes, and objects to adopt, that are due too but not
    to be made now: they are not in the saved plan that is carried out. `observed` differ, but the API cannot
    set them. `vanished` are in the spec and were applied once; only Airflow itself could make them again.
    """

    changes: tuple[Change, ...]
    in_sync: tuple[Address, ...]
    unverifiable: tuple[Unverifiable, ...]
    unmanaged: tuple[Address, ...]
    live_count: int
    prunable_count: int = 0
    adopted: tuple[Change, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    kept: tuple[Address, ...] = ()
    left_out: tuple[Change, ...] = ()
    observed: tuple[Change, ...] = ()
    vanished: tuple[Address, ...] = ()


class LedgerNote(Struct, frozen=True):
    """What reports say of an owner's ledger: its last apply, or why it cannot be read.

    `time` is ISO 8601, UTC, by the server's clock.
    """

    owner: str
    serial: int
    time: str | None = None
    actor: str | None = None
    problem: str | None = None


class Plan(Struct, frozen=True):
    """Every change to be made in one environment, in the order in which they are made.

    `time` is when the instance was read, by its own clock. `digest` is that of the saved plan that is
    carried out or shown, None when there is none. `not_compared` are the sections that could not be read;
    the diagnostics say why.
    """

    environment: str
    instance: Instance
    revision: Revision
    comparison: Comparison
    protection: Protection = Protection.NO
    refusals: tuple[Refusal, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=())
    ledger: LedgerNote | None = None
    time: datetime | None = None
    digest: str | None = None
    not_compared: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, in the order of applying."""
        return self.comparison.changes

    @property
    def is_partial(self) -> bool:
        """Whether something of the spec could not be compared; the diagnostics say what, and why."""
        return any(one.is_error for one in self.diagnostics)

    def summary(self) -> dict[str, int]:
        """Count what there is, under the names of the JSON format."""
        counted = Counter(change.action for change in self.changes)
        return {
            **{action.value: counted[action] for action in Action},
            Action.ADOPT.value: len(self.comparison.adopted),
            Action.OBSERVE.value: len(self.comparison.observed),
            "in_sync": len(self.comparison.in_sync),
            "unverifiable": len(self.comparison.unverifiable),
            "unmanaged": len(self.comparison.unmanaged),
            "foreign": len(self.comparison.foreign),
            "kept": len(self.comparison.kept),
            "refused": len(self.refusals),
        }
