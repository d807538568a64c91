"""What a person does with a ledger: look at it, forget it, repair it, release objects from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from envctl.errors import LedgerFromTheFuture
from envctl.ledger.inspection import inspected
from envctl.ledger.variable_ledgers import VariableLedgers
from envctl.model.ledger_state import LedgerReport, LedgerState, Release, Repaired
from envctl.model.lookup import Lookup
from envctl.model.policy import Prune
from envctl.spec.revision import revision_of
from envctl.spec.tree import open_tree
from envctl.stages.applying import closing_of
from envctl.stages.looking import believed, look
from envctl.stages.opening import load_one, lock_of, open_instance
from envctl.stages.releasing import doomed, released, selected

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.airflow.instance import AirflowInstance
    from envctl.errors import LedgerUnreadable
    from envctl.model.ledger import Ledger
    from envctl.request import Request
    from envctl.stages.loading import Loaded

_Result = TypeVar("_Result")


def show(name: str, request: Request) -> LedgerReport:
    """Return how the ledgers of an instance stand. Raises SpecError and InstanceErrors."""
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, replace(request, lookup=Lookup.NONE))
    with open_instance(tree, loaded, request) as instance:
        values = VariableLedgers(instance).read_all()
        own = inspected(loaded.owner, values.pop(loaded.owner, None))
        others = tuple(inspected(owner, value) for owner, value in sorted(values.items()))
        return LedgerReport(name, instance.described, own, others)


def forget(name: str, request: Request, agree: Callable[[LedgerState], None]) -> LedgerState:
    """Delete the ledger of an environment's owner, healthy or not, and return how it stood before.

    `agree` sees it and raises when it is to stay. Raises Locked, SpecError and InstanceErrors.
    """
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, replace(request, lookup=Lookup.NONE))
    with open_instance(tree, loaded, request) as instance:
        desk = _Desk(instance, loaded, request, "ledger forget")

        def consider(state: LedgerState) -> bool:
            if not state.missing:
                agree(state)
            return not state.missing

        state, _ = desk.settle(consider, lambda _: desk.delete())
        return state


def repair(name: str, request: Request, agree: Callable[[LedgerState], None]) -> Repaired:
    """Start a new ledger in place of a damaged one: it has what an apply without changes would enter.

    `agree` sees the damaged one and raises when it is to stay. Raises LedgerFromTheFuture for one that is
    not damaged at all, Locked, SpecError and InstanceErrors.
    """
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, request)
    revision = revision_of(tree.root)
    with open_instance(tree, loaded, request) as instance:
        desk = _Desk(instance, loaded, request, "ledger repair")

        def consider(state: LedgerState) -> bool:
            damaged = _is_damaged(state.problem)
            if damaged:
                agree(state)
            return damaged

        def begin_anew(state: LedgerState) -> Repaired:
            seen = look(loaded, instance, revision, request, to_apply=True)
            if not _is_damaged(seen.opened.problem):
                # Somebody put the right value back by hand, just now.
                found = seen.opened.ledger
                return Repaired(LedgerState(loaded.owner, found, None, found.serial))
            seen = believed(seen, request)
            ledger = desk.write(_without_plan(closing_of(seen, instance).made({})))
            missed = [change for change in seen.plan.changes if change.desired is not None]
            return Repaired(
                state,
                ledger,
                differing=tuple(sorted(change.address for change in missed if change.live is not None)),
                absent=tuple(sorted(change.address for change in missed if change.live is None)),
            )

        state, repaired = desk.settle(consider, begin_anew)
        return repaired or Repaired(state)


def release(name: str, globs: tuple[str, ...], request: Request, agree: Callable[[Release], None]) -> Release:
    """Take objects out of the ledger and leave them as they are in the instance.

    `agree` sees which and raises when they are to stay. Raises UsageError for a glob that selects nothing,
    Refused for objects that the spec still has, LedgerUnreadable, Locked, SpecError and InstanceErrors.
    """
    tree = open_tree(request.settings.root)
    loaded = load_one(tree, name, replace(request, lookup=Lookup.NONE))
    revision = revision_of(tree.root)
    prunes_all = loaded.spec.file.rules().prune is Prune.ALL

    def wanted(state: LedgerState) -> Release:
        if state.problem is not None:
            raise state.problem
        addresses = selected(globs, state, loaded)
        return Release(loaded.owner, addresses, doomed(addresses, loaded) if prunes_all else ())

    with open_instance(tree, loaded, request) as instance:
        desk = _Desk(instance, loaded, request, "release")

        def consider(state: LedgerState) -> bool:
            agree(wanted(state))
            return True

        def take_out(state: LedgerState) -> Release:
            leaving = wanted(state)
            if state.ledger is not None:
                desk.write(released(state.ledger, leaving.addresses, revision, instance.clock()))
            return leaving

        state, leaving = desk.settle(consider, take_out)
        return leaving or wanted(state)


def _is_damaged(problem: LedgerUnreadable | None) -> bool:
    """Tell whether a ledger is damaged. Raises LedgerFromTheFuture: a newer envctl can read that one."""
    if isinstance(problem, LedgerFromTheFuture):
        raise problem
    return problem is not None


def _without_plan(ledger: Ledger) -> Ledger:
    """Return a ledger whose last record names no plan: none was carried out."""
    *earlier, last = ledger.history
    return replace(ledger, history=(*earlier, replace(last, plan="")))


class _Desk:
    """Where one owner's ledger is handled: nothing is written without the instance's lock."""

    def __init__(self, instance: AirflowInstance, loaded: Loaded, request: Request, command: str) -> None:
        """`command` is what others are told while the lock is held."""
        self._ledgers = VariableLedgers(instance)
        self._owner = loaded.owner
        self._lock = lock_of(instance, request.settings, f"envctl {command} {loaded.spec.name}")

    def settle(
        self, consider: Callable[[LedgerState], bool], act: Callable[[LedgerState], _Result]
    ) -> tuple[LedgerState, _Result | None]:
        """Act under the lock, once it was considered whether to: without it, since a person may take long.

        `consider` tells whether there is anything to do, and raises when nobody wants it done; it is asked
        again when the ledger has changed by the time that the lock is there. Returns the ledger as it was.
        """
        value = self._ledgers.read(self._owner)
        state = inspected(self._owner, value)
        if not consider(state):
            return state, None
        with self._lock:
            current = self._ledgers.read(self._owner)
            if current != value:
                state = inspected(self._owner, current)
                if not consider(state):
                    return state, None
            return state, act(state)

    def write(self, ledger: Ledger) -> Ledger:
        """Write the ledger, if the lock is still there. Raises Locked and InstanceErrors."""
        self._lock.confirm()
        self._ledgers.write(ledger)
        return ledger

    def delete(self) -> None:
        """Delete the ledger, if the lock is still there. Raises Locked and InstanceErrors."""
        self._lock.confirm()
        self._ledgers.delete(self._owner)
