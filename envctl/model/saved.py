"""A saved plan: the plan, and marks that tell later whether spec, secrets or instance have moved since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from envctl.model.policy import NOTHING_MORE, Allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.address import Address
    from envctl.model.event import Seen
    from envctl.model.plan import Plan

SHORT = 16
"""How many letters of a digest people and the ledger's history see."""


class Marks(Struct, frozen=True):
    """One state of one object, by the paths of its leaves as text: see `envctl.engine.marks`.

    What is wholly or partly masked, and what the spec leaves alone, has a digest of just that.
    """

    digests: Mapping[str, str]
    fingerprints: Mapping[str, str]


class Pin(Struct, frozen=True):
    """The two states from which a change, or an adoption, was planned; None where the object is not there."""

    desired: Marks | None
    live: Marks | None


class Options(Struct, frozen=True):
    """What was asked for beyond the spec when the plan was made."""

    prune: bool = False
    rewrite_secrets: tuple[str, ...] = ()
    allowed: Allowed = NOTHING_MORE

    def flags(self) -> tuple[str, ...]:
        """Return the options as one would type them."""
        allowed = self.allowed
        limits = (("--max-deletes", allowed.max_deletes), ("--max-changes", allowed.max_changes))
        return (
            *(["--prune"] if self.prune else []),
            *(word for glob in self.rewrite_secrets for word in ("--rewrite-secrets", glob)),
            *(word for flag, limit in limits if limit for word in (flag, str(limit))),
            *(word for glob in allowed.protected for word in ("--allow-protected", glob)),
            *(["--allow-empty"] if allowed.empty else []),
            *(["--during-freeze"] if allowed.during_freeze else []),
        )


class SavedPlan(Struct, frozen=True):
    """A plan as its file holds it.

    `owner` and `serial` are the ledger's. `spec` is the fingerprint of the whole spec, `salt` (hexadecimal)
    belongs to it and to all marks. `seen` is the newest entry that Airflow's event log had before the
    instance was read, None when it could not be read. `version` is that of the envctl that made it.
    """

    plan: Plan
    options: Options
    owner: str
    serial: int
    spec: str
    salt: str
    seen: Seen | None
    version: str
    pins: Mapping[Address, Pin] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, str]:
        """The versions of secrets that the plan shows, by reference: those are written, and no later ones."""
        return {one.reference: one.desired for change in self.plan.changes for one in change.versions}

    @property
    def planned(self) -> frozenset[Address]:
        """The objects that the plan changes or takes into the ledger."""
        everything = (*self.plan.changes, *self.plan.comparison.adopted)
        return frozenset(change.address for change in everything)
