"""Spec against instance, and against what was applied: one comparison, from which all commands speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.engine.carry import Blocked, carried
from envctl.engine.compare import compare_fields
from envctl.engine.conceal import all_concealed, concealed, secrets_of
from envctl.engine.known import informed
from envctl.engine.leaves import leaves_of
from envctl.engine.order import rank
from envctl.engine.reasons import reason_for
from envctl.engine.spare import Wishes, foreign, sort_spare
from envctl.engine.versions import with_versions
from envctl.kinds.kind import Power
from envctl.model.address import matches
from envctl.model.change import Action, Change, FieldDiff, Reason
from envctl.model.plan import NEVER_WRITTEN, Comparison, Unverifiable
from envctl.model.secret import is_secret
from envctl.model.value import UNMANAGED, UNSET
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.ledger import Entry
    from envctl.model.resource import Desired, Live
    from envctl.model.secret import Secret
    from envctl.model.store import Store


class _Found(Struct):
    """What became of the objects of a spec."""

    changes: list[Change]
    adopted: list[Change]
    observed: list[Change]
    in_sync: list[Address]
    unverifiable: list[Unverifiable]

    def sort(self, results: Sequence[Change | Unverifiable | Address]) -> None:
        """Take in what was found of one object."""
        for one in results:
            if isinstance(one, Unverifiable):
                self.unverifiable.append(one)
            elif not isinstance(one, Change):
                self.in_sync.append(one)
            elif one.action is Action.ADOPT:
                self.adopted.append(one)
            elif one.action is Action.OBSERVE:
                self.observed.append(one)
            else:
                self.changes.append(one)


def compare(
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    wishes: Wishes,
    past: Past,
    stores: Mapping[Address, Store] | None = None,
) -> Comparison:
    """Hold the objects of the given kinds against each other; changes come in the order of applying.

    `stores` says of objects that are kept outside of the instance's database where that is.
    What stays open until Airflow's event log is asked is settled by `envctl.engine.witness`.
    """
    by_name = {kind.name: kind for kind in kinds}
    found = _Found([], [], [], [], [])
    kept = stores or {}
    for address, wanted in desired.items():
        found.sort(_compare_one(by_name[address.kind], wanted, live.get(address), wishes, past))
    told = bool(found.changes or found.observed)
    secrets = secrets_of(desired) if told else frozenset()
    spare = sort_spare(by_name, desired, live, wishes, past)
    changes = [
        *(_told(one, secrets, past) for one in found.changes),
        *spare.deletes,
    ]
    changes = [replace(one, store=kept.get(one.address)) for one in changes]
    return Comparison(
        changes=tuple(sorted(changes, key=lambda change: rank(by_name[change.address.kind], change))),
        in_sync=tuple(found.in_sync),
        unverifiable=tuple(found.unverifiable),
        unmanaged=spare.unmanaged,
        live_count=spare.live_count,
        prunable_count=spare.prunable_count,
        adopted=tuple(
            with_versions(replace(one, store=kept.get(one.address)), None) for one in found.adopted
        ),
        foreign=foreign(live, past),
        kept=spare.kept,
        observed=tuple(_told(one, secrets, past) for one in found.observed),
    )


def _told(change: Change, secrets: frozenset[Secret], past: Past) -> Change:
    """Return a change without live values that are, or were when applied, a secret; with known versions."""
    entry = past.entries.get(change.address)
    known = entry.fingerprints if entry is not None else ()
    return with_versions(replace(change, fields=concealed(change.fields, secrets, known)), entry)


def _compare_one(
    kind: Kind, desired: Desired, live: Live | None, wishes: Wishes, past: Past
) -> tuple[Change | Unverifiable | Address, ...]:
    """Return what there is to say of one object of the spec; of one to adopt there may be two things."""
    entry = past.entries.get(desired.address)
    if live is None:
        change = _creation(kind, desired, Reason.DELETED_OUTSIDE if entry else Reason.NEW)
        return (_unless_foreign(change, past),)
    fields = compare_fields(desired.fields, live.fields, kind.as_read)
    if live.concealed:
        fields = all_concealed(fields)
    if kind.power is Power.OBSERVE:
        return (_observed(desired, live, fields),)
    if entry is not None:
        return (_with_entry(kind, desired, live, fields, entry, past, wishes),)
    return _without_entry(kind, desired, live, fields, past, wishes)


def _observed(desired: Desired, live: Live, fields: tuple[FieldDiff, ...]) -> Change | Unverifiable | Address:
    """Compare an object that the API only shows."""
    if any(field.verdict is Verdict.DIFFERENT for field in fields):
        return Change(desired.address, Action.OBSERVE, Reason.DIFFERS, desired, live, fields)
    return Unverifiable(desired.address, fields) if fields else desired.address


def _without_entry(
    kind: Kind, desired: Desired, live: Live, fields: tuple[FieldDiff, ...], past: Past, wishes: Wishes
) -> tuple[Change | Unverifiable | Address, ...]:
    """Compare an object that is there although this owner's ledger does not have it."""
    if any(field.verdict is Verdict.DIFFERENT for field in fields):
        reason = Reason.ADOPT if past.trusted else Reason.DIFFERS
        return (_unless_foreign(_written(kind, Action.UPDATE, reason, desired, live, fields), past),)
    if _asked_for(desired, wishes):
        change = _written(kind, Action.REWRITE, Reason.REWRITE_REQUESTED, desired, live, fields)
        return (_unless_foreign(change, past),)
    why = NEVER_WRITTEN if past.trusted else ""
    doubt = (Unverifiable(desired.address, fields, why),) if fields else ()
    if not past.trusted or past.owner_of(desired.address):
        return doubt or (desired.address,)
    return (Change(desired.address, Action.ADOPT, Reason.ADOPT, desired, live, fields), *doubt)


