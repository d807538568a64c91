"""The story, top to bottom: files, spec, references, live read, diff, plan, apply, report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.airflow.crew import Crew
from envctl.airflow.instance import AirflowInstance
from envctl.engine.applier import blocked, execute, steps
from envctl.engine.diff import Wishes, compare
from envctl.engine.policy import refusals
from envctl.errors import Diagnostic, EnvctlError, InstanceError, NotCompared, SpecError, UsageError
from envctl.kinds import KINDS
from envctl.ledger.connection_locks import ConnectionLocks
from envctl.ledger.holder import has_ended, holder
from envctl.ledger.lock import Lock
from envctl.loading import Loaded, instance_settings, load, reader_for
from envctl.model.address import matches
from envctl.model.outcome import ApplyReport
from envctl.model.plan import Plan, Revision
from envctl.model.policy import Prune
from envctl.model.reserved import LOCK
from envctl.model.secret import is_secret
from envctl.request import Failed, PlanRefused, Request, Validated, Watcher
from envctl.spec.revision import revision_of
from envctl.spec.tree import Tree, choose, open_tree, unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.lock import LockRecord
    from envctl.model.plan import Comparison
    from envctl.model.resource import Live
    from envctl.settings import Settings

_ENVIRONMENTS_AT_ONCE = 8


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
        loaded = load(tree, reader, name, KINDS, settings=request.settings, secrets=request.secrets)
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

    No request is sent when the spec of any of them has mistakes: then those are returned. Raises
    UsageError for what is no environment.
    """
    tree = open_tree(request.settings.root)
    loaded = _load_all(tree, choose(tree, names), request)
    _check_globs(loaded.values(), request)
    mistaken = [name for name, one in loaded.items() if isinstance(one, Failed)]
    if not mistaken:
        return _compare_all(tree, loaded, request, watcher)
    why = NotCompared(f"not compared: the spec of {', '.join(mistaken)} has mistakes")
    return tuple(one if isinstance(one, Failed) else Failed(name, why) for name, one in loaded.items())


def survey(names: tuple[str, ...], request: Request, watcher: Watcher) -> tuple[Plan | Failed, ...]:
    """Compare environments as `diff` does; mistakes in the spec of one say nothing of the others."""
    tree = open_tree(request.settings.root)
    return _compare_all(tree, _load_all(tree, choose(tree, names), request), request, watcher)


def _compare_all(
    tree: Tree, loaded: Mapping[str, Loaded | Failed], request: Request, watcher: Watcher
) -> tuple[Plan | Failed, ...]:
    """Compare environments side by side; what fails for one says nothing of the others."""
    revision = revision_of(tree.root)
    watcher.begin("comparing", len(loaded))

    def one(name: str) -> Plan | Failed:
        found = loaded[name]
        try:
            if isinstance(found, Failed):
                return found
            with _open(tree, found, request) as instance:
                live = instance.read(found.kinds)
                return _plan(found, instance, live, revision, request)
        except EnvctlError as error:
            return Failed(name, error)
        finally:
            watcher.advance(1)

    crew = Crew(_ENVIRONMENTS_AT_ONCE, "environment")
    try:
        return tuple(crew.map(one, loaded))
    finally:
        crew.dismiss()


def apply(name: str, request: Request, approve: Callable[[Plan], None], watcher: Watcher) -> ApplyReport:
    """Bring one instance in line with its spec, and look again whether it is.

    `approve` sees the plan before anything is written and raises when it is not to be. Raises SpecError,
    UsageError, Refused with every rule that is against the plan, and InstanceErrors met before the
    first write; what fails after that is in the report.
    """
    tree = open_tree(request.settings.root)
    loaded = _load_all(tree, choose(tree, (name,)), request)[name]
    if isinstance(loaded, Failed):
        raise loaded.error
    _check_globs((loaded,), request)
    revision = revision_of(tree.root)
    with _open(tree, loaded, request) as instance:
        watcher.begin("reading", None)
        live = instance.read(loaded.kinds)
        plan = _plan(loaded, instance, live, revision, request)
        if not plan.changes:
            return ApplyReport(plan, {}, plan.comparison)
        approve(plan)
        _refuse(plan)
        with _lock(instance, request.settings, f"envctl apply {name}") as lock:
            # Somebody else may have applied since the plan was made, while this run waited for consent.
            live = instance.read(loaded.kinds)
            fresh = _plan(loaded, instance, live, revision, request)
            if fresh.comparison.changes != plan.comparison.changes:
                plan = fresh
                if not plan.changes:
                    return ApplyReport(plan, {}, plan.comparison)
                approve(plan)
                _refuse(plan)
            return _carry_out(loaded, instance, live, plan, request, watcher, lock)


