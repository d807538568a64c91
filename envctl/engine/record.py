"""What the ledger holds after an apply: an entry for each object that the spec has and the instance too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.engine.leaves import covered, leaves_of
from envctl.engine.marks import Marker
from envctl.engine.versions import versions_of
from envctl.kinds.kind import Power
from envctl.model.change import Action, render_path
from envctl.model.ledger import DOUBTS, IN_DOUBT, TOUCHED, Entry
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.engine.past import Past, Prints
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.plan import Comparison, Unverifiable
    from envctl.model.resource import Desired, Live


def recorded(
    kinds: Sequence[Kind],
    desired: Mapping[Address, Desired],
    live: Mapping[Address, Live],
    comparison: Comparison,
    outcomes: Mapping[Address, ChangeOutcome],
    past: Past,
    serial: int,
) -> dict[Address, Entry]:
    """Return the ledger's entries once changes have had their outcomes; `live` is how things were before.

    Of kinds that are not compared the entries stay as they are, and so do those of changes that are left
    out, and of what has vanished. What is neither in the spec nor in the instance any more is forgotten, and
    what `past` does not have for standing elsewhere; so is what envctl could not delete anyway, once the
    spec is silent about it.
    """
    by_name = {kind.name: kind for kind in kinds}
    entries = {
        address: entry
        for address, entry in past.entries.items()
        if address.kind not in by_name
        or address in comparison.vanished
        or (address not in desired and address in live and by_name[address.kind].power is Power.ALL)
    }
    doubts = {one.address: one for one in comparison.unverifiable}
    due = {change.address: change for change in (*comparison.changes, *comparison.left_out)}
    places = {change.address: change.place for change in (*comparison.changes, *comparison.adopted)}
    for address, wanted in desired.items():
        if past.owner_of(address) or by_name[address.kind].power is Power.OBSERVE:
            continue
        before = past.entries.get(address)
        place = before.place if before is not None else places.get(address, "")
        maker = _Maker(by_name[address.kind], wanted, live.get(address), before, past.prints, place)
        outcome = outcomes.get(address)
        if address not in due:
            entries[address] = maker.found(serial, doubts.get(address))
        elif outcome is not None and outcome.outcome is Outcome.APPLIED:
            entries[address] = maker.written(serial)
        elif before is not None:
            entries[address] = maker.left(before, due[address], outcome)
    for change in comparison.changes:
        if change.action is Action.DELETE and outcomes[change.address].outcome is Outcome.APPLIED:
            entries.pop(change.address, None)
    return entries


def doubted(before: Entry, doubt: str) -> Entry:
    """Return the entry of an object whose secrets may be anybody's: they are to be written again."""
    marks = dict.fromkeys(before.fingerprints, doubt)
    return replace(before, fingerprints=marks, unwritten=frozenset(), unseen=frozenset())


class _Maker:
    """Makes the entry of one object."""

    def __init__(
        self, kind: Kind, wanted: Desired, live: Live | None, before: Entry | None, prints: Prints, place: str
    ) -> None:
        masked = leaves_of(live.fields).masked if live is not None else frozenset()
        self._marker = Marker(
            wanted.address,
            leaves_of(wanted.fields, kind.as_read),
            lambda path: covered(masked, path) or kind.hides(wanted.address.id, path),
            prints,
        )
        self._protected = wanted.protected
        self._versions = versions_of(wanted.fields)
        self._before = before
        self._prints = prints
        self._place = place
        # Of an object that was deleted and is made anew nothing is left.
        self._doubts = before.unseen if before is not None and live is not None else frozenset()

    def written(self, serial: int) -> Entry:
        """Return the entry of an object that was written just now."""
        fingerprints = {path: self._marker.fingerprint(path) for path in self._marker.hidden()}
        return Entry(
            serial,
            self._marker.digests(),
            fingerprints,
            protected=self._protected,
            versions=self._versions,
            place=self._place,
            unseen=self._unset(self._doubts),
        )

    def found(self, serial: int, doubt: Unverifiable | None) -> Entry:
        """Return the entry of an object that was found as it should be, but for the leaves in doubt."""
        before = self._before
        known = before.fingerprints if before is not None else {}
        fingerprints = {path: self._kept(path, known.get(path, "")) for path in self._marker.hidden()}
        leaves = frozenset(render_path(leaf.path) for leaf in doubt.fields) if doubt else frozenset()
        open_ = frozenset(path for path in fingerprints if covered(leaves, path))
        unwritten = open_ if before is None else open_ & before.unwritten
        digests = self._marker.digests()
        entry = Entry(serial, digests, fingerprints, unwritten, self._protected, place=self._place)
        if before is None:
            return replace(entry, versions=self._versions)
        unseen = open_ - unwritten if doubt and doubt.blind else open_ & before.unseen
        unseen |= self._unset(self._doubts | (leaves if doubt and doubt.unwritable else frozenset()))
        # The apply that wrote it last stays on record, and which versions it wrote.
        return replace(entry, serial=before.serial, unseen=unseen, versions=before.versions)

    def left(self, before: Entry, change: Change, outcome: ChangeOutcome | None) -> Entry:
        """Return the entry of an object that is due and was not written.

        The ledger that is written now looks no further back in the event log: what that told of others,
        or could not tell, is kept in mind.
        """
        if change.by is not None:
            return doubted(before, TOUCHED)
        if outcome is not None and outcome.in_doubt:
            return doubted(before, IN_DOUBT)
        leaves = frozenset(render_path(f.path) for f in change.fields if f.verdict is Verdict.UNVERIFIABLE)
        unseen = {
            path
            for path in self._marker.paths().intersection(before.fingerprints) - before.unwritten
            if covered(leaves, path)
            and self._marker.check(path, before.fingerprints[path]) is not Verdict.UNVERIFIABLE
        }
        return replace(before, unseen=before.unseen | unseen)

    def _unset(self, paths: frozenset[str]) -> frozenset[str]:
        """Return those of some leaves that the spec wants to be unset: no write ends such a doubt."""
        return frozenset(path for path in paths if path not in self._marker.paths())

    def _kept(self, path: str, mark: str) -> str:
        """Return a fingerprint that is still good, or a new one."""
        if not mark or mark in DOUBTS:
            return self._marker.fingerprint(path)
        verdict = self._marker.check(path, mark)
        if verdict is Verdict.UNVERIFIABLE or (verdict is Verdict.SAME and self._prints.is_current(mark)):
            return mark
        return self._marker.fingerprint(path)
