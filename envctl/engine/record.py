"""What the ledger holds after an apply: an entry for each object that the spec has and the instance too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envctl.engine.leaves import covered, leaves_of
from envctl.engine.marks import Marker
from envctl.engine.versions import versions_of
from envctl.model.change import Action, render_path
from envctl.model.ledger import IN_DOUBT, Entry
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.engine.past import Past, Prints
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.plan import Comparison
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
    out. What is neither in the spec nor in the instance any more is forgotten.
    """
    by_name = {kind.name: kind for kind in kinds}
    entries = {
        address: entry
        for address, entry in past.entries.items()
        if address.kind not in by_name or (address not in desired and address in live)
    }
    doubtful = {one.address: {render_path(f.path) for f in one.fields} for one in comparison.unverifiable}
    due = {change.address: change for change in (*comparison.changes, *comparison.left_out)}
    for address, wanted in desired.items():
        if past.owner_of(address):
            continue
        before = past.entries.get(address)
        maker = _Maker(by_name[address.kind], wanted, live.get(address), before, past.prints)
        outcome = outcomes.get(address)
        if address not in due:
            entries[address] = maker.found(serial, frozenset(doubtful.get(address, ())))
        elif outcome is not None and outcome.outcome is Outcome.APPLIED:
            entries[address] = maker.written(serial)
        elif before is not None:
            in_doubt = (outcome is not None and outcome.in_doubt) or _was_touched(due[address])
            entries[address] = doubted(before) if in_doubt else before
    for change in comparison.changes:
        if change.action is Action.DELETE and outcomes[change.address].outcome is Outcome.APPLIED:
            entries.pop(change.address, None)
    return entries


def doubted(before: Entry) -> Entry:
    """Return the entry of an object whose secrets may be anybody's: they are to be written again."""
    return replace(before, fingerprints=dict.fromkeys(before.fingerprints, IN_DOUBT), unwritten=frozenset())


def _was_touched(change: Change) -> bool:
    """Tell whether somebody may have touched the secrets of an object that was not written.

    The ledger that is written now looks no further back: it has to keep that in mind.
    """
    return change.by is not None or any(leaf.verdict is Verdict.UNVERIFIABLE for leaf in change.fields)


class _Maker:
    """Makes the entry of one object."""

    def __init__(
        self, kind: Kind, wanted: Desired, live: Live | None, before: Entry | None, prints: Prints
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

    def written(self, serial: int) -> Entry:
        """Return the entry of an object that was written just now."""
        fingerprints = {path: self._marker.fingerprint(path) for path in self._marker.hidden()}
        return Entry(
            serial,
            self._marker.digests(),
            fingerprints,
            protected=self._protected,
            versions=self._versions,
        )

    def found(self, serial: int, doubtful: frozenset[str]) -> Entry:
        """Return the entry of an object that was found as it should be, but for its `doubtful` leaves."""
        before = self._before
        known = before.fingerprints if before is not None else {}
        fingerprints = {path: self._kept(path, known.get(path, "")) for path in self._marker.hidden()}
        unwritten = frozenset(
            path
            for path, mark in fingerprints.items()
            if covered(doubtful, path) and self._is_open(path, mark)
        )
        # The apply that wrote it last stays on record.
        last = serial if before is None else before.serial
        versions = self._versions if before is None else before.versions
        return Entry(last, self._marker.digests(), fingerprints, unwritten, self._protected, versions)

    def _is_open(self, path: str, mark: str) -> bool:
        """Tell whether nobody knows that what Airflow hides is the spec's.

        Without the key of its fingerprint that is not known here either, but another runner may know it.
        """
        before = self._before
        if before is None or not before.fingerprints.get(path) or self._prints.is_current(mark):
            return True
        return path in before.unwritten

    def _kept(self, path: str, mark: str) -> str:
        """Return a fingerprint that is still good, or a new one."""
        if not mark or mark == IN_DOUBT:
            return self._marker.fingerprint(path)
        verdict = self._marker.check(path, mark)
        if verdict is Verdict.UNVERIFIABLE or (verdict is Verdict.SAME and self._prints.is_current(mark)):
            return mark
        return self._marker.fingerprint(path)
