"""What envctl remembers, made as an apply makes it: compared, settled, recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from envctl.engine.diff import compare
from envctl.engine.past import Past
from envctl.engine.record import recorded
from envctl.engine.spare import Wishes
from envctl.engine.witness import settled
from envctl.kinds import KINDS
from envctl.kinds.sensitive import looks_sensitive
from envctl.ledger.fingerprints import Fingerprinter, keys_from
from envctl.model.change import render_path
from envctl.model.event import Event
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.model.resource import Live
from envctl.model.secret import Secret
from envctl.model.value import MASKED, UNMANAGED, UNSET
from tests.unit.objects import address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.change import Change
    from envctl.model.plan import Comparison
    from envctl.model.resource import Desired

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
APPLIED = ChangeOutcome(Outcome.APPLIED)
FAILED = ChangeOutcome(Outcome.FAILED, "no")
IN_DOUBT = ChangeOutcome(Outcome.FAILED, "no answer", in_doubt=True)
LEFT = ChangeOutcome(Outcome.NOT_ATTEMPTED)
BLIND = "the log is gone"


def prints(keys: str = "one", *, keyed: bool = False) -> Fingerprinter:
    """Return what makes marks, quick ones: with a key."""
    return Fingerprinter(keys_from(keys), "5a17", keyed=keyed)


def nothing(keys: str = "one") -> Past:
    """Return the past of an instance that envctl has never seen."""
    return Past(prints(keys))


def touch(
    *texts: str, number: int = 1, kinds: tuple[str, ...] = (), actor: str = "ana", name: str = ""
) -> Event:
    """Return somebody's write to objects, or to whole kinds; `name` is what Airflow calls such a request."""
    time = NOON + timedelta(seconds=number)
    return Event(number, time, actor, frozenset(map(address, texts)), frozenset(kinds), name)


def look(
    wanted: Sequence[Desired],
    had: Sequence[Live],
    past: Past,
    *events: Event,
    blind: str | None = None,
    kinds: Sequence[Kind] = KINDS,
    **wishes: Any,
) -> Comparison:
    """Compare, and ask the event log."""
    found = compare(
        kinds,
        {one.address: one for one in wanted},
        {one.address: one for one in had},
        Wishes(**({"scopes": {}} | wishes)),
        past,
    )
    return settled(found, kinds, events, blind)


def after(
    wanted: Sequence[Desired],
    had: Sequence[Live],
    past: Past | None = None,
    *events: Event,
    outcomes: Mapping[str, ChangeOutcome] | None = None,
    serial: int = 1,
    new: Fingerprinter | None = None,
    **looking: Any,
) -> Past:
    """Return the past once an apply is recorded; changes are applied where `outcomes` say nothing else.

    `new` makes the marks of what comes after, if that is not what made them before.
    """
    before = past or nothing()
    comparison = look(wanted, had, before, *events, **looking)
    became = {change.address: APPLIED for change in comparison.changes if not change.blocked}
    became |= {address(text): outcome for text, outcome in (outcomes or {}).items()}
    entries = recorded(
        looking.get("kinds", KINDS),
        {one.address: one for one in wanted},
        {one.address: one for one in had},
        comparison,
        became,
        before,
        serial,
    )
    return Past(new or before.prints, entries)


def said(found: Comparison) -> list[str]:
    """Return changes as `~ spec_changed pool/p: slots`, and what is adopted likewise."""
    return [_line(change) for change in (*found.changes, *found.adopted)]


def _line(change: Change) -> str:
    leaves = ", ".join(render_path(leaf.path) for leaf in change.fields)
    return f"{change.action.sign} {change.reason.value} {change.address}" + (f": {leaves}" if leaves else "")


def open_leaves(found: Comparison) -> list[str]:
    """Return what cannot be verified as `connection/c: password`."""
    return [
        f"{one.address}: {', '.join(render_path(leaf.path) for leaf in one.fields)}"
        for one in found.unverifiable
    ]


def answered(one: Desired, readable: bool = False) -> Live:  # noqa: FBT001, FBT002
    """Return a desired object as Airflow answers it: secrets and what has a sensitive name masked.

    `readable` says that it does not mask a secret that stands under a harmless name.
    """
    kind = next(kind for kind in KINDS if kind.name == one.address.kind)
    fields: dict[str, Any] = {}
    for name, value in one.fields.items():
        hidden = name == "password" or (name == "value" and looks_sensitive(one.address.id))
        given = value if isinstance(value, Secret) else kind.as_read(name, value)
        shown = _shown(given, hidden=hidden, readable=readable)
        if isinstance(value, Secret) and shown is not MASKED:
            shown = kind.as_read(name, shown)
        fields[name] = None if shown is UNSET or shown is UNMANAGED else shown
    return Live(one.address, fields)


def _shown(value: Any, *, hidden: bool, readable: bool) -> Any:
    if isinstance(value, dict):
        shown = {
            key: _shown(item, hidden=hidden or looks_sensitive(key), readable=readable)
            for key, item in value.items()
        }
        return {key: item for key, item in shown.items() if item is not UNMANAGED}
    if isinstance(value, list):
        return [_shown(item, hidden=hidden, readable=readable) for item in value]
    if isinstance(value, Secret):
        return value.reveal() if readable and not hidden else MASKED
    return MASKED if hidden and isinstance(value, str) and value else value
