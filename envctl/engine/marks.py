"""Marks of one object's leaves: digests of what anyone can read, fingerprints of everything else.

The ledger and saved plans are made of them: enough to tell that a leaf has moved, and no secret in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envctl.engine.known import check_secret
from envctl.engine.past import place_of
from envctl.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from envctl.engine.leaves import Leaves
    from envctl.engine.past import Prints
    from envctl.model.address import Address


class Marker:
    """Makes and checks the marks of one object.

    `hides` tells by path which leaves, although they are no secrets of the spec, get a fingerprint too:
    those that Airflow masks or may mask, and whatever else may be secret.
    """

    def __init__(
        self, address: Address, leaves: Leaves, hides: Callable[[str], bool], prints: Prints
    ) -> None:
        self._address = address
        self._leaves = leaves
        self._prints = prints
        self._hidden = frozenset(path for path in leaves.readable if hides(path))

    def paths(self) -> frozenset[str]:
        """Return the paths of all leaves that have a mark."""
        return frozenset((*self._leaves.readable, *self._leaves.secrets))

    @property
    def secrets(self) -> frozenset[str]:
        """The paths of the leaves that are secrets of the spec."""
        return frozenset(self._leaves.secrets)

    def hidden(self) -> list[str]:
        """Return the paths of the leaves that get fingerprints."""
        return [*self._leaves.secrets, *(path for path in self._leaves.readable if path in self._hidden)]

    def digests(self) -> dict[str, str]:
        """Return the digests of all other leaves, by path."""
        return {
            path: self._prints.digest(text, place_of(self._address, path))
            for path, text in self._leaves.readable.items()
            if path not in self._hidden
        }

    def fingerprint(self, path: str) -> str:
        """Return the fingerprint of a leaf, "" when it cannot be made here."""
        place = place_of(self._address, path)
        secret = self._leaves.secrets.get(path)
        if secret is None:
            return self._prints.make(self._leaves.readable[path], place)
        return secret.fingerprint(lambda payload: self._prints.make(payload, place))

    def has_digest(self, path: str, mark: str) -> bool:
        """Tell whether a leaf is one in plain words, with this digest."""
        text = self._leaves.readable.get(path)
        return text is not None and self._prints.digest(text, place_of(self._address, path)) == mark

    def check(self, path: str, mark: str) -> Verdict:
        """Tell whether a leaf that is there is the one from which a fingerprint was made."""
        secret = self._leaves.secrets.get(path)
        if secret is not None:
            return check_secret(self._address, path, secret, mark, self._prints)
        place = place_of(self._address, path)
        return self._prints.check(self._leaves.readable[path], place, mark) if mark else Verdict.UNVERIFIABLE
