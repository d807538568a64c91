"""The guards: every rule is evaluated, every refusal gives the figures and the flag that allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.model.change import Action

if TYPE_CHECKING:
    from envctl.model.plan import Comparison
    from envctl.model.policy import Limit, Policy

ACTIVE_FROM = 10
"""Below this many live objects a share says little, and limits would only stop a first apply."""
_WRITES = (Action.CREATE, Action.UPDATE, Action.REWRITE, Action.DELETE)


def refusals(comparison: Comparison, policy: Policy) -> tuple[str, ...]:
    """Return what the policy has against making these changes, one text per rule; nothing when it agrees."""
    if comparison.live_count < ACTIVE_FROM:
        return ()
    deletes = sum(1 for change in comparison.changes if change.action is Action.DELETE)
    writes = sum(1 for change in comparison.changes if change.action in _WRITES)
    found = [
        _over("max_deletes", "deletes", "--max-deletes", policy.max_deletes, deletes, comparison.live_count),
        _over("max_changes", "changes", "--max-changes", policy.max_changes, writes, comparison.live_count),
    ]
    return tuple(text for text in found if text)


def _over(rule: str, noun: str, flag: str, limit: Limit | None, count: int, live: int) -> str:
    if limit is None or not limit.exceeded_by(count, live):
        return ""
    return f"{rule} is {limit}, the plan has {count} {noun} of {live} live objects: {flag} {count} allows it"
