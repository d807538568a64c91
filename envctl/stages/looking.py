"""One look at an instance: what it holds, what the ledgers know of it, and the plan that follows."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.engine.diff import compare
from envctl.engine.old_api import over_v1, unsaid_note
from envctl.engine.policy import Case, refusals
from envctl.engine.spare import Wishes
from envctl.engine.witness import settled
from envctl.errors import InstanceError, SpecError
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.model.plan import Plan
from envctl.model.policy import Prune
from envctl.stages.keeping import Opened, has_moved, in_place, open_ledgers, settle
from envctl.stages.marking import prepare
from envctl.stages.narrowing import present, readable
from envctl.stages.pinning import hold, only_planned, rewritten
from envctl.stages.watching import newest_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.airflow.instance import AirflowInstance
    from envctl.engine.past import Past
    from envctl.model.address import Address
    from envctl.model.event import Seen
    from envctl.model.ledger import Ledger
    from envctl.model.plan import Comparison, Revision
    from envctl.model.resource import Live, Reading
    from envctl.request import Request
    from envctl.stages.loading import Loaded
    from envctl.stages.scouting import Sighting

_FRESH = 30.0
"""Seconds for which a look is good; a person may have thought about the plan for longer."""


class Look(Struct, frozen=True):
    """What was read, what the ledgers say, the plan; `started` is the newest event before the reading.

    `loaded` is what the spec says of what there is, of the kinds that could be read. `locked` tells that the
    lock was ours already.
    """

    plan: Plan
    loaded: Loaded
    reading: Reading
    opened: Opened
    started: Seen | None
    taken: float
    locked: bool = False

    def is_stale(self, instance: AirflowInstance) -> bool:
        """Tell whether the plan may no longer be what there is to do."""
        return time.monotonic() - self.taken > _FRESH or has_moved(self.opened, instance)


def look(
    loaded: Loaded,
    instance: AirflowInstance,
    revision: Revision,
    request: Request,
    *,
    to_apply: bool = False,
    seen: Sighting | None = None,
) -> Look:
    """Read an instance, unless that was done, and compare it with its spec. Raises InstanceError.

    Of a comparison for a saved plan that plan's changes are left. Raises PlanUnfit when they are others now.
    With `to_apply` the event log is asked where it ends, so that what others do meanwhile is noticed.
    """
    taken = time.monotonic()
    started = newest_event(instance) if to_apply else None
    wanted = Counter(address.kind for address in loaded.desired)
    reading = seen.reading if seen and seen.kinds == loaded.kinds else instance.read(loaded.kinds, wanted)
    not_compared = tuple(kind.section for kind in loaded.kinds if kind.name in reading.unread)
    loaded = readable(loaded, reading)
    keys = loaded.fingerprint_keys(request.settings)
    opened = open_ledgers(loaded, instance, reading, keys, seen.foretold if seen else None)
    loaded, vanished = present(loaded, reading, opened.past)
    # Of objects that were never applied only an apply makes fingerprints.
    prepare(loaded.desired, loaded.desired if to_apply else opened.past.entries, opened.past.prints)
    wishes = replace(_wishes(loaded, request), rewritten=rewritten(request, opened.past))
    comparison = replace(_compared(loaded, reading, wishes, opened.past), vanished=vanished)
    comparison = settle(opened, loaded.kinds, comparison, instance)
    comparison, opened = hold(loaded, request, comparison, reading, opened, instance)
    untold = unsaid_note(loaded.desired, reading.live, opened.past) if reading.old else ()
    found = (*opened.diagnostics, *reading.found, *instance.warnings, *untold)
    opened = replace(opened, diagnostics=found)
    plan = _plan(loaded, instance, comparison, opened, revision, request, wanted)
    plan = replace(plan, not_compared=not_compared)
    return Look(plan, loaded, reading, opened, started, taken)


def believed(seen: Look, request: Request) -> Look:
    """Return a look as it would be with a new, empty ledger in place of one that cannot be read."""
    loaded = seen.loaded
    opened = seen.opened.begun_anew()
    wishes = replace(_wishes(loaded, request), rewrite_secrets=())
    comparison = _compared(loaded, seen.reading, wishes, opened.past)
    plan = replace(seen.plan, comparison=settled(comparison, loaded.kinds, (), None), ledger=opened.note)
    return replace(seen, plan=plan, opened=opened)


def look_again(instance: AirflowInstance, first: Look, ledger: Ledger, request: Request) -> Comparison | None:
    """Read the kinds that were written again and compare; None when the instance no longer answers.

    `ledger` is what was written; nobody can have touched anything since that would matter here.
    """
    loaded = first.loaded
    touched = {change.address.kind for change in first.plan.changes}
    try:
        again = instance.read([kind for kind in loaded.kinds if kind.name in touched])
    except InstanceError:
        return None
    if again.unread:
        return None
    reading = replace(
        again,
        unread=first.reading.unread,
        live=_kept(first.reading.live, touched) | again.live,
        stores={**first.reading.stores, **again.stores},
    )
    past = replace(first.opened.past, entries=in_place(ledger.entries, loaded.kinds, reading.stores))
    try:
        loaded, _ = present(readable(loaded.as_written, reading), reading, past)
    except SpecError:
        return None  # what was there a moment ago is gone, and was never applied
    wishes = replace(_wishes(loaded, request), rewrite_secrets=())
    comparison = _compared(loaded, reading, wishes, past)
    return only_planned(request, settled(comparison, loaded.kinds, (), None))


def _compared(loaded: Loaded, reading: Reading, wishes: Wishes, past: Past) -> Comparison:
    found = compare(loaded.kinds, loaded.desired, reading.live, wishes, past, reading.stores)
    if reading.old:
        found = over_v1(found, loaded.kinds)
    apart = (address for address in reading.apart if past.owner_of(address) is None)
    return replace(found, unmanaged=tuple(sorted((*found.unmanaged, *apart))))


def _kept(live: Mapping[Address, Live], touched: set[str]) -> dict[Address, Live]:
    return {address: one for address, one in live.items() if address.kind not in touched}


def _wishes(loaded: Loaded, request: Request) -> Wishes:
    prune = Prune.ALL if request.prune else loaded.spec.file.rules().prune
    return Wishes(loaded.spec.scopes, prune, request.rewrite_secrets)


def _plan(
    loaded: Loaded,
    instance: AirflowInstance,
    comparison: Comparison,
    opened: Opened,
    revision: Revision,
    request: Request,
    wanted: Mapping[str, int],
) -> Plan:
    policy = loaded.spec.file.rules()
    deletable = {kind.name for kind in KINDS if kind.power is Power.ALL}
    case = Case(
        comparison,
        policy,
        request.allowed,
        prune=request.prune,
        now=instance.clock(),
        wanted=wanted,
        applied=Counter(address.kind for address in opened.ledger.entries if address.kind in deletable),
    )
    return Plan(
        environment=loaded.spec.name,
        instance=instance.described,
        revision=revision,
        comparison=comparison,
        protection=policy.protection,
        refusals=refusals(case),
        diagnostics=(*loaded.diagnostics, *opened.diagnostics),
        ledger=opened.note,
        time=instance.clock(),
        digest=request.saved.plan.digest if request.saved else None,
    )
