"""What an owner's ledger tells before the Variables are read, among which it comes again.

With its salt the slow hashes can begin, and with the last event that it saw the event log can be asked, all
while pages are still on their way. It holds only when the ledger among the Variables is the same.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from envctl.crew import aside
from envctl.errors import EnvctlError
from envctl.ledger.codec import decode
from envctl.ledger.variable_ledgers import VariableLedgers
from envctl.stages.marking import prepare, prints_for
from envctl.stages.watching import heard_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from envctl.airflow.instance import AirflowInstance
    from envctl.ledger.fingerprints import Fingerprinter
    from envctl.model.address import Address
    from envctl.model.event import Seen, Sent
    from envctl.model.ledger import Ledger
    from envctl.model.resource import Desired
    from envctl.model.secret import Secret
    from envctl.model.value import Value
    from envctl.stages.watching import Heard


_FRESH = 10.0
"""Seconds for which an answer of the event log is good: about as long as reading a large instance takes."""


class Hearing(NamedTuple):
    """What the event log said, and when it was asked (`time.monotonic`)."""

    heard: Heard
    asked: float

    @property
    def is_good(self) -> bool:
        """Whether it need not be asked again: it said all, and not long ago."""
        return self.heard.blind is None and time.monotonic() - self.asked < _FRESH


class Foretold(NamedTuple):
    """An owner's ledger, as a Variable and as what it says.

    `hearing` is what the event log says; None when nothing is hidden that it could vouch for.
    `prints` has hashes under way.
    """

    value: Value
    ledger: Ledger
    hearing: Future[Hearing] | None = None
    prints: Fingerprinter | None = None

    def begun(self, desired: Mapping[Address, Desired], secrets: Iterable[Secret]) -> Foretold:
        """Begin the hashes for the objects that were applied before; `secrets` are the fingerprint keys."""
        prints = prints_for(self.ledger, secrets)
        prepare(desired, self.ledger.entries, prints)
        return self._replace(prints=prints)


def foretold(instance: AirflowInstance, owner: str, is_too_late: Callable[[], bool]) -> Foretold | None:
    """Return what an owner's ledger tells; None where there is none, or none that can be had and believed.

    Nothing more is asked for when it `is_too_late` once the ledger has come.
    """
    try:
        value = VariableLedgers(instance).read(owner)
        ledger = decode(value, owner)
    except EnvctlError:
        return None  # whoever reads all ledgers says what is wrong
    hides = any(entry.fingerprints for entry in ledger.entries.values())
    if ledger.seen is None or not hides or is_too_late():
        return Foretold(value, ledger)
    return Foretold(value, ledger, aside(partial(_hearing, instance, ledger.own), ledger.seen))


def _hearing(instance: AirflowInstance, own: Iterable[Sent], seen: Seen) -> Hearing:
    began = time.monotonic()
    return Hearing(heard_since(instance, seen, own), began)
