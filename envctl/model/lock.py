"""Who holds an instance's lock, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime


class LockRecord(Struct, frozen=True):
    """One holder. `expires` is by the server's clock; `process` names machine and process.

    `holder` is unlike any other's; a lock whose content cannot be read has the holder "" and never expires.
    """

    holder: str
    actor: str
    command: str
    process: str
    expires: datetime | None

    def has_expired(self, now: datetime) -> bool:
        """Tell whether the lock has run out by the server's clock."""
        return self.expires is not None and self.expires <= now

    def __str__(self) -> str:
        """Name the holder in one line that gives no orders to a terminal: anyone may write a lock."""
        until = f" until {self.expires:%H:%M:%S} UTC" if self.expires else ""
        text = f"{self.actor or 'somebody'} ({self.command or 'unknown command'}){until}"
        return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
