"""What an owner's ledger tells before the Variables are read, among which it comes again.

With its salt the slow hashes can begin, and with the last event that it saw the event log can be asked, all
while pages are still on their way. It holds only when the ledger among the Variables is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from envctl.crew import aside
from envctl.errors import EnvctlError
from envctl.ledger.codec import decode
from envctl.ledger.variable_ledgers import VariableLedgers
from envctl.stages.marking import prepare, prints_for
from envctl.stages.watching import heard_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from envctl.airflow.instance import AirflowInstance
    from envctl.ledger.fingerprints import Fingerprinter
    from envctl.model.address import Address
    from envctl.model.ledger import Ledger
    from envctl.model.resource import Desired
    from envctl.model.secret import Secret
    from envctl.model.value import Value
    from envctl.stages.watching import Heard


class Foretold(NamedTuple):
    """An owner's ledger, as a Variable and as what it says.

    `heard` is what the event log said at that time; None when nothing is hidden that it could vouch for.
    `prints` has hashes under way.
    """

    value: Value
    ledger: Ledger
    heard: Future[Heard] | None
    prints: Fingerprinter | None = None

    def begun(self, desired: Mapping[Address, Desired], secrets: Iterable[Secret]) -> Foretold:
        """Begin the hashes for the objects that were applied before; `secrets` are the fingerprint keys."""
        prints = prints_for(self.ledger, secrets)
        prepare((one for address, one in desired.items() if address in self.ledger.entries), prints)
        return self._replace(prints=prints)


def foretold(instance: AirflowInstance, owner: str) -> Foretold | None:
    """Return what an owner's ledger tells; None where there is none, or none that can be had and believed."""
    try:
        value = VariableLedgers(instance).read(owner)
        ledger = decode(value, owner)
    except EnvctlError:
        return None  # whoever reads all ledgers says what is wrong
    heard = None
    if ledger.seen and any(entry.fingerprints for entry in ledger.entries.values()):
        heard = aside(lambda seen: heard_since(instance, seen, ledger.own), ledger.seen)
    return Foretold(value, ledger, heard)
