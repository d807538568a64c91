"""How a plan is to be shown."""

from __future__ import annotations

from msgspec import Struct


class View(Struct, frozen=True):
    """How much room there is, in columns, and whether everything is to be named.

    `brief` leaves out the fields of new objects.
    """

    width: int
    verbose: bool = False
    brief: bool = False
