"""The story, top to bottom: files, spec, references, live read, diff, plan, apply, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.airflow.instance import AirflowInstance
from envctl.crew import aside, side_by_side
from envctl.errors import (
    Diagnostic,
    EnvctlError,
    LedgerFromTheFuture,
    NotCompared,
    SpecError,
    UsageError,
)
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.ledger.lock import break_lock
from envctl.model.address import matches
from envctl.model.lookup import Lookup
from envctl.model.outcome import ApplyReport
from envctl.model.secret import is_secret
from envctl.request import Failed, PlanRefused, Request, Validated, Watcher
from envctl.spec.revision import revision_of
from envctl.spec.tree import Tree, choose, open_tree, unused
from envctl.stages.applying import carry_out, closing_of
from envctl.stages.checking import checked
from envctl.stages.loading import Draft, Loaded, draft, instance_settings, load, reader_for
from envctl.stages.looking import Look, look
from envctl.stages.needing import check_planned, check_secrets
from envctl.stages.opening import load_all, load_one, lock_of, locks_of, open_instance
from envctl.stages.pinning import check_environment, saved_plan
from envctl.stages.scouting import Scouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envctl.model.checked import Checked
    from envctl.model.lock import LockRecord
    from envctl.model.plan import Plan, Revision
    from envctl.model.resource import Desired
    from envctl.model.saved import SavedPlan


def validate(
    names: tuple[str, ...], request: Request
) -> tuple[tuple[Validated, ...], tuple[Diagnostic, ...]]:
    """Read environments, all of them when none is named, and return every mistake in them. Offline."""
    tree = open_tree(request.settings.root)
    chosen = choose(tree, names)
    reader = reader_for(tree, KINDS, request.settings)
    results: list[Validated] = []
    found: dict[Diagnostic, None] = {}
    for name in chosen:
        loaded = load(tree, reader, name, KINDS, settings=request.settings, lookup=request.lookup)
        found.update(dict.fromkeys(loaded.diagnostics if isinstance(loaded, Loaded) else loaded))
        counts = None
        if isinstance(loaded, Loaded):
            counts = {k.section: sum(1 for a in loaded.desired if a.kind == k.name) for k in loaded.kinds}
        results.append(Validated(name, counts))
    if not names and all(one.entries is not None for one in results):
        found.update(dict.fromkeys(unused(tree, reader.folders)))
    return tuple(results), tuple(found)


def diff(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Plan | Failed, ...]:
    """Compare environments with their instances, side by side; all of them when none is named.

    Their instances are read while their specs are resolved. When the spec of any of them has mistakes, those
    are returned and nothing else; when a file cannot be read as a spec, no request is sent. Raises
    UsageError for what is no environment.
    """
    tree = open_tree(request.settings.root)
    chosen, revision = choose(tree, names), aside(revision_of, tree.root)
    with Scouts(tree, request) as scouts:
        loaded = load_all(tree, chosen, request, scouts.send)
        _check_globs(loaded.values(), request)
        mistaken = [name for name, one in loaded.items() if isinstance(one, Failed)]
        if not mistaken:
            return _compare_all(tree, loaded, request, watcher, scouts, revision.result())
    why = NotCompared(f"not compared: the spec of {', '.join(mistaken)} has mistakes")
    return tuple(one if isinstance(one, Failed) else Failed(name, why) for name, one in loaded.items())


def survey(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Plan | Failed, ...]:
    """Compare environments as `diff` does; mistakes in the spec of one say nothing of the others.

    An instance may have been read although its spec turns out to have mistakes.
    """
    tree = open_tree(request.settings.root)
    chosen, revision = choose(tree, names), aside(revision_of, tree.root)
    with Scouts(tree, request) as scouts:
        loaded = load_all(tree, chosen, request, scouts.send)
        return _compare_all(tree, loaded, request, watcher, scouts, revision.result())


def _compare_all(
    tree: Tree,
    loaded: Mapping[str, Loaded | Failed],
    request: Request,
    watcher: Watcher,
    scouts: Scouts,
    revision: Revision,
) -> tuple[Plan | Failed, ...]:
    """Compare environments side by side; what fails for one says nothing of the others."""
    watcher.begin("comparing", len(loaded))

    def one(name: str) -> Plan | Failed:
        found = loaded[name]
        try:
            if isinstance(found, Failed):
                return found
            seen = scouts.back(found)
            with seen.instance if seen else open_instance(tree, found, request) as instance:
                return look(found, instance, revision, request, seen=seen).plan
        except EnvctlError as error:
            return Failed(name, error)
        finally:
            watcher.advance(1)

    return tuple(side_by_side(one, loaded))


def plan(name: str, request: Request, watcher: Watcher) -> SavedPlan:
    """Compare one environment with its instance, for a plan that can be carried out later as it is.

    Raises SpecError, SecretsMissing, UsageError, InstanceErrors, and SettingsError when a key for it is
    missing.
    """
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, request)
    _check_globs((loaded,), request)
    with open_instance(tree, loaded, request) as instance:
        watcher.begin("comparing", None)
        seen = look(loaded, instance, revision_of(tree.root), request, to_apply=True)
        if seen.plan.is_partial:
            unread = ", ".join(seen.plan.not_compared)
            why = next(one for one in seen.plan.diagnostics if one.severity == "error")
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
    _check_globs((loaded,), request)
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


def check_secrets_of(name: str, request: Request) -> tuple[Checked, ...]:
    """Look up every reference of an environment; what stands in its instance is not asked for.

    Raises UsageError, and SpecError for mistakes that leave no telling which references there are.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    reader = reader_for(tree, KINDS, request.settings)
    drawn = draft(tree, reader, name, settings=request.settings, lookup=Lookup.ALL)
    if not isinstance(drawn, Draft):
        raise SpecError(drawn)
    if drawn.has_mistakes:
        raise SpecError(drawn.found)
    return checked(drawn, KINDS)


def expected_config(name: str, request: Request) -> tuple[Desired, ...]:
    """Return what a spec wants of an instance's airflow.cfg, a section each. Offline.

    Raises UsageError and SpecError.
    """
    loaded = load_one(open_tree(request.settings.root), name, request)
    names = {kind.name for kind in KINDS if kind.power is Power.OBSERVE}
    return tuple(one for address, one in loaded.desired.items() if address.kind in names)


def unlock(name: str, request: Request, agree: Callable[[LockRecord], None]) -> LockRecord | None:
    """Break the lock of an instance and return who held it, None when nobody did.

    `agree` sees who holds it and raises when it is to stay. Raises Locked when it is somebody else's once
    that is answered, UsageError, SpecError and InstanceErrors.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    reader = reader_for(tree, KINDS, request.settings)
    # Only the way to the instance is needed: mistakes elsewhere in the spec do not stand in the way.
    spec = reader.environment(name)
    if spec is None:
        raise SpecError(tuple(reader.found))
    with AirflowInstance(instance_settings(tree, spec, request.settings)) as instance:
        return break_lock(locks_of(instance), agree)


def _check_globs(loaded: Iterable[Loaded | Failed], request: Request) -> None:
    """Refuse a `--rewrite-secrets` that selects no secret: it is a mistyped name, at a bad moment."""
    environments = [one for one in loaded if isinstance(one, Loaded)]
    for glob in request.rewrite_secrets:
        if environments and not any(
            matches(address, (glob,)) and is_secret(dict(wanted.fields))
            for one in environments
            for address, wanted in one.desired.items()
        ):
            raise UsageError(
                f"--rewrite-secrets {glob}: no object with a secret matches",
                hint="write an address or a glob of them, such as connection/features_db or 'connection/*'",
            )