def _with_entry(
    kind: Kind,
    desired: Desired,
    live: Live,
    fields: tuple[FieldDiff, ...],
    entry: Entry,
    past: Past,
    wishes: Wishes,
) -> Change | Unverifiable | Address:
    """Compare an object that was applied before."""
    asked_for = _asked_for(desired, wishes)
    if not fields and not asked_for:
        return desired.address
    doubtful = {name: desired.fields[name] for name in dict.fromkeys(str(leaf.path[0]) for leaf in fields)}
    known = informed(desired.address, fields, leaves_of(doubtful, kind.as_read), entry, past.prints)
    if known.different:
        only_secrets = len(known.rotated) == len(known.different)
        action = Action.REWRITE if only_secrets else Action.UPDATE
        wanted = leaves_of(desired.fields, kind.as_read)
        reason = reason_for(desired.address, wanted, live, fields, entry, past.prints)
        change = _written(kind, action, reason, desired, live, (*known.different, *known.unknown))
        return replace(change, as_applied=known.as_applied)
    if asked_for:
        return _written(kind, Action.REWRITE, Reason.REWRITE_REQUESTED, desired, live, fields)
    rewrite = None
    if known.checkable:
        rewrite = _written(kind, Action.REWRITE, Reason.TOUCHED_OUTSIDE, desired, live, fields)
    return Unverifiable(desired.address, known.unknown, known.why, rewrite)


def _asked_for(desired: Desired, wishes: Wishes) -> bool:
    if not wishes.rewrite_secrets:
        return False
    address = desired.address
    asked_for = address not in wishes.rewritten and matches(address, wishes.rewrite_secrets)
    return asked_for and is_secret(dict(desired.fields))


def _creation(kind: Kind, desired: Desired, reason: Reason) -> Change:
    fields = tuple(
        FieldDiff(leaf.path, Verdict.DIFFERENT, UNSET, leaf.desired)
        for leaf in compare_fields(desired.fields, {}, kind.as_read)
    )
    change = Change(desired.address, Action.CREATE, reason, desired, None, fields)
    lacking = [name for name, value in desired.fields.items() if name in kind.required and value is UNMANAGED]
    if lacking:
        why = f"it does not exist, and its {lacking[0]} is !unmanaged: make it by hand, or give it a value"
        return replace(change, blocked=why)
    return replace(change, desired=replace(desired, fields=carried(desired.fields, {})))


def _written(
    kind: Kind, action: Action, reason: Reason, desired: Desired, live: Live, fields: tuple[FieldDiff, ...]
) -> Change:
    """Return the change with the fields that will be written, or blocked where that would lose something."""
    change = Change(
        desired.address,
        action,
        reason,
        desired,
        live,
        fields,
        # What is kept elsewhere is written as a whole: what Airflow's API cannot do is no obstacle there.
        blocked=None if live.concealed else kind.obstacle(fields) or kind.unwritable(desired),
    )
    try:
        written = carried(desired.fields, live.fields)
    except Blocked as why:
        return replace(change, blocked=str(why))
    written |= {name: live.fields[name] for name in kind.carries}
    return replace(change, desired=replace(desired, fields=written))


def _unless_foreign(change: Change, past: Past) -> Change:
    """Return the change, blocked when the object is in another owner's ledger."""
    owner = past.owner_of(change.address)
    if owner is None:
        return change
    why = f"it belongs to owner {owner}, whose spec tree has to give it up first: envctl release"
    return replace(change, blocked=why)
