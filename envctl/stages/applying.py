"""A plan carried out: the changes, the ledger, and a second look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.engine.applier import blocked, execute, steps
from envctl.errors import InstanceError, Locked
from envctl.ledger.lock import LOST
from envctl.model.outcome import ApplyReport, ChangeOutcome, Outcome
from envctl.stages.closing import Closing
from envctl.stages.looking import look_again

if TYPE_CHECKING:
    from envctl.airflow.instance import AirflowInstance
    from envctl.engine.applier import Execution
    from envctl.ledger.lock import Lock
    from envctl.request import Request, Watcher
    from envctl.stages.looking import Look

_UNWRITTEN = "the ledger could not be written: the apply was not allowed to go on"
_SURE = 1.0
"""Seconds for which a lock that was seen to be ours is trusted: it need not be asked for before each of
many small writes."""


def closing_of(look: Look, instance: AirflowInstance) -> Closing:
    """Return what will write the ledger of an apply."""
    return Closing(
        look.loaded, look.opened, look.reading.live, look.plan, instance, look.started, locked=look.locked
    )


def carry_out(
    instance: AirflowInstance, look: Look, request: Request, watcher: Watcher, lock: Lock
) -> ApplyReport:
    """Make the changes of a plan, write the ledger, and look again; what fails is in the report."""
    closing = closing_of(look, instance)
    execution = _execute(instance, look, closing, watcher, lock)
    outcomes = {**blocked(look.plan.changes), **execution.outcomes}
    if execution.abandoned or lock.lost:
        problem = None if closing.is_done(execution.outcomes) else _UNWRITTEN
    else:
        problem = closing.close(execution.outcomes, lock.confirm)
    adopted = ChangeOutcome(Outcome.NOT_ATTEMPTED, problem) if problem else ChangeOutcome(Outcome.APPLIED)
    outcomes |= {change.address: adopted for change in look.plan.comparison.adopted}
    after = None if execution.abandoned else look_again(instance, look, closing.ledger, request)
    return ApplyReport(look.plan, outcomes, after, execution.interrupted or problem)


def _execute(
    instance: AirflowInstance, look: Look, closing: Closing, watcher: Watcher, lock: Lock
) -> Execution:
    changes = look.plan.changes
    watcher.begin("applying", len(changes))

    def stop() -> str | None:
        if watcher.stop():
            return "stopped on request"
        return LOST if lock.lost else None

    def ready() -> None:
        try:
            lock.confirm(within=_SURE)
        except InstanceError as error:
            why = f"whether the lock is still held could not be seen: {error.message}"
            raise Locked(why, hint=error.hint) from None

    return execute(
        steps(look.loaded.kinds, changes),
        instance.writer(closing.sent, ready),
        stop=stop,
        progress=watcher.advance,
        passenger=lambda outcomes: closing.along(outcomes, lock.confirm),
    )
