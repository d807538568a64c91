"""What is to be said of the last apply to an instance, as its ledger has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.report.ages import age_of

if TYPE_CHECKING:
    from envctl.model.plan import Plan

_USUAL_OWNER = "default"


def last_apply(plan: Plan) -> str:
    """Return the end of a plan's first line: `apply #41, 3 h ago`; "" when no ledger was asked for."""
    if plan.ledger is None:
        return ""
    if plan.ledger.problem:
        return "ledger cannot be read"
    owner = "" if plan.ledger.owner == _USUAL_OWNER else f" as owner {plan.ledger.owner}"
    if not plan.ledger.serial:
        return f"never applied{owner}"
    return f"apply {_numbered(plan, owner)}"


def short_last_apply(plan: Plan) -> str:
    """Return the same for a column: `#41, 3 h ago`."""
    if plan.ledger is None:
        return ""
    if plan.ledger.problem:
        return "ledger unreadable"
    return _numbered(plan) if plan.ledger.serial else "never applied"


def _numbered(plan: Plan, owner: str = "") -> str:
    if plan.ledger is None:
        return ""
    when = age_of(plan.ledger.time, plan.time)
    return f"#{plan.ledger.serial}{owner}{', ' if when else ''}{when}"
