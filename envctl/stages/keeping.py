"""The ledgers of an instance in the course of a command: opened, believed or not, and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from envctl.engine.past import Past
from envctl.engine.witness import needs_witness, settled
from envctl.errors import Diagnostic, Forbidden, LedgerUnreadable
from envctl.kinds import KINDS
from envctl.kinds.kind import Power
from envctl.ledger.codec import decode, serial_of
from envctl.ledger.fingerprints import Fingerprinter, new_salt
from envctl.ledger.variable_ledgers import KIND, VariableLedgers, ledgers_among
from envctl.model.ledger import Ledger
from envctl.model.plan import LedgerNote
from envctl.stages.marking import keyed_marks, prints_for
from envctl.stages.watching import LOG_UNREAD, heard_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from envctl.airflow.instance import AirflowInstance
    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.ledger import Entry
    from envctl.model.plan import Comparison
    from envctl.model.resource import Reading
    from envctl.model.secret import Secret
    from envctl.model.store import Store
    from envctl.model.value import Value
    from envctl.stages.foretelling import Foretold, Hearing
    from envctl.stages.loading import Loaded

_THEIRS = (
    "until it can be, no object is deleted that may be theirs;"
    " envctl ledger repair in their spec tree starts a new one"
)


class Opened(Struct, frozen=True):
    """An owner's ledger, a new one where there is none, and what is known by it and by those of others.

    With a `problem` there is one that cannot be believed: then `ledger` is empty but for its serial.
    `values` are those of all owners' ledgers as they were read, None when that is not allowed. `hearing` is
    what the event log says while the instance is being read, where it was asked by then.
    """

    ledger: Ledger
    past: Past
    problem: LedgerUnreadable | None
    diagnostics: tuple[Diagnostic, ...]
    values: Mapping[str, Value] | None = None
    hearing: Future[Hearing] | None = None

    @property
    def note(self) -> LedgerNote:
        """Return what reports say of the ledger."""
        latest = self.ledger.latest
        return LedgerNote(
            owner=self.ledger.owner,
            serial=self.ledger.serial,
            time=latest.time if latest else None,
            actor=latest.actor if latest else None,
            problem=self.problem.message if self.problem else None,
        )

    def begun_anew(self) -> Opened:
        """Return what is known once a ledger that cannot be believed is given up for a new, empty one."""
        return replace(self, past=replace(self.past, trusted=True), problem=None)


def open_ledgers(
    loaded: Loaded,
    instance: AirflowInstance,
    reading: Reading,
    secrets: Iterable[Secret],
    foretold: Foretold | None = None,
) -> Opened:
    """Return what the ledgers of an instance say; `secrets` are the fingerprint keys, the current one first.

    They are among the Variables that were read, if those were. What was foretold is used where the ledger
    is still the same.
    """
    try:
        values = _values(loaded, instance, reading)
    except Forbidden as error:
        return _closed(loaded.owner, error)
    if foretold and values.get(loaded.owner) != foretold.value:
        foretold = None
    ledger, problem = (foretold.ledger, None) if foretold else _own(loaded.owner, values)
    foreign, unreadable = _foreign({owner: values[owner] for owner in values if owner != loaded.owner})
    keyed = keyed_marks(ledger)
    prints = (foretold.prints if foretold else None) or prints_for(ledger, secrets)
    past = Past(
        prints,
        in_place(ledger.entries, loaded.kinds, reading.stores),
        foreign,
        trusted=problem is None,
        obscure=tuple(error.owner for error in unreadable),
    )
    found = [Diagnostic(problem.message, None, problem.hint, "warning")] if problem else []
    found += [Diagnostic(error.message, None, _THEIRS, "warning") for error in unreadable]
    lacking = sum(1 for mark in keyed if not prints.can_check(mark))
    older = sum(1 for mark in keyed if prints.key and prints.can_check(mark) and not prints.is_current(mark))
    found += [*_lacking_key(lacking), *_older_key(older), *_omitted(loaded, ledger)]
    return Opened(ledger, past, problem, tuple(found), values, foretold.hearing if foretold else None)


def in_place(
    entries: Mapping[Address, Entry], kinds: Iterable[Kind], stores: Mapping[Address, Store]
) -> dict[Address, Entry]:
    """Return the entries of the objects that are kept where they were applied.

    Whatever stands where an object is kept by now, envctl did not write it: it is not ours to delete, and
    has not drifted. Of kinds that were not read nobody knows where they are kept, and nothing is compared.
    """
    read = {kind.name for kind in kinds}
    places = {address: store.place for address, store in stores.items()}
    return {
        address: entry
        for address, entry in entries.items()
        if address.kind not in read or entry.place == places.get(address, "")
    }


def settle(
    opened: Opened, kinds: Sequence[Kind], comparison: Comparison, instance: AirflowInstance
) -> Comparison:
    """Return the comparison with what Airflow's event log has to say, where it has anything to say.

    What it said a moment ago, while pages were still being read, is enough where nothing is to be changed:
    so old is what the first page says too. To say who made a change it is asked once more.
    """
    if not opened.ledger.serial or not needs_witness(comparison):
        return comparison
    if opened.ledger.seen is None:
        return settled(comparison, kinds, (), LOG_UNREAD)
    hearing = opened.hearing.result() if opened.hearing and not comparison.changes else None
    if hearing and hearing.is_good:
        heard = hearing.heard
    else:
        heard = heard_since(instance, opened.ledger.seen, opened.ledger.own)
    return settled(comparison, kinds, heard.events, heard.blind)


def has_moved(opened: Opened, instance: AirflowInstance) -> bool:
    """Tell whether anybody has applied since the ledgers were read, as another owner perhaps.

    Under the lock, nobody can from here on.
    """
    try:
        return VariableLedgers(instance).read_all() != opened.values
    except Forbidden:
        return opened.values is not None


def _values(loaded: Loaded, instance: AirflowInstance, reading: Reading) -> dict[str, Value]:
    """Return the values of all ledgers, by owner."""
    if any(kind.name == KIND.name for kind in loaded.kinds):
        return ledgers_among(reading.own)
    return VariableLedgers(instance).read_all()


def _closed(owner: str, why: Forbidden) -> Opened:
    """Return what is known where the login may not read any ledger: nothing, so that nothing is pruned."""
    problem = LedgerUnreadable(why.message, owner=owner, hint=why.hint)
    past = Past(Fingerprinter((), "", keyed=True), trusted=False, obscure=("anybody",))
    found = Diagnostic(f"nothing is known of earlier applies: {why.message}", None, why.hint, "warning")
    return Opened(Ledger(owner), past, problem, (found,))


def _own(owner: str, values: Mapping[str, Value]) -> tuple[Ledger, LedgerUnreadable | None]:
    # A ledger that Airflow can no longer decrypt is answered as null, which is not the same as none.
    if owner not in values:
        return Ledger(owner, salt=new_salt()), None
    value = values[owner]
    try:
        return decode(value, owner), None
    except LedgerUnreadable as error:
        return Ledger(owner, serial_of(value), salt=new_salt()), error


def _foreign(values: Mapping[str, Value]) -> tuple[dict[Address, str], list[LedgerUnreadable]]:
    """Return whose the objects are that the ledgers of others hold, and which of those cannot be read."""
    objects: dict[Address, str] = {}
    unreadable: list[LedgerUnreadable] = []
    for owner, value in sorted(values.items()):
        try:
            objects |= dict.fromkeys(decode(value, owner).entries, owner)
        except LedgerUnreadable as error:
            unreadable.append(error)
    return objects, unreadable


def _lacking_key(count: int) -> Iterator[Diagnostic]:
    """Yield a warning when fingerprints cannot be checked, since the key that made them is not at hand."""
    if count:
        what = "1 secret has a fingerprint" if count == 1 else f"{count} secrets have fingerprints"
        yield Diagnostic(
            f"{what} in the ledger that cannot be checked without the key",
            None,
            "set ENVCTL_FINGERPRINT_KEY to the key of the last apply (behind the new one, after a comma)",
            "warning",
        )


def _older_key(count: int) -> Iterator[Diagnostic]:
    """Yield a warning while fingerprints of an older key remain: without that they could not be checked."""
    if count:
        what = "1 secret has a fingerprint" if count == 1 else f"{count} secrets have fingerprints"
        yield Diagnostic(
            f"{what} of an older key in the ledger: the older key is still needed",
            None,
            "an apply makes them anew, but not those of a section that the spec no longer has:"
            " write that again, or give them up with envctl release",
            "warning",
        )


def _omitted(loaded: Loaded, ledger: Ledger) -> Iterator[Diagnostic]:
    """Yield a warning for each kind that was applied once and of which the spec no longer speaks."""
    for kind in KINDS:
        count = sum(1 for address in ledger.entries if address.kind == kind.name)
        if count and kind.power is Power.ALL and kind.section not in loaded.spec.sections.entries:
            yield Diagnostic(
                f"the spec of {loaded.spec.name} has no section {kind.section}: {count} applied earlier"
                f" {'is' if count == 1 else 'are'} left alone",
                None,
                f"write {kind.section}: {{}} to have them deleted, or give them up with"
                f" envctl release {loaded.spec.name} '{kind.name}/*'",
                "warning",
            )
