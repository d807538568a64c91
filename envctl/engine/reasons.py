"""Which side moved since envctl last applied an object: spec, instance, or both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from envctl.engine.known import check_secret
from envctl.engine.leaves import Leaves, covered, covers, leaves_of
from envctl.engine.past import Prints, place_of
from envctl.model.change import Reason, render_path
from envctl.model.ledger import IN_DOUBT, TOUCHED
from envctl.model.secret import as_text
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envctl.model.address import Address
    from envctl.model.change import FieldDiff
    from envctl.model.ledger import Entry
    from envctl.model.resource import Live


def reason_for(
    address: Address, wanted: Leaves, live: Live, fields: Sequence[FieldDiff], entry: Entry, prints: Prints
) -> Reason:
    """Return why an object that differs does; `wanted` are the leaves that the spec has.

    `fields` is what reading the instance told: the leaves that differ or cannot be verified.
    """
    had = leaves_of(live.fields)
    spec = _spec_moved(address, wanted, entry, prints)
    rotated = any(
        check_secret(address, path, secret, entry.fingerprints.get(path, ""), prints) is Verdict.DIFFERENT
        for path, secret in wanted.secrets.items()
    )
    unlike = frozenset(render_path(leaf.path) for leaf in fields if leaf.verdict is Verdict.DIFFERENT)
    if _instance_moved(address, wanted, had, unlike, entry, prints):
        return Reason.CONFLICT if spec or rotated else Reason.DRIFT
    if spec:
        return Reason.SPEC_CHANGED
    marks = set(entry.fingerprints.values())
    if TOUCHED in marks:
        return Reason.TOUCHED_OUTSIDE
    if marks & {IN_DOUBT, ""}:
        return Reason.INTERRUPTED
    return Reason.SECRET_ROTATED if rotated else Reason.DIFFERS


def _spec_moved(address: Address, wanted: Leaves, entry: Entry, prints: Prints) -> bool:
    """Tell whether anything but the content of a secret is another in the spec now."""
    applied = {*entry.digests, *entry.fingerprints}
    if applied != {*wanted.readable, *wanted.secrets}:
        return True
    return any(
        not _is_plain_leaf(address, path, text, entry, prints) for path, text in wanted.readable.items()
    )


def _is_plain_leaf(address: Address, path: str, text: str, entry: Entry, prints: Prints) -> bool:
    """Tell whether a leaf with this text is the one that was applied, as far as that can be checked."""
    place = place_of(address, path)
    if path in entry.digests:
        return prints.digest(text, place) == entry.digests[path]
    mark = entry.fingerprints.get(path, "")
    return not mark or prints.check(text, place, mark) is not Verdict.DIFFERENT


def _instance_moved(
    address: Address, wanted: Leaves, had: Leaves, unlike: frozenset[str], entry: Entry, prints: Prints
) -> bool:
    """Tell whether the instance has something else than was applied, as far as it can be read.

    `unlike` are the paths at which it is seen to have something else than the spec.
    """
    hidden = had.masked | had.unsaid | wanted.unmanaged
    for path in entry.digests:
        if covered(hidden, path):
            continue
        if path not in had.readable or not _is_plain_leaf(address, path, had.readable[path], entry, prints):
            return True
    for path in entry.fingerprints:
        if covered(hidden, path):
            continue
        secret = wanted.secrets.get(path)
        if secret and check_secret(address, path, secret, entry.fingerprints[path], prints) is Verdict.SAME:
            # What was applied is at hand, so that nothing has to be made out from its fingerprint.
            moved = covered(unlike, path)
        else:
            moved = _secret_moved(address, path, had, entry, prints)
        if moved:
            return True
    known = frozenset((*entry.digests, *entry.fingerprints))
    return any(
        not covered(known | wanted.unmanaged, path) and not any(covers(path, one) for one in known)
        for path in (*had.readable, *had.masked)
    )


def _secret_moved(address: Address, path: str, had: Leaves, entry: Entry, prints: Prints) -> bool:
    """Tell whether a secret that Airflow does not hide is another one in the instance now.

    A secret that is a JSON document is read as many leaves, of which there is no fingerprint.
    """
    if path not in had.readable and any(covers(path, one) for one in had.readable):
        return False
    # An empty field has no leaf; it may be an empty text that was applied.
    text = had.readable.get(path, '""')
    payload = json.loads(text)
    mark = entry.fingerprints[path]
    return bool(mark) and all(
        prints.check(spelled, place_of(address, path), mark) is Verdict.DIFFERENT
        for spelled in {text, as_text(payload)}
    )
