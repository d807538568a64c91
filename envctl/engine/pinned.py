"""A saved plan held against how things are now: whether each change is still the one that was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.engine.leaves import covered, leaves_of
from envctl.engine.pins import Pinner, moved
from envctl.model.change import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.plan import Comparison
    from envctl.model.resource import Desired, Live
    from envctl.model.saved import Pin, SavedPlan

NO_KEY = "cannot be checked: a fingerprint of it was made with another key: set ENVCTL_FINGERPRINT_KEY"
_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.REWRITE: "rewritten",
    Action.DELETE: "deleted",
    Action.ADOPT: "adopted",
    Action.OBSERVE: "observed",
}


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a saved plan's changes: what is against them, and which are still `due`.

    `exposed` are those due whose object has leaves that Airflow masks: only its event log can tell whether
    somebody has moved them.
    """

    objections: tuple[str, ...]
    due: frozenset[Address]
    exposed: frozenset[Address]


def held(
    saved: SavedPlan,
    comparison: Comparison,
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    past: Past,
) -> Held:
    """Hold the changes of a saved plan against a comparison made now, and what that was made of."""
    now = {change.address: change for change in comparison.changes}
    due = {
        change.address: now[change.address]
        for change in saved.plan.changes
        if change.address in now and not _was_rewritten(change, saved, past)
    }
    critic = _Critic({kind.name for kind in kinds}, Pinner(kinds, desired, live, past, saved.salt))
    objections = [
        found
        for change in saved.plan.changes
        for found in critic.objections(change, saved.pins[change.address], due.get(change.address))
    ]
    exposed = (one for one in due if one in live and leaves_of(live[one].fields).masked)
    return Held(tuple(objections), frozenset(due), frozenset(exposed))


def within(comparison: Comparison, planned: frozenset[Address], due: frozenset[Address]) -> Comparison:
    """Return a comparison whose changes are those that are due, and which leaves out what is not planned.

    What is planned and no longer due has been done.
    """
    everything = (*comparison.changes, *comparison.adopted)
    done = (one.address for one in comparison.changes if one.address in planned - due)
    return replace(
        comparison,
        changes=tuple(change for change in comparison.changes if change.address in due),
        adopted=tuple(change for change in comparison.adopted if change.address in planned),
        in_sync=(*comparison.in_sync, *done),
        left_out=tuple(change for change in everything if change.address not in planned),
    )


def _was_rewritten(change: Change, saved: SavedPlan, past: Past) -> bool:
    """Tell whether a secret that was to be written again has been, by an apply since."""
    entry = past.entries.get(change.address)
    asked_for = change.reason is Reason.REWRITE_REQUESTED
    return asked_for and entry is not None and entry.serial > saved.serial


class _Critic:
    """Says what is against the changes of one saved plan."""

    def __init__(self, kinds: Collection[str], pinner: Pinner) -> None:
        self._kinds = kinds
        self._pinner = pinner

    def objections(self, change: Change, pin: Pin, now: Change | None) -> Iterator[str]:
        """Yield what is against one change; `now` is what is to be done with the object, None for nothing.

        There is nothing to be done when spec and instance agree by now: then it has been carried out.
        """
        address = change.address
        if address.kind not in self._kinds:
            yield f"{address} is no longer in the spec, which has no section for it"
            return
        found = [*self._about_spec(address, pin), *self._about_instance(address, pin, now)]
        if not found and now is not None and now.action is not change.action:
            found = [f"{address} is to be {_DONE[now.action]} now, not {_DONE[change.action]}"]
        if not found and now is not None and now.blocked and not change.blocked:
            found = [f"{address} cannot be written any more: {now.blocked}"]
        yield from found

    def _about_spec(self, address: Address, pin: Pin) -> Iterator[str]:
        marker = self._pinner.wanted(address)
        if pin.desired is None:
            if marker is not None:
                yield f"{address} is in the spec again"
        elif marker is None:
            yield f"{address} is no longer in the spec"
        else:
            found = moved(marker, pin.desired)
            if found.paths:
                what = "secret" if marker.secrets.issuperset(found.paths) else "spec"
                yield f"the {what} of {address} has changed since: {', '.join(found.paths)}"
            elif found.unknown:
                yield f"{address} {NO_KEY}"

    def _about_instance(self, address: Address, pin: Pin, now: Change | None) -> Iterator[str]:
        in_spec = self._pinner.wanted(address) is not None
        marker = self._pinner.had(address)
        if (pin.desired is not None) is not in_spec:
            return  # it has come into the spec, or left it: that is said, and marks of the two do not compare
        if now is None:
            if marker is not None and not in_spec:
                yield f"{address} is no longer to be deleted"
        elif pin.live is None:
            if marker is not None:
                yield f"live moved: {address} is there by now"
        elif marker is None:
            yield f"live moved: {address} is gone"
        else:
            found = moved(marker, pin.live)
            alone = self._pinner.left_alone(address, pin)
            paths = [path for path in found.paths if not covered(alone, path)]
            if paths:
                yield ": ".join(filter(None, (f"live moved: {address}", ", ".join(filter(None, paths)))))
            elif found.unknown:
                yield f"{address} {NO_KEY}"
