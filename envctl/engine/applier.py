"""Carries out a plan, step by step, and keeps true account of what became of each change."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from envctl.engine.order import rank
from envctl.errors import InstanceError, Locked
from envctl.model.outcome import ChangeOutcome, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from envctl.engine.order import Rank
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.request import Passenger

_IN_DOUBT = "stopped at once; it may have been written all the same"


class Step(Struct, frozen=True):
    """Changes of one kind that are made in the same way, so that they can share requests."""

    kind: Kind
    rank: Rank
    changes: tuple[Change, ...]

    @property
    def level(self) -> tuple[bool, int]:
        """What has to be done before the next such value may be begun."""
        return (self.rank.deletes, self.rank.level)


class Writer(Protocol):
    """The hands: writes the changes of a step, and tells after each request what became of some of them.

    Raises InstanceError when the instance stops answering, and Locked when the lock is no longer ours; what
    was not told about by then was never written.
    """

    def write(
        self, kind: Kind, changes: tuple[Change, ...], passenger: Passenger | None = None
    ) -> Iterator[Mapping[Address, ChangeOutcome]]:
        """Write the changes of one step; see the class. A passenger may go along with its last request."""
        ...


class Execution(Struct, frozen=True):
    """What became of each change, and what ended the work before its end.

    With `abandoned`, somebody wants the process to end at once: nothing more is to be asked of the instance.
    """

    outcomes: dict[Address, ChangeOutcome]
    interrupted: str | None
    abandoned: bool = False


def steps(kinds: Sequence[Kind], changes: Sequence[Change]) -> tuple[Step, ...]:
    """Return the changes of a plan in groups that can share requests, in its order.

    Blocked changes are in none: it is known beforehand that they cannot be made.
    """
    by_name = {kind.name: kind for kind in kinds}
    ready = (change for change in changes if not change.blocked)
    groups = groupby(ready, key=lambda change: rank(by_name[change.address.kind], change))
    return tuple(Step(by_name[place.kind], place, tuple(group)) for place, group in groups)


def blocked(changes: Sequence[Change]) -> dict[Address, ChangeOutcome]:
    """Return the outcome of the changes that are due but cannot be made, with the reason of each."""
    return {
        change.address: ChangeOutcome(Outcome.NOT_ATTEMPTED, change.blocked)
        for change in changes
        if change.blocked
    }


def execute(
    plan_steps: Sequence[Step],
    writer: Writer,
    *,
    stop: Callable[[], str | None],
    progress: Callable[[int], None],
    passenger: Callable[[Mapping[Address, ChangeOutcome]], Passenger] | None = None,
) -> Execution:
    """Carry out the steps. After each request `stop` may end the work, by saying why.

    `progress` hears how many changes are done. `passenger` makes what may go along with the very last
    request; it is given the outcomes, which go on growing.

    When a change fails, the others of its level are still made; later levels and deletes are not,
    since they build on this one.
    """
    outcomes: dict[Address, ChangeOutcome] = {
        change.address: ChangeOutcome(Outcome.NOT_ATTEMPTED) for step in plan_steps for change in step.changes
    }
    failed_level: tuple[bool, int] | None = None
    for step in plan_steps:
        if failed_level is not None and failed_level != step.level:
            break
        if why := stop():
            return Execution(outcomes, why)
        try:
            guest = passenger(outcomes) if passenger and step is plan_steps[-1] else None
            for told in writer.write(step.kind, step.changes, guest):
                outcomes.update(told)
                progress(len(told))
                if (why := stop()) and _unfinished(step, outcomes):
                    return Execution(outcomes, why)
        except (InstanceError, Locked) as error:
            return Execution(outcomes, error.message)
        except KeyboardInterrupt:
            doubt = ChangeOutcome(Outcome.FAILED, _IN_DOUBT, in_doubt=True)
            open_ = [
                one.address for one in step.changes if outcomes[one.address].outcome is Outcome.NOT_ATTEMPTED
            ]
            return Execution({**outcomes, **dict.fromkeys(open_, doubt)}, "stopped at once", abandoned=True)
        if any(outcomes[change.address].outcome is Outcome.FAILED for change in step.changes):
            failed_level = step.level
    return Execution(outcomes, None)


def _unfinished(step: Step, outcomes: Mapping[Address, ChangeOutcome]) -> bool:
    return any(outcomes[change.address].outcome is Outcome.NOT_ATTEMPTED for change in step.changes)
