"""A saved plan held against how things are now: whether all that it was to do is still what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.engine.leaves import covered, leaves_of
from envctl.engine.pins import Pinner, moved
from envctl.model.change import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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


class Held(Struct, frozen=True):
    """What is against a saved plan by now.

    `exposed` are the objects with something still due that have leaves which Airflow masks: only its event
    log can tell whether somebody has moved them.
    """

    objections: tuple[str, ...]
    exposed: frozenset[Address]


def held(
    saved: SavedPlan,
    comparison: Comparison,
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    past: Past,
) -> Held:
    """Hold a saved plan against a comparison made now, and what that was made of.

    What is planned has been done when the comparison has nothing to do with the object any more. It has to
    be made without the wish to rewrite what was `written_since`.
    """
    due = {change.address: change for change in comparison.changes}
    # What is equal by now need not be written; that it was to be adopted all along is a thing to check.
    due_or_equal = due | {change.address: change for change in comparison.adopted}
    planned = [
        *((change, due.get(change.address)) for change in saved.plan.changes),
        *((change, due_or_equal.get(change.address)) for change in saved.plan.comparison.adopted),
    ]
    critic = _Critic(kinds, Pinner(kinds, desired, live, past, saved.salt), past, written_since(saved, past))
    objections = [
        found
        for change, now in planned
        for found in critic.objections(change, saved.pins[change.address], now)
    ]
    still = (change.address for change, now in planned if now is not None and change.address in live)
    hidden = {one: leaves_of(live[one].fields) for one in still}
    exposed = (one for one, leaves in hidden.items() if leaves.masked or leaves.unsaid)
    return Held(tuple(objections), frozenset(exposed))


def written_since(saved: SavedPlan, past: Past) -> frozenset[Address]:
    """Return the objects that a saved plan changes and that an apply has written, all of them, since."""
    entries = ((change.address, past.entries.get(change.address)) for change in saved.plan.changes)
    return frozenset(
        address
        for address, entry in entries
        if entry is not None and entry.serial > saved.serial and not entry.unwritten
    )


def within(comparison: Comparison, planned: frozenset[Address]) -> Comparison:
    """Return a comparison which leaves out what is not planned."""
    everything = (*comparison.changes, *comparison.adopted)
    return replace(
        comparison,
        changes=tuple(change for change in comparison.changes if change.address in planned),
        adopted=tuple(change for change in comparison.adopted if change.address in planned),
        left_out=tuple(change for change in everything if change.address not in planned),
    )


class _Critic:
    """Says what is against the changes of one saved plan."""

    def __init__(
        self, kinds: Sequence[Kind], pinner: Pinner, past: Past, written: frozenset[Address]
    ) -> None:
        """`written` are the objects that an apply has written since the plan was made."""
        self._kinds = {kind.name for kind in kinds}
        self._pinner = pinner
        self._past = past
        self._written = written

    def objections(self, change: Change, pin: Pin, now: Change | None) -> Iterator[str]:
        """Yield what is against one change; `now` is what is to be done with the object, None for nothing.

        There is nothing to be done when spec and instance agree by now: then it has been carried out.
        """
        address = change.address
        if address.kind not in self._kinds:
            yield f"{address} is no longer in the spec, which has no section for it"
            return
        found = [*self._about_spec(address, pin), *self._about_instance(address, pin, now)]
        yield from found or self._about_action(change, now)

    def _about_action(self, change: Change, now: Change | None) -> Iterator[str]:
        """Yield what is against a change of which neither side has moved, as far as that can be read."""
        address, owner = change.address, self._past.owner_of(change.address)
        if change.action is Action.ADOPT and owner:
            yield f"{address} cannot be adopted any more: it belongs to owner {owner}"
        elif now is None:
            return
        elif change.action is Action.REWRITE and address in self._written:
            yield f"{address} has been rewritten since, and is to be {_DONE[now.action]} once more"
        elif now.action is not change.action:
            yield f"{address} is to be {_DONE[now.action]} now, not {_DONE[change.action]}"
        elif now.blocked and not change.blocked:
            yield f"{address} cannot be written any more: {now.blocked}"

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
