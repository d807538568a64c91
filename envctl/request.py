"""What a command asks of the workflow, and the answers that are no plan and no report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from envctl.errors import EnvctlError, Refused
from envctl.model.lookup import Lookup
from envctl.model.policy import NOTHING_MORE, Allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.plan import Plan
    from envctl.model.saved import SavedPlan
    from envctl.settings import Settings


class Request(Struct, frozen=True):
    """What a command was asked: of which tree, with which settings, and what stands beyond the spec.

    `saved` is the plan to carry out, and nothing else; `strict` asks that no more of the spec has changed
    since than it may without being seen.
    """

    settings: Settings
    prune: bool = False
    rewrite_secrets: tuple[str, ...] = ()
    lookup: Lookup = Lookup.ALL
    allowed: Allowed = NOTHING_MORE
    saved: SavedPlan | None = None
    strict: bool = False


class Validated(Struct, frozen=True):
    """One environment that was read: how many entries each of its sections has, None when it has mistakes."""

    environment: str
    entries: Mapping[str, int] | None


class Failed(Struct, frozen=True):
    """One environment that could not be compared, and why."""

    environment: str
    error: EnvctlError


class PlanRefused(Refused):
    """A policy forbids the plan, which is at hand for the report."""

    def __init__(self, plan: Plan) -> None:
        why = "; ".join(map(str, plan.refusals))
        flags = [refusal.flag for refusal in plan.refusals if refusal.flag]
        answered = 1 < len(flags) == len(plan.refusals)
        super().__init__(
            f"the policy of {plan.environment} refuses this plan: {why}",
            hint=f"all of it: {' '.join(dict.fromkeys(flags))}" if answered else None,
        )
        self.plan = plan


class Watcher(Protocol):
    """Hears how far long work has come; says when to end it."""

    def begin(self, what: str, total: int | None) -> None:
        """Hear that a stretch of work begins; `total` is its length when that is known."""
        ...

    def advance(self, count: int) -> None:
        """Hear that so much of it is done."""
        ...

    def stop(self) -> bool:
        """Tell whether work is to end after the request under way."""
        ...
