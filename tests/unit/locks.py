"""Locks with no instance behind them, and a renewal that hangs when it is told to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from envctl.model.lock import LockRecord
from tests.unit.ledgers import NOON

if TYPE_CHECKING:
    from datetime import datetime

PATIENCE = 10.0
"""Seconds; whatever takes longer than that does not come."""


def record(holder: str = "ours", **more: str) -> LockRecord:
    texts = {"actor": "ana", "command": "envctl apply dev", "process": "here/1-1", **more}
    return LockRecord(holder, **texts, expires=None)


@dataclass
class Locks:
    """Where locks are kept: in memory. A renewal hangs while `open` is not set."""

    kept: dict[str, LockRecord] = field(default_factory=dict)
    reads: int = 0
    fault: Exception | None = None
    open: threading.Event = field(default_factory=threading.Event)
    renewing: threading.Event = field(default_factory=threading.Event)
    renewed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def create(self, name: str, record: LockRecord) -> bool:
        return self.kept.setdefault(name, record) is record

    def read(self, name: str) -> LockRecord | None:
        self.reads += 1
        if self.fault:
            raise self.fault
        return self.kept.get(name)

    def replace(self, name: str, record: LockRecord) -> None:
        self.renewing.set()
        assert self.open.wait(PATIENCE)
        self.kept[name] = record
        self.renewed.set()

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)

    def now(self) -> datetime:
        return NOON

    def steal(self, name: str) -> None:
        """Let somebody else have the lock."""
        self.kept[name] = replace(self.kept[name], holder="theirs")
