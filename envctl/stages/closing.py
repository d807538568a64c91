"""The end of an apply: what the ledger is to say, and how it gets into the instance."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.airflow.journal import bulk_event
from envctl.engine.known import FOR_WANT_OF_A_KEY
from envctl.engine.own import strangers
from envctl.engine.record import doubted, recorded
from envctl.errors import InstanceError, Locked
from envctl.kinds import KINDS
from envctl.ledger.connection_locks import LOCK_ADDRESS
from envctl.ledger.fingerprints import key_tags
from envctl.ledger.holder import actor
from envctl.ledger.variable_ledgers import KIND, VariableLedgers, action_for, ledger_address, was_written
from envctl.model.event import Sent, mark_of
from envctl.model.ledger import HISTORY, MOST_OWN, TOUCHED, ApplyRecord
from envctl.model.outcome import ChangeOutcome, Outcome
from envctl.report.plan_digest import plan_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from envctl.airflow.instance import AirflowInstance
    from envctl.model.address import Address
    from envctl.model.change import Change
    from envctl.model.event import Seen
    from envctl.model.ledger import Entry, Ledger
    from envctl.model.plan import Plan
    from envctl.model.resource import Live
    from envctl.model.value import Value
    from envctl.stages.keeping import Opened
    from envctl.stages.loading import Loaded


class Closing:
    """Makes and writes the ledger of one apply, with its last changes in one request where that is safe."""

    def __init__(
        self,
        loaded: Loaded,
        opened: Opened,
        live: Mapping[Address, Live],
        plan: Plan,
        instance: AirflowInstance,
        started: Seen | None,
        *,
        locked: bool = False,
    ) -> None:
        """`live` is how things were before, `started` the newest event of Airflow's log then.

        `locked` tells that we had the lock by then.
        """
        self._loaded = loaded
        self._opened = opened
        self._live = live
        self._plan = plan
        self._instance = instance
        self._started = started
        self._lock = None if locked else LOCK_ADDRESS
        self.sent: list[Sent] = []
        """The requests that this apply made so far, for `AirflowInstance.writer` to add to."""
        self._arrived: dict[Address, ChangeOutcome] | None = None
        self.ledger: Ledger = opened.ledger

    def is_due(self) -> bool:
        """Tell whether an apply without any change has something to enter into the ledger."""
        return self.believes and not _same(self._entries({}), self._opened.ledger.entries)

    def along(self, outcomes: Mapping[Address, ChangeOutcome], confirm: Callable[[], None]) -> Passenger:
        """Return what makes the ledger go along with the last request of changes.

        `confirm` sees to it that the lock is still ours, and raises when it is not.
        """
        return Passenger(self, outcomes, confirm)

    def is_done(self, outcomes: Mapping[Address, ChangeOutcome]) -> bool:
        """Tell whether the ledger is written already, says all there is, or is none to be touched."""
        done = any(one.outcome is Outcome.APPLIED for one in outcomes.values())
        has_news = done or not _same(self._entries(outcomes), self._opened.ledger.entries)
        return not self.believes or not has_news or self._arrived == dict(outcomes)

    def close(self, outcomes: Mapping[Address, ChangeOutcome], confirm: Callable[[], None]) -> str | None:
        """Write the ledger, unless it is done; return why it could not be."""
        if self.is_done(outcomes):
            return None
        try:
            ledger = self.made(outcomes)
            confirm()
            VariableLedgers(self._instance).write(ledger)
            self.ledger = ledger
        except (InstanceError, Locked) as error:
            return f"the ledger could not be written: {error.message}"
        return None

    def made(
        self, outcomes: Mapping[Address, ChangeOutcome], beside: Iterable[Address] | None = None
    ) -> Ledger:
        """Return the ledger as it has to be when changes have had these outcomes.

        `beside` are the objects in the same request as the ledger, None when it goes by itself.
        """
        before = self._opened.ledger
        serial = before.serial + 1
        entries = self._entries(outcomes)
        seen, touched = self._looked_around(entries)
        own = self._own(seen, beside)
        entries |= {address: doubted(entries[address], TOUCHED) for address in touched}
        revision = self._plan.revision
        record = ApplyRecord(
            serial=serial,
            time=self._instance.clock().isoformat(timespec="seconds"),
            actor=actor(),
            commit=revision.commit,
            dirty=revision.dirty,
            counts=self._counts(outcomes),
            plan=plan_digest(self._plan),
        )
        history = (*before.history, record)[-HISTORY:]
        keys = self._keys(entries.values())
        return replace(before, serial=serial, entries=entries, history=history, seen=seen, keys=keys, own=own)

    def _keys(self, entries: Iterable[Entry]) -> tuple[str, ...]:
        """Return the tags of the keys that the ledger is kept with: those so far, when none is at hand."""
        current = self._opened.past.prints.key
        so_far = (current,) if current else self._opened.ledger.keys
        tags = key_tags(mark for entry in entries for mark in entry.fingerprints.values())
        return tuple(sorted(tags.union(so_far)))

    def _entries(self, outcomes: Mapping[Address, ChangeOutcome]) -> dict[Address, Entry]:
        return recorded(
            self._loaded.kinds,
            self._loaded.desired,
            self._live,
            self._plan.comparison,
            outcomes,
            self._opened.past,
            self._opened.ledger.serial + 1,
        )

    def _looked_around(self, entries: Mapping[Address, Entry]) -> tuple[Seen | None, list[Address]]:
        """Return the newest event of the log, and the objects with secrets that others touched meanwhile.

        Whoever touches an object while it is applied may have done so before or after; it is written again.
        """
        keyless = any(one.why in FOR_WANT_OF_A_KEY for one in self._plan.comparison.unverifiable)
        if self._started is None or keyless:
            # What others touched since the last apply is for a run to judge that can: it stays unseen.
            return (self._opened.ledger.seen if self._started else None), []
        try:
            witness = self._instance.events(KINDS, self._started)
        except InstanceError:
            # Then what is hidden cannot be vouched for, which the next diff says; the changes are made.
            return None, []
        events = strangers(witness.events, self.sent, self._lock)
        secret = [address for address, entry in entries.items() if entry.fingerprints]
        touched = [one for one in secret if any(event.touches(one) for event in events)]
        return (witness.newest if witness.complete else None), touched

    def _own(self, seen: Seen | None, beside: Iterable[Address] | None) -> tuple[Sent, ...]:
        """Return the requests of envctl's own that the log has after `seen`: next time they are told by that.

        A request for the ledger alone needs none: it touches nothing else.
        """
        before = self._opened.ledger
        earlier = (*before.own, *self.sent) if seen is not None and seen == before.seen else ()
        ledger = ledger_address(before.owner)
        last = () if beside is None else (Sent(bulk_event(KIND), mark_of((*beside, ledger))),)
        return (*earlier, *last)[-MOST_OWN:] if seen is not None else ()

    def _counts(self, outcomes: Mapping[Address, ChangeOutcome]) -> dict[str, int]:
        """Count what was done, by action; what failed or was not attempted goes by that name."""
        counted = Counter(
            change.action.value if became.outcome is Outcome.APPLIED else became.outcome.value
            for change in self._plan.changes
            if (became := outcomes.get(change.address))
        )
        if adopted := len(self._plan.comparison.adopted):
            counted["adopt"] = adopted
        return dict(counted)

    def has_arrived(self, ledger: Ledger, outcomes: Mapping[Address, ChangeOutcome]) -> None:
        """Take note that a ledger, which speaks of these outcomes, is in the instance."""
        self.ledger, self._arrived = ledger, dict(outcomes)

    @property
    def believes(self) -> bool:
        """Whether there is a ledger to be written: one that cannot be read is left as it is."""
        return self._opened.problem is None


class Passenger:
    """The ledger on its way with the last changes; see `envctl.model.request.Passenger`.

    It says that these are applied before they are. When they are not, it is written anew right after; so
    that it does no harm if envctl ends in between, it goes with no change that has a secret.
    """

    def __init__(
        self,
        closing: Closing,
        outcomes: Mapping[Address, ChangeOutcome],
        confirm: Callable[[], None],
    ) -> None:
        self._closing = closing
        self._outcomes = outcomes
        self._confirm = confirm
        self._ledger: Ledger | None = None
        self._expected: dict[Address, ChangeOutcome] = {}

    def action(self, kind: str, chunk: Sequence[Change]) -> dict[str, Value] | None:
        """Return the action that writes the ledger, None when it has to go by itself."""
        if kind != KIND.name or not self._closing.believes:
            return None
        applied = {change.address: ChangeOutcome(Outcome.APPLIED) for change in chunk}
        self._expected = {**self._outcomes, **applied}
        try:
            ledger = self._closing.made(self._expected, applied)
            self._confirm()
        except (InstanceError, Locked):
            return None  # whatever it is, it will be met again when the ledger goes by itself
        if any(ledger.entries[one].fingerprints for one in applied if one in ledger.entries):
            return None
        self._ledger = ledger
        return action_for(ledger)

    def arrived(self, answer: Any) -> None:
        """Hear the answer to the request that it went with."""
        if self._ledger is not None and was_written(answer, self._ledger.owner):
            self._closing.has_arrived(self._ledger, self._expected)


def _same(entries: Mapping[Address, Entry], before: Mapping[Address, Entry]) -> bool:
    return entries.keys() == before.keys() and all(
        entry.says_the_same_as(before[address]) for address, entry in entries.items()
    )
