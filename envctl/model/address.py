"""Addresses name one object of an instance, `kind/id`; globs select several."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Address(NamedTuple):
    """One object: its kind (`variable`) and its id there; the id may itself hold slashes."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


def matches(address: Address, globs: Iterable[str]) -> bool:
    """Tell whether any glob selects the address; a glob without a slash is held against the id too."""
    text = str(address)
    return any(
        fnmatchcase(text, glob) or ("/" not in glob and fnmatchcase(address.id, glob)) for glob in globs
    )
