"""Live objects that the spec does not have: which may be deleted, whose they are, and what is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from envctl.kinds.kind import Power
from envctl.model.change import Action, Change, Reason
from envctl.model.plan import Foreign
from envctl.model.policy import Prune, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.resource import Desired, Live


class Wishes(Struct, frozen=True):
    """What policy and caller ask for beyond the spec.

    `prune` says what may be deleted, inside the `scopes`; `rewrite_secrets` are globs of addresses whose
    secrets are written again although nothing differs, `rewritten` the objects for which that is done.
    """

    scopes: Mapping[str, Scope]
    prune: Prune = Prune.MANAGED
    rewrite_secrets: tuple[str, ...] = ()
    rewritten: frozenset[Address] = frozenset()

    def scope(self, kind: Kind) -> Scope:
        """Return which ids of a kind envctl owns."""
        return self.scopes.get(kind.section, Scope())


class Spare(Struct, frozen=True):
    """What becomes of the live objects that the spec does not have; see `envctl.model.plan.Comparison`.

    `prunable_count` counts those that would be deleted if the spec had nothing at all, `live_count` all live
    objects that envctl could change here. Of what the instance makes itself, all that the spec is silent
    about is none of them: many DAGs, of which it names one, would leave room for a change of every variable.
    """

    deletes: tuple[Change, ...]
    unmanaged: tuple[Address, ...]
    kept: tuple[Address, ...]
    prunable_count: int
    live_count: int


def sort_spare(
    kinds: Mapping[str, Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    wishes: Wishes,
    past: Past,
) -> Spare:
    """Return what is to be done with the live objects that the spec does not have."""
    deletes: list[Change] = []
    unmanaged: list[Address] = []
    kept: list[Address] = []
    prunable_count = live_count = 0
    scopes = {kind.name: wishes.scope(kind) for kind in kinds.values()}
    for address, one in live.items():
        kind, entry, is_wanted = kinds[address.kind], past.entries.get(address), address in desired
        in_scope = address.id in scopes[address.kind]
        needed = Power.UPDATE if is_wanted or entry is not None else Power.ALL
        live_count += in_scope and kind.power >= needed
        if past.owner_of(address):
            continue
        reason = _reason_to_delete(kind, address, wishes, past) if in_scope else None
        prunable_count += reason is not None
        if is_wanted or kind.power is Power.OBSERVE:
            continue
        if reason is not None:
            protected = entry is not None and entry.protected
            deletes.append(Change(address, Action.DELETE, reason, None, one, protected=protected))
        elif entry is not None and kind.power is Power.ALL:
            kept.append(address)
        else:
            unmanaged.append(address)
    return Spare(tuple(deletes), tuple(sorted(unmanaged)), tuple(sorted(kept)), prunable_count, live_count)


def foreign(live: Iterable[Address], past: Past) -> tuple[Foreign, ...]:
    """Return the live objects that another owner's ledger holds."""
    if not past.foreign:
        return ()
    owned = ((address, past.owner_of(address)) for address in sorted(live))
    return tuple(Foreign(address, owner) for address, owner in owned if owner is not None)


def _reason_to_delete(kind: Kind, address: Address, wishes: Wishes, past: Past) -> Reason | None:
    """Return why an object in the scope may be deleted, None when it may not."""
    if wishes.prune is Prune.NONE or kind.power < Power.ALL or address.id in kind.built_in:
        return None
    if address in past.entries:
        return Reason.REMOVED_FROM_SPEC
    # Where another owner's ledger cannot be read, what is in none may be theirs; where our own cannot, nobody
    # knows which objects are protected.
    known = past.trusted and not past.obscure
    return Reason.NOT_IN_SPEC if wishes.prune is Prune.ALL and known else None
