"""What is known of earlier applies when spec and instance are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envctl.model.address import Address
    from envctl.model.ledger import Entry
    from envctl.model.verdict import Verdict


class Prints(Protocol):
    """Makes and checks the marks of a ledger, or of a saved plan.

    They are digests of leaves that anyone can read, and fingerprints of secret ones.
    `place` is where a leaf stands (address and path); it goes into the mark.
    """

    @property
    def can_make(self) -> bool:
        """Whether fingerprints can be made here."""
        ...

    @property
    def key(self) -> str:
        """The tag of the key that new fingerprints are made with, "" when there is no key at hand."""
        ...

    def digest(self, text: str, place: str) -> str:
        """Return the digest of a leaf that anyone can read in Airflow."""
        ...

    def make(self, text: str, place: str) -> str:
        """Return the fingerprint of a secret leaf, "" when it cannot be made here."""
        ...

    def check(self, text: str, place: str, mark: str) -> Verdict:
        """Tell whether a fingerprint was made from this secret, as far as that can be checked here."""
        ...

    def prepare(self, text: str) -> None:
        """Begin what takes long of making and checking fingerprints of a secret."""
        ...

    def is_current(self, mark: str) -> bool:
        """Tell whether a fingerprint was made as new ones are."""
        ...

    def salted(self, salt: str) -> Prints:
        """Return what makes marks with the same keys and another salt, in hexadecimal."""
        ...


class Past(Struct, frozen=True):
    """What envctl did here before.

    `entries` is what this owner's ledger holds, of objects that are kept where they were applied; without
    `trusted` it could not be read, and nothing is known of who moved. `foreign` says whose ledger has an
    object that is not ours; `obscure` names the other owners whose ledger cannot be read.
    """

    prints: Prints
    entries: Mapping[Address, Entry] = field(default_factory=dict)
    foreign: Mapping[Address, str] = field(default_factory=dict)
    trusted: bool = True
    obscure: tuple[str, ...] = ()

    def owner_of(self, address: Address) -> str | None:
        """Return the other owner of an object, None when it is free or our own."""
        return None if address in self.entries else self.foreign.get(address)


def place_of(address: Address, path: str) -> str:
    """Return how marks name a leaf."""
    return f"{address}\0{path}"