def unlock(name: str, request: Request, agree: Callable[[LockRecord], None]) -> LockRecord | None:
    """Break the lock of an instance and return who held it, None when nobody did.

    `agree` sees who holds it and raises when it is to stay.
    """
    tree = open_tree(request.settings.root)
    choose(tree, (name,))
    reader = reader_for(tree, KINDS, request.settings)
    # Only the way to the instance is needed: mistakes elsewhere in the spec do not stand in the way.
    spec = reader.environment(name)
    if spec is None:
        raise SpecError(tuple(reader.found))
    with AirflowInstance(instance_settings(tree, spec, request.settings)) as instance:
        store = _locks(instance)
        held = store.read(LOCK)
        if held is not None:
            agree(held)
            store.delete(LOCK)
        return held


def _carry_out(
    loaded: Loaded,
    instance: AirflowInstance,
    live: Mapping[Address, Live],
    plan: Plan,
    request: Request,
    watcher: Watcher,
    lock: Lock,
) -> ApplyReport:
    watcher.begin("applying", len(plan.changes))

    def stop() -> str | None:
        if watcher.stop():
            return "stopped on request"
        return "the lock was lost: somebody broke it, or it could not be renewed" if lock.lost else None

    ready = steps(loaded.kinds, plan.changes)
    execution = execute(ready, instance.writer(), stop=stop, progress=watcher.advance)
    outcomes = {**blocked(plan.changes), **execution.outcomes}
    after = None if execution.abandoned else _second_look(loaded, instance, live, plan, request)
    return ApplyReport(plan, outcomes, after, execution.interrupted)


def _refuse(plan: Plan) -> None:
    if plan.refusals:
        raise PlanRefused(plan)


def _lock(instance: AirflowInstance, settings: Settings, command: str) -> Lock:
    return Lock(_locks(instance), holder(command), settings.lock_seconds, has_ended)


def _locks(instance: AirflowInstance) -> ConnectionLocks:
    return ConnectionLocks(instance.send, instance.clock)


def _open(tree: Tree, loaded: Loaded, request: Request) -> AirflowInstance:
    return AirflowInstance(loaded.instance or instance_settings(tree, loaded.spec, request.settings))


def _load_all(tree: Tree, names: Iterable[str], request: Request) -> dict[str, Loaded | Failed]:
    """Return environments by name, in their order; the layers that they share are read once."""
    reader = reader_for(tree, KINDS, request.settings)
    found: dict[str, Loaded | Failed] = {}
    for name in names:
        loaded = load(tree, reader, name, KINDS, settings=request.settings, secrets=request.secrets)
        found[name] = loaded if isinstance(loaded, Loaded) else Failed(name, SpecError(loaded))
    return found


def _plan(
    loaded: Loaded,
    instance: AirflowInstance,
    live: Mapping[Address, Live],
    revision: Revision,
    request: Request,
) -> Plan:
    comparison = _compare(loaded, loaded.kinds, live, request, request.rewrite_secrets)
    rules = loaded.spec.file.rules()
    policy = replace(
        rules,
        max_deletes=request.max_deletes or rules.max_deletes,
        max_changes=request.max_changes or rules.max_changes,
    )
    said_none = request.prune and rules.prune is Prune.NONE
    no_prune = ("prune is none: --prune is refused; change the policy in environment.yaml to allow it",)
    return Plan(
        environment=loaded.spec.name,
        instance=instance.described,
        revision=revision,
        comparison=comparison,
        protection=policy.protection,
        refusals=(no_prune if said_none else ()) + refusals(comparison, policy),
        diagnostics=loaded.diagnostics,
    )


def _compare(
    loaded: Loaded,
    kinds: Sequence[Kind],
    live: Mapping[Address, Live],
    request: Request,
    rewrite_secrets: tuple[str, ...] = (),
) -> Comparison:
    prune_all = request.prune or loaded.spec.file.rules().prune is Prune.ALL
    return compare(kinds, loaded.desired, live, Wishes(loaded.spec.scopes, prune_all, rewrite_secrets))


def _second_look(
    loaded: Loaded, instance: AirflowInstance, before: Mapping[Address, Live], plan: Plan, request: Request
) -> Comparison | None:
    """Read the kinds that were written again and compare; None when the instance no longer answers."""
    touched = {change.address.kind for change in plan.changes}
    kinds = [kind for kind in loaded.kinds if kind.name in touched]
    try:
        again = instance.read(kinds)
    except InstanceError:
        return None
    kept = {address: one for address, one in before.items() if address.kind not in touched}
    return _compare(loaded, loaded.kinds, {**kept, **again}, request)


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
