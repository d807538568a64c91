"""What Airflow's event log adds to a comparison: who moved an object, and whether a secret was touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.engine.order import rank
from envctl.model.change import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.event import Event
    from envctl.model.plan import Comparison, Unverifiable

_SOMEBODY_ELSES = (
    Reason.DRIFT,
    Reason.CONFLICT,
    Reason.DELETED_OUTSIDE,
    Reason.TOUCHED_OUTSIDE,
    Reason.INTERRUPTED,
    # Whoever was at it since may still need it.
    Reason.REMOVED_FROM_SPEC,
    Reason.ADOPT,
)
_TOUCHED_TOO = {Reason.SECRET_ROTATED: Reason.CONFLICT, Reason.INTERRUPTED: Reason.TOUCHED_OUTSIDE}
"""What a reason becomes when somebody was at the object besides."""


def needs_witness(comparison: Comparison) -> bool:
    """Tell whether the event log has anything to say about a comparison."""
    return any(one.rewrite for one in comparison.unverifiable) or any(
        change.as_applied or change.reason in _SOMEBODY_ELSES for change in comparison.changes
    )


def settled(
    comparison: Comparison, kinds: Sequence[Kind], events: Sequence[Event], blind: str | None
) -> Comparison:
    """Return the comparison with the answers of the event log.

    `events` are those of others since the last apply, newest first; `blind` says why not all of them
    can be known, None when they are.
    """
    seen = _Seen(events)
    changes = [_attributed(change, seen, blind) for change in comparison.changes]
    in_sync = list(comparison.in_sync)
    unverifiable: list[Unverifiable] = []
    for one in comparison.unverifiable:
        if one.rewrite is None:
            unverifiable.append(one)
        elif event := seen.touching(one.address):
            if one.unwritable:
                why = one.rewrite.blocked or one.why
                unverifiable.append(replace(one, fields=one.rewrite.fields, why=why))
            else:
                changes.append(replace(one.rewrite, by=event))
        elif blind is not None:
            fields, why = one.rewrite.fields, one.why or blind
            unverifiable.append(replace(one, fields=fields, why=why, blind=True))
        elif one.fields:
            unverifiable.append(one)
        else:
            in_sync.append(one.address)
    by_name = {kind.name: kind for kind in kinds}
    return replace(
        comparison,
        changes=tuple(sorted(changes, key=lambda change: rank(by_name[change.address.kind], change))),
        in_sync=tuple(in_sync),
        unverifiable=tuple(unverifiable),
    )


class _Seen:
    """The newest event that may have changed an object."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._whole: dict[str, Event] = {}
        self._single: dict[Address, Event] = {}
        for event in events:
            for kind in event.whole_kinds:
                self._whole.setdefault(kind, event)
            for address in event.addresses:
                self._single.setdefault(address, event)

    def touching(self, address: Address) -> Event | None:
        found = [one for one in (self._single.get(address), self._whole.get(address.kind)) if one]
        return max(found, key=lambda event: event.id, default=None)


def _attributed(change: Change, seen: _Seen, blind: str | None) -> Change:
    """Return a change with who was at the object; hidden leaves that nobody touched need no mention."""
    # What is kept elsewhere is not written through Airflow, whose log speaks of a copy in its database.
    event = None if change.store else seen.touching(change.address)
    untouched = event is None and blind is None
    return replace(
        change,
        reason=change.reason if event is None else _TOUCHED_TOO.get(change.reason, change.reason),
        by=event,
        fields=change.fields if untouched else (*change.fields, *change.as_applied),
        as_applied=(),
    )
