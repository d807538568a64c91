"""The guards: every rule is evaluated, every refusal gives the figures and the flag that allows it."""

from __future__ import annotations

import glob
import shlex
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from envctl.model.address import matches
from envctl.model.change import Action, Change, Reason
from envctl.model.policy import NOTHING_MORE, Allowed, Limit, Protection, Prune, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from envctl.model.plan import Comparison
    from envctl.model.policy import Policy

ACTIVE_FROM = 10
"""Below this many live objects a share says little, and limits would only stop a first apply."""
_WRITES = (Action.CREATE, Action.UPDATE, Action.REWRITE, Action.DELETE)


class Case(Struct, frozen=True):
    """What the rules decide about: the changes, the environment's policy, and what is allowed for this run.

    `prune` tells that `--prune` was given. `now` is the time by the server's clock; a policy with
    freezes needs it. `wanted` counts the objects of the spec, `applied` those that envctl is known to have
    applied to the instance and not deleted since, both by the name of their kind.
    """

    comparison: Comparison
    policy: Policy
    allowed: Allowed = NOTHING_MORE
    prune: bool = False
    now: datetime | None = None
    wanted: Mapping[str, int] = field(default_factory=dict)
    applied: Mapping[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> list[Change]:
        """The changes that Airflow's own objects would see; adopting and observing leave them as they are."""
        return [change for change in self.comparison.changes if change.action in _WRITES]

    @property
    def deletes(self) -> list[Change]:
        """The changes that delete."""
        return [change for change in self.writes if change.action is Action.DELETE]


def refusals(case: Case) -> tuple[Refusal, ...]:
    """Return what the rules have against making these changes, all of it; nothing when they agree."""
    return tuple(refusal for rule in _RULES for refusal in rule(case))


def _no_pruning(case: Case) -> Iterator[Refusal]:
    if case.prune and case.policy.prune is Prune.NONE:
        why = "prune is none: --prune is refused; change the policy in environment.yaml to allow it"
        yield Refusal("prune", why)


def _empty(case: Case) -> Iterator[Refusal]:
    # A spec that was emptied by accident, or a section of it, looks like one that wants everything gone.
    if case.allowed.empty:
        return
    everything = sum(case.applied.values())
    if everything and not sum(case.wanted.values()):
        kinds = ", ".join(f"{kind} {count}" for kind, count in case.applied.items() if count)
        why = f"the spec has no object at all, {everything} of this instance were applied from it ({kinds})"
        yield Refusal("empty_spec", why, "--allow-empty")
        return
    gone = Counter(one.address.kind for one in case.deletes if one.reason is Reason.REMOVED_FROM_SPEC)
    for kind, count in gone.items():
        if not case.wanted.get(kind):
            all_of_it = case.applied[kind]
            why = f"the spec has no {kind} left, the plan deletes {count} of {all_of_it} applied from it"
            yield Refusal("empty_spec", why, "--allow-empty")


def _freezes(case: Case) -> Iterator[Refusal]:
    if case.allowed.during_freeze or not case.writes or not case.policy.freezes:
        return
    if case.now is None:
        raise ValueError("no time to hold against the freezes")
    for freeze in case.policy.freezes:
        end = freeze.covers(case.now)
        if end is not None:
            reason = f" ({freeze.reason})" if freeze.reason else ""
            count = len(case.writes)
            why = f"frozen{reason} until {_told(end)}, the plan has {count} change{'' if count == 1 else 's'}"
            yield Refusal("freeze", why, "--during-freeze")


def _told(moment: datetime) -> str:
    """Return a moment as people of its time zone tell it."""
    short, zone = moment.tzname(), str(moment.tzinfo)
    clock = f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    return f"{clock} {zone}" if short == zone else f"{clock} {short} ({zone})"


def _protected(case: Case) -> Iterator[Refusal]:
    for change in case.deletes:
        if change.protected and not matches(change.address, case.allowed.protected):
            flag = f"--allow-protected {shlex.quote(glob.escape(str(change.address)))}"
            yield Refusal("protected_object", f"{change.address} is protected, the plan deletes it", flag)


def _deletes(case: Case) -> Iterator[Refusal]:
    # Of what pruning may take: objects that it cannot touch would only make room for more deletes.
    prunable = case.comparison.prunable_count
    limit = case.allowed.max_deletes or case.policy.max_deletes
    yield from _over(
        "max_deletes", limit, len(case.deletes), prunable, "deletes of {} prunable objects", case
    )


def _changes(case: Case) -> Iterator[Refusal]:
    limit = case.allowed.max_changes or case.policy.max_changes
    live = case.comparison.live_count
    yield from _over("max_changes", limit, len(case.writes), live, "changes of {} live objects", case)


def _over(rule: str, limit: Limit | None, count: int, of: int, figures: str, case: Case) -> Iterator[Refusal]:
    if limit is None or case.comparison.live_count < ACTIVE_FROM or not limit.exceeded_by(count, of):
        return
    why = f"{rule} is {limit}, the plan has {count} {figures.format(of)}"
    yield Refusal(rule, why, f"--{rule.replace('_', '-')} {count}")


def _consent(case: Case) -> Iterator[Refusal]:
    if case.policy.protection is Protection.STRICT and not case.allowed.consent:
        yield Refusal("protected", "protected is strict, and there is nobody to ask", "--yes")


_RULES = (_no_pruning, _empty, _freezes, _protected, _deletes, _changes, _consent)
