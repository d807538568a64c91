"""A reference that was looked up to see whether it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from envctl.errors import Position
    from envctl.model.reference import Reference

_CLASSES = (8, 16, 32, 64, 256)


class Use(NamedTuple):
    """A place where a reference stands: an object's address, or a key of environment.yaml, and the leaf."""

    what: str
    path: str
    position: Position


class Checked(Struct, frozen=True):
    """A reference, and what came of it: the version that its source gives it, and how long it is, about.

    `problem` says why it cannot be had, going on from its name, and `hint` what to do; None when it can.
    `secret` tells whether its source is a secret one.
    """

    reference: Reference
    uses: tuple[Use, ...]
    secret: bool = True
    version: str | None = None
    length: str | None = None
    problem: str | None = None
    hint: str | None = None


def length_class(size: int) -> str:
    """Return about how long a text is: enough to see a wrong one, not to count its letters."""
    below = 1
    if not size:
        return "empty"
    for bound in _CLASSES:
        if size < bound:
            return f"{below}-{bound - 1}"
        below = bound
    return f"{below}+"
