"""Spec against instance: one comparison, from which diff, plan, apply and status all speak."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envctl.engine.carry import Blocked, carried
from envctl.engine.compare import compare_fields
from envctl.engine.conceal import concealed, secrets_of
from envctl.engine.order import rank
from envctl.model.address import Address, matches
from envctl.model.change import Action, Change, FieldDiff, Reason
from envctl.model.plan import Comparison, Unverifiable
from envctl.model.policy import Scope
from envctl.model.secret import is_secret
from envctl.model.value import UNMANAGED, UNSET
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.resource import Desired, Live


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks for beyond the spec.

    `prune_all` deletes whatever the spec lacks, inside the scopes; `rewrite_secrets` are globs of
    addresses whose secrets are written again although nothing differs.
    """

    scopes: Mapping[str, Scope]
    prune_all: bool = False
    rewrite_secrets: tuple[str, ...] = ()


def compare(
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    wishes: Wishes,
) -> Comparison:
    """Hold the objects of the given kinds against each other; changes come in the order of applying."""
    by_name = {kind.name: kind for kind in kinds}
    changes: list[Change] = []
    in_sync: list[Address] = []
    unverifiable: list[Unverifiable] = []
    secrets = secrets_of(desired)
    for address, wanted in desired.items():
        found = _compare_one(by_name[address.kind], wanted, live.get(address), wishes)
        if isinstance(found, Change):
            changes.append(replace(found, fields=concealed(found.fields, secrets)))
        elif isinstance(found, Unverifiable):
            unverifiable.append(found)
        else:
            in_sync.append(address)
    spare = [one for address, one in live.items() if address not in desired]
    pruned = [one for one in spare if _may_prune(by_name[one.address.kind], one.address, wishes)]
    changes += [Change(one.address, Action.DELETE, Reason.NOT_IN_SPEC, None, one) for one in pruned]
    gone = {one.address for one in pruned}
    return Comparison(
        changes=tuple(sorted(changes, key=lambda change: rank(by_name[change.address.kind], change))),
        in_sync=tuple(in_sync),
        unverifiable=tuple(unverifiable),
        unmanaged=tuple(sorted(one.address for one in spare if one.address not in gone)),
        live_count=sum(1 for address in live if address.id in _scope(by_name[address.kind], wishes)),
    )


def _compare_one(
    kind: Kind, desired: Desired, live: Live | None, wishes: Wishes
) -> Change | Unverifiable | Address:
    if live is None:
        return _creation(kind, desired)
    fields = compare_fields(desired.fields, live.fields, kind.as_read)
    if any(field.verdict is Verdict.DIFFERENT for field in fields):
        return _written(kind, Action.UPDATE, Reason.DIFFERS, desired, live, fields)
    if matches(desired.address, wishes.rewrite_secrets) and is_secret(dict(desired.fields)):
        return _written(kind, Action.REWRITE, Reason.REWRITE_REQUESTED, desired, live, fields)
    return Unverifiable(desired.address, fields) if fields else desired.address


def _creation(kind: Kind, desired: Desired) -> Change:
    fields = tuple(
        FieldDiff(leaf.path, Verdict.DIFFERENT, UNSET, leaf.desired)
        for leaf in compare_fields(desired.fields, {}, kind.as_read)
    )
    change = Change(desired.address, Action.CREATE, Reason.NEW, desired, None, fields)
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
        blocked=kind.obstacle(fields) or kind.unwritable(desired),
    )
    try:
        written = carried(desired.fields, live.fields)
    except Blocked as why:
        return replace(change, blocked=str(why))
    return replace(change, desired=replace(desired, fields=written))


def _may_prune(kind: Kind, address: Address, wishes: Wishes) -> bool:
    return wishes.prune_all and address.id in _scope(kind, wishes) and address.id not in kind.built_in


def _scope(kind: Kind, wishes: Wishes) -> Scope:
    return wishes.scopes.get(kind.section, Scope())
