"""An instance brought in line with its spec, at once or by a plan that was saved before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.errors import LedgerFromTheFuture, NotCompared
from envctl.model.outcome import ApplyReport
from envctl.request import PlanRefused
from envctl.spec.revision import revision_of
from envctl.spec.tree import choose, open_tree
from envctl.stages.applying import carry_out, closing_of
from envctl.stages.looking import look
from envctl.stages.needing import check_planned, check_secrets
from envctl.stages.opening import load_one, lock_of, open_instance
from envctl.stages.pinning import check_environment, saved_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.airflow.instance import AirflowInstance
    from envctl.model.plan import Plan
    from envctl.model.saved import SavedPlan
    from envctl.request import Request, Watcher
    from envctl.stages.looking import Look


def plan(name: str, request: Request, watcher: Watcher) -> SavedPlan:
    """Compare one environment with its instance, for a plan that can be carried out later as it is.

    Raises SpecError, SecretsMissing, UsageError, InstanceErrors, and SettingsError when a key for it is
    missing.
    """
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, request)
    with open_instance(tree, loaded, request) as instance:
        watcher.begin("comparing", None)
        seen = look(loaded, instance, revision_of(tree.root), request, to_apply=True)
        if seen.plan.is_partial:
            unread = ", ".join(seen.plan.not_compared)
            why = next(one for one in seen.plan.diagnostics if one.is_error)
            raise NotCompared(
                f"no plan was saved, since {unread} cannot be read: {why.message}", hint=why.hint
            )
        check_secrets(seen.loaded, seen.plan, request)
        return saved_plan(seen.loaded, request, seen.plan, seen.reading, seen.opened, seen.started)


def apply(name: str, request: Request, approve: Callable[[Plan], None], watcher: Watcher) -> ApplyReport:
    """Bring one instance in line with its spec, and look again whether it is.

    With a saved plan in the request exactly its changes are made, or none when one of them is another now.
    `approve` sees the plan before anything is written and raises when it is not to be. What only enters
    the ledger needs nobody's consent. Raises SpecError, SecretsMissing, UsageError, Refused with every rule
    that is against the plan, PlanUnfit, Locked, LedgerFromTheFuture, and InstanceErrors met before the
    first write; what fails after that is in the report.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    check_environment(request, name)
    loaded = load_one(tree, name, request)
    check_planned(loaded, request)
    revision = revision_of(tree.root)
    with open_instance(tree, loaded, request) as instance:
        watcher.begin("reading", None)
        seen = look(loaded, instance, revision, request, to_apply=True)
        if not _is_to_be_done(seen, instance, request, approve):
            return ApplyReport(seen.plan, {}, seen.plan.comparison)
        with lock_of(instance, request.settings, f"envctl apply {name}") as lock:
            if seen.is_stale(instance):
                before = seen
                seen = replace(look(loaded, instance, revision, request, to_apply=True), locked=True)
                known = (before.plan.changes, before.plan.refusals) == (seen.plan.changes, seen.plan.refusals)
                if not _is_to_be_done(seen, instance, request, None if known else approve):
                    return ApplyReport(seen.plan, {}, seen.plan.comparison)
            return carry_out(instance, seen, request, watcher, lock)


def _is_to_be_done(
    seen: Look, instance: AirflowInstance, request: Request, approve: Callable[[Plan], None] | None
) -> bool:
    """Tell whether there is anything to write, once the plan is approved and no rule is against it."""
    if isinstance(seen.opened.problem, LedgerFromTheFuture):
        raise seen.opened.problem
    check_secrets(seen.loaded, seen.plan, request)
    if seen.plan.changes and approve is not None:
        approve(seen.plan)
    if seen.plan.refusals:
        raise PlanRefused(seen.plan)
    return bool(seen.plan.changes) or closing_of(seen, instance).is_due()
