"""What the ledger knows of leaves that cannot be read: whether the spec's secret is the one written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from envctl.engine.leaves import Leaves, covered, covers
from envctl.engine.past import Prints, place_of
from envctl.model.change import FieldDiff, render_path
from envctl.model.ledger import DOUBTS
from envctl.model.plan import NEVER_WRITTEN
from envctl.model.secret import Secret, as_text
from envctl.model.value import UNSAID
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.address import Address
    from envctl.model.ledger import Entry

NO_KEY = "its fingerprint was made with another key: set ENVCTL_FINGERPRINT_KEY"
NO_MARK = "a run without the key could make no fingerprint of it: set ENVCTL_FINGERPRINT_KEY"
FOR_WANT_OF_A_KEY = frozenset((NO_KEY, NO_MARK))
UNSEEN = "whether somebody touched it before the last applies is not known: Airflow's event log did not tell"
NOT_LOOKED_UP = "its secret was not looked up"


class Known(NamedTuple):
    """The answer of the ledger: SAME as applied, DIFFERENT from it, or UNVERIFIABLE, and then why.

    `rewrite` says of what is DIFFERENT that there is nothing to do but to write secrets again.
    """

    verdict: Verdict
    why: str = ""
    rewrite: bool = False


class Informed(Struct, frozen=True):
    """The leaves of an object once the ledger was asked.

    `different` are known to differ, of which `rotated` only by a secret that has changed in the spec;
    `unknown` remain open, for the reason `why`; `as_applied` hold what was written, unless somebody
    touched the object since. `checkable` tells that nothing is unknown for want of a key or a secret.
    """

    different: tuple[FieldDiff, ...]
    rotated: tuple[FieldDiff, ...]
    unknown: tuple[FieldDiff, ...]
    as_applied: tuple[FieldDiff, ...]
    why: str
    checkable: bool


def informed(
    address: Address, fields: Sequence[FieldDiff], wanted: Leaves, entry: Entry, prints: Prints
) -> Informed:
    """Ask the ledger about the leaves that cannot be verified by reading."""
    different: list[FieldDiff] = []
    rotated: list[FieldDiff] = []
    unknown: list[FieldDiff] = []
    as_applied: list[FieldDiff] = []
    reasons: list[str] = []
    for leaf in fields:
        if leaf.verdict is not Verdict.UNVERIFIABLE:
            different.append(leaf)
            continue
        known = _ask(address, render_path(leaf.path), wanted, entry, prints)
        if known.verdict is Verdict.DIFFERENT:
            changed = replace(leaf, verdict=Verdict.DIFFERENT)
            different.append(changed)
            # Of what may not be set at all, an entry without a fingerprint tells that it was not.
            was_unset = leaf.live == UNSAID and render_path(leaf.path) not in entry.fingerprints
            if known.rewrite and not was_unset:
                rotated.append(changed)
        elif known.verdict is Verdict.UNVERIFIABLE:
            unknown.append(leaf)
            reasons.append(known.why)
        else:
            as_applied.append(leaf)
    return Informed(
        tuple(different),
        tuple(rotated),
        tuple(unknown),
        tuple(as_applied),
        # For want of a key comes first: then it is for a run that has it to look at who touched the object.
        why=min(reasons, key=lambda why: why not in FOR_WANT_OF_A_KEY, default=""),
        checkable=not {*FOR_WANT_OF_A_KEY, NOT_LOOKED_UP}.intersection(reasons),
    )


def check_secret(address: Address, path: str, secret: Secret, mark: str, prints: Prints) -> Verdict:
    """Tell whether a secret is the one of which the ledger has a fingerprint."""
    if not mark or not secret.available:
        return Verdict.UNVERIFIABLE
    if mark in DOUBTS:
        return Verdict.DIFFERENT
    place = place_of(address, path)
    return secret.judge(lambda payload: prints.check(as_text(payload), place, mark))


def _ask(address: Address, path: str, wanted: Leaves, entry: Entry, prints: Prints) -> Known:
    """Ask about whatever the spec has at a path and below it: one change or doubt there is one of all."""
    below = [one for one in (*wanted.readable, *wanted.secrets) if covers(path, one)]
    gone = [
        one
        for one in (*entry.digests, *entry.fingerprints)
        if covers(path, one)
        and one not in wanted.readable
        and one not in wanted.secrets
        and not covered(wanted.unmanaged, one)
    ]
    if gone:
        return Known(Verdict.DIFFERENT)
    if path in entry.unseen and not below:
        return Known(Verdict.UNVERIFIABLE, UNSEEN)
    answers = list(_answers(address, below, wanted, entry, prints))
    different = [known for known in answers if known.verdict is Verdict.DIFFERENT]
    if different:
        return Known(Verdict.DIFFERENT, rewrite=all(known.rewrite for known in different))
    doubts = [known for known in answers if known.verdict is Verdict.UNVERIFIABLE]
    without_key = (known for known in doubts if known.why in FOR_WANT_OF_A_KEY)
    return next(without_key, doubts[0]) if doubts else Known(Verdict.SAME)


def _answers(
    address: Address, paths: Sequence[str], wanted: Leaves, entry: Entry, prints: Prints
) -> Iterator[Known]:
    for path in paths:
        secret = wanted.secrets.get(path)
        known = (
            _plain(address, path, wanted.readable[path], entry, prints)
            if secret is None
            else _secret(address, path, secret, entry, prints)
        )
        if known.verdict is Verdict.SAME and path in entry.unwritten:
            known = Known(Verdict.UNVERIFIABLE, NEVER_WRITTEN)
        elif known.verdict is Verdict.SAME and path in entry.unseen:
            known = Known(Verdict.UNVERIFIABLE, UNSEEN)
        yield known


def _plain(address: Address, path: str, text: str, entry: Entry, prints: Prints) -> Known:
    """Ask about a leaf that the spec has in plain words, although Airflow masks it."""
    place = place_of(address, path)
    if path in entry.digests:
        same = prints.digest(text, place) == entry.digests[path]
        return Known(Verdict.SAME if same else Verdict.DIFFERENT)
    mark = entry.fingerprints.get(path)
    if mark is None:
        return Known(Verdict.DIFFERENT)
    if not mark:
        return _unmarked(path, entry, prints)
    if mark in DOUBTS:
        return Known(Verdict.DIFFERENT, rewrite=True)
    return Known(prints.check(text, place, mark), NO_KEY)


def _secret(address: Address, path: str, secret: Secret, entry: Entry, prints: Prints) -> Known:
    if not secret.available:
        return Known(Verdict.UNVERIFIABLE, NOT_LOOKED_UP)
    mark = entry.fingerprints.get(path)
    if mark is None:
        return Known(Verdict.DIFFERENT, rewrite=True)
    if not mark:
        return _unmarked(path, entry, prints)
    return Known(check_secret(address, path, secret, mark, prints), NO_KEY, rewrite=True)


def _unmarked(path: str, entry: Entry, prints: Prints) -> Known:
    """Tell of a leaf that has been written without a fingerprint, by a run that lacked the key.

    A run that has it writes the leaf again; so there is a fingerprint from then on.
    """
    if not prints.can_make:
        return Known(Verdict.UNVERIFIABLE, NO_MARK)
    if path in entry.unwritten:
        return Known(Verdict.UNVERIFIABLE, NEVER_WRITTEN)
    return Known(Verdict.DIFFERENT, rewrite=True)
