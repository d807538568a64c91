"""What a change of an encrypted file comes to."""

from __future__ import annotations

from msgspec import Struct


class Changed(Struct, frozen=True):
    """What became of a file: names, and recipients."""

    file: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    let_in: tuple[str, ...] = ()
    shut_out: tuple[str, ...] = ()
