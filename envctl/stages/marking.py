"""The fingerprints of a ledger in the course of a command: what makes and checks them, and begins early."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.ledger.fingerprints import Fingerprinter, is_keyed, keys_from
from envctl.model.secret import Secret, secrets_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from envctl.engine.past import Prints
    from envctl.model.address import Address
    from envctl.model.ledger import Ledger
    from envctl.model.resource import Desired


def prints_for(ledger: Ledger, secrets: Iterable[Secret]) -> Fingerprinter:
    """Return what checks the fingerprints in a ledger; `secrets` are keys, the one for new ones first."""
    keys = [key for secret in secrets for key in _keys(secret)]
    return Fingerprinter(keys, ledger.salt, keyed=bool(keyed_marks(ledger) or ledger.keys))


def keyed_marks(ledger: Ledger) -> list[str]:
    """Return the fingerprints in a ledger that were made with a key."""
    return [
        mark for entry in ledger.entries.values() for mark in entry.fingerprints.values() if is_keyed(mark)
    ]


def uncheckable(ledger: Ledger, secrets: Iterable[Secret]) -> int:
    """Return how many fingerprints in a ledger were made with a key that is not among `secrets`."""
    prints = prints_for(ledger, secrets)
    return sum(1 for mark in keyed_marks(ledger) if not prints.can_check(mark))


def prepare(desired: Mapping[Address, Desired], known: Container[Address], prints: Prints) -> None:
    """Begin what takes long of checking and making fingerprints, so that all processors share in it.

    Of what is desired only the objects that are `known` need them.
    """

    def begin(text: str) -> str:
        prints.prepare(text)
        return ""

    for address, one in desired.items():
        if address not in known:
            continue
        for value in one.fields.values():
            if isinstance(value, Secret | dict | list):
                for secret in secrets_in(value):
                    secret.fingerprint(begin)


def _keys(secret: Secret) -> list[bytes]:
    """Return what a secret with one or more keys derives to; the keys themselves stay where they are."""
    derived = secret.fingerprint(lambda text: ",".join(key.hex() for key in keys_from(text)))
    return [bytes.fromhex(one) for one in derived.split(",") if one]
