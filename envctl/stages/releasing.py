"""Which objects leave a ledger at a person's wish, and how it looks without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.engine.spread import best_glob
from envctl.errors import Refused, UsageError
from envctl.kinds.kind import Power
from envctl.ledger.holder import actor
from envctl.model.address import matches
from envctl.model.ledger import HISTORY, ApplyRecord
from envctl.model.nearest import close

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from envctl.model.address import Address
    from envctl.model.ledger import Ledger
    from envctl.model.ledger_state import LedgerState
    from envctl.model.plan import Revision
    from envctl.stages.loading import Loaded

_MOST_NAMED = 5


def selected(globs: Iterable[str], state: LedgerState, loaded: Loaded) -> tuple[Address, ...]:
    """Return what the globs select of a ledger, sorted.

    Raises UsageError for a glob that selects nothing, Refused when the spec still has one of the objects.
    """
    entries = state.ledger.entries if state.ledger is not None else {}
    found = {address for glob in globs for address in _matching(glob, tuple(entries), state.owner)}
    wanted = sorted(address for address in found if _is_wanted(address, loaded))
    if wanted:
        them, are = ("it", "is") if len(wanted) == 1 else ("them", "are")
        raise Refused(
            f"{_named(wanted)} {are} still in the spec of {loaded.spec.name}: the next apply would adopt"
            f" {them} again; nothing was released",
            hint=f"remove {them} from the spec first, and in the same commit exclude {them} under manage:,\n"
            f"so that no apply in between deletes {them}",
        )
    return tuple(sorted(found))


def doomed(addresses: Iterable[Address], loaded: Loaded) -> tuple[Address, ...]:
    """Return what of the released objects an apply that prunes all would delete: what is managed here."""
    kinds = {kind.name: kind for kind in loaded.kinds}
    return tuple(
        address
        for address in addresses
        if (kind := kinds.get(address.kind)) is not None
        and kind.power is Power.ALL
        and address.id not in kind.built_in
        and address.id in loaded.spec.scope(kind)
    )


def released(ledger: Ledger, addresses: Sequence[Address], revision: Revision, now: datetime) -> Ledger:
    """Return a ledger without some of its entries, and with a record of that; `now` is by the server's clock.

    What it has seen of the event log stays, so that what others touched is still noticed.
    """
    serial = ledger.serial + 1
    record = ApplyRecord(
        serial=serial,
        time=now.isoformat(timespec="seconds"),
        actor=actor(),
        commit=revision.commit,
        dirty=revision.dirty,
        counts={"release": len(addresses)},
        plan="",
    )
    entries = {address: entry for address, entry in ledger.entries.items() if address not in addresses}
    return replace(ledger, serial=serial, entries=entries, history=(*ledger.history, record)[-HISTORY:])


def _is_wanted(address: Address, loaded: Loaded) -> bool:
    """Tell whether the spec has an object, by its id or by a glob."""
    if address in loaded.desired:
        return True
    selecting = {kind.name for kind in loaded.kinds if kind.selects}
    globs = [one.id for one in loaded.desired if one.kind == address.kind and one.kind in selecting]
    return best_glob(globs, address.id) is not None


def _matching(glob: str, entries: Sequence[Address], owner: str) -> tuple[Address, ...]:
    """Return what a glob selects; an address that is written out stands for itself, whatever is in it."""
    exact = tuple(address for address in entries if str(address) == glob)
    found = exact or tuple(address for address in entries if matches(address, (glob,)))
    if found:
        return found
    known = [str(address) for address in entries] if "/" in glob else [address.id for address in entries]
    near = close(glob, known)
    hint = f"did you mean {near!r}?" if near else "envctl ledger show ENV -v names what is in it"
    if not entries:
        hint = "it is empty: there is nothing to release"
    raise UsageError(f"nothing in the ledger of owner {owner} matches {glob!r}", hint=hint)


def _named(addresses: Sequence[Address]) -> str:
    text = ", ".join(map(str, addresses[:_MOST_NAMED]))
    more = len(addresses) - _MOST_NAMED
    return f"{text} and {more} more" if more > 0 else text
