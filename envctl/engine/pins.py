"""Pins of planned changes: marks of the two states from which a change was planned.

Nobody who reads a pin can try out guesses quickly: whatever may be secret on either side has a
fingerprint, for which that is slow or takes a key, and only what anyone can read has a digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from envctl.engine.conceal import holds, secrets_of, stands_at
from envctl.engine.leaves import Leaves, covered, leaves_of
from envctl.engine.marks import Marker
from envctl.engine.past import place_of
from envctl.model.saved import Marks, Pin
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.engine.past import Past
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.resource import Desired, Live

_LEFT_ALONE = "!unmanaged"
"""What stands for a leaf that the spec leaves alone; it is no JSON, as what stands for others is."""
_NONE: frozenset[str] = frozenset()


class Moved(NamedTuple):
    """Which leaves are not the ones that were marked, and whether some cannot be checked here."""

    paths: tuple[str, ...]
    unknown: bool


class Pinner:
    """Makes and checks the pins of one plan, whose `salt` is in hexadecimal."""

    def __init__(
        self,
        kinds: Sequence[Kind],
        desired: Mapping[Address, Desired],
        live: Mapping[Address, Live],
        past: Past,
        salt: str,
    ) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._desired = desired
        self._live = live
        self._past = past
        self._prints = past.prints.salted(salt)
        self._secrets = secrets_of(desired)

    def pin(self, address: Address) -> Pin:
        """Return the pin of a change."""
        wanted, had = self.wanted(address), self.had(address)
        return Pin(_marks(wanted) if wanted else None, _marks(had) if had else None)

    def wanted(self, address: Address) -> Marker | None:
        """Return the marker of what the spec wants, None when it has no such object."""
        wanted = self._desired.get(address)
        if wanted is None:
            return None
        kind, live = self._kinds[address.kind], self._live.get(address)
        leaves = leaves_of(wanted.fields, kind.as_read)
        masked = leaves_of(live.fields).masked if live else _NONE

        def hides(path: str) -> bool:
            return path not in leaves.unmanaged and (covered(masked, path) or kind.hides(address.id, path))

        return Marker(address, _with_marks(leaves), hides, self._prints)

    def had(self, address: Address) -> Marker | None:
        """Return the marker of what the instance has, None when it has no such object.

        What the spec leaves alone has no mark. An object that the spec does not have, and so is to be
        deleted, has one for all of it: nobody has looked at what it holds, which may be anything. So has one
        that is concealed.
        """
        had, wanted = self._live.get(address), self._desired.get(address)
        if had is None:
            return None
        leaves = leaves_of(had.fields)
        known = _with_marks(leaves).readable
        if wanted is None:
            return self._whole(address, known)
        kind, entry = self._kinds[address.kind], self._past.entries.get(address)
        spec = leaves_of(wanted.fields, kind.as_read)
        secret = {*spec.secrets, *(entry.fingerprints if entry else ())}

        def hides(path: str) -> bool:
            if path in leaves.masked:
                return holds(leaves.glimpses[path], self._secrets)
            named = kind.hides(address.id, path) or stands_at(path, secret)
            return named or holds(json.loads(known[path]), self._secrets)

        managed = {path: text for path, text in known.items() if not covered(spec.unmanaged, path)}
        if had.concealed:
            return self._whole(address, managed)
        return Marker(address, _plain(managed), hides, self._prints)

    def _whole(self, address: Address, known: Mapping[str, str]) -> Marker:
        """Return the marker of leaves as one, for all of which not even the names may be known."""
        whole = {"": json.dumps(sorted(known.items()))}
        return Marker(address, _plain(whole), lambda _: True, self._prints)

    def left_alone(self, address: Address, pin: Pin) -> frozenset[str]:
        """Return the paths that the spec leaves alone, or left alone when the pin was made."""
        wanted = self._desired.get(address)
        now = leaves_of(wanted.fields).unmanaged if wanted else _NONE
        digests = pin.desired.digests if pin.desired else {}
        then = (
            path
            for path, mark in digests.items()
            if mark == self._prints.digest(_LEFT_ALONE, place_of(address, path))
        )
        return now.union(then)


def moved(marker: Marker, marks: Marks) -> Moved:
    """Hold an object against its marks: each leaf as it was marked then, whatever is secret by now."""
    known = {*marks.digests, *marks.fingerprints}
    there = marker.paths()
    verdicts = {path: marker.check(path, mark) for path, mark in marks.fingerprints.items() if path in there}
    paths = {
        *(known ^ there),
        *(path for path, mark in marks.digests.items() if not marker.has_digest(path, mark)),
        *(path for path, verdict in verdicts.items() if verdict is Verdict.DIFFERENT),
    }
    return Moved(tuple(sorted(paths)), Verdict.UNVERIFIABLE in verdicts.values())


def _with_marks(leaves: Leaves) -> Leaves:
    """Return leaves with what is masked, or left alone, as leaves of their own; their texts are no JSON."""
    readable = {**leaves.readable, **leaves.glimpses, **dict.fromkeys(leaves.unmanaged, _LEFT_ALONE)}
    return Leaves(readable, leaves.secrets, _NONE, _NONE)


def _plain(readable: Mapping[str, str]) -> Leaves:
    return Leaves(readable, {}, _NONE, _NONE)


def _marks(marker: Marker) -> Marks:
    return Marks(marker.digests(), {path: marker.fingerprint(path) for path in marker.hidden()})
