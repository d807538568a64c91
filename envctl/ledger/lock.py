"""One writer at a time: a lock in the instance, whose creation Airflow itself makes exclusive.

It expires, so that a crashed apply blocks nobody for long; it is renewed while its holder works; and
whoever loses it stops. An expired lock is not simply deleted, since two who find it expired could then
delete each other's new one: taking it over is itself a lock, named after the holder that is succeeded.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Protocol, Self

from msgspec.structs import replace

from envctl.errors import InstanceError, Locked
from envctl.model.reserved import LOCK as NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from envctl.model.lock import LockRecord

_log = logging.getLogger(__name__)

LOST = "the lock was lost: somebody broke it, or it could not be renewed"

_DEEPEST = 3
_LAST_WORDS = 5
"""Seconds that a renewal under way is given to end."""
_RENEWALS = 3
"""How often a lock is renewed within its life."""
_ROUNDING = timedelta(seconds=1)
"""By how much a server's clock may be ahead of what it says, in whole seconds: others are told so much more
than its holder counts on, so that no lock ends for them before it has ended for its holder."""


class LockStore(Protocol):
    """Where locks are kept."""

    def create(self, name: str, record: LockRecord) -> bool:
        """Make the lock; False when there is one."""
        ...

    def read(self, name: str) -> LockRecord | None:
        """Return who holds it, None when nobody does."""
        ...

    def replace(self, name: str, record: LockRecord) -> None:
        """Write the lock anew; it must be one's own."""
        ...

    def delete(self, name: str) -> None:
        """Remove the lock."""
        ...

    def now(self) -> datetime:
        """Return the time by the server's clock."""
        ...


class Lock:
    """The lock of one instance, held for the time of a `with` block. `lost` tells that it no longer is."""

    def __init__(
        self, store: LockStore, record: LockRecord, seconds: float, is_gone: Callable[[str], bool]
    ) -> None:
        """Prepare to lock for `seconds` at a time. `is_gone` tells of a process whether it has ended."""
        self._store = store
        self._record = record
        self._life = timedelta(seconds=seconds)
        self._is_gone = is_gone
        self._done = threading.Event()
        self._lost = threading.Event()
        self._renewer: threading.Thread | None = None
        self._renewed = inf  # not taken yet
        self._seen = -inf

    @property
    def lost(self) -> bool:
        """Whether somebody else broke the lock, or it could not be renewed in time. Once lost, it stays so.

        A renewal may hang for longer than the lock lives, so its age counts and not only what came of that.
        """
        if monotonic() - self._renewed >= self._life.total_seconds():
            self._lost.set()
        return self._lost.is_set()

    def __enter__(self) -> Self:
        """Take the lock. Raises Locked, which says who has it."""
        self._take(NAME, 0)
        self._renewer = threading.Thread(target=self._renew, name="lock", daemon=True)
        self._renewer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._renewer is not None:
            # It may be waiting for a server that no longer answers; it is a daemon and does no harm.
            self._renewer.join(_LAST_WORDS)
        try:
            current = None if self.lost else self._store.read(NAME)
            if current is not None and current.holder == self._record.holder:
                self._store.delete(NAME)
        except InstanceError as error:
            _log.warning("the lock could not be released, it expires by itself: %s", error.message)

    def confirm(self, within: float = 0) -> None:
        """See to it that the lock is still ours, right before a write that cannot be taken back.

        It is not asked for when it was seen to be ours less than `within` seconds ago. Raises Locked when
        it is not ours, and InstanceErrors.
        """
        asked = monotonic()
        if not self.lost and asked - self._seen < within:
            return
        current = None if self.lost else self._store.read(NAME)
        if current is None or current.holder != self._record.holder:
            self._lost.set()
        if self.lost:
            raise Locked(
                LOST,
                hint="nothing was written after that; see who is at work, then run the same command again",
            )
        self._seen = asked

    def _mine(self) -> LockRecord:
        return replace(self._record, expires=self._store.now() + self._life + _ROUNDING)

    def _create(self, name: str) -> bool:
        """Make a lock of ours. Its life counts from before the request: who knows when it was carried out."""
        sent = monotonic()
        made = self._store.create(name, self._mine())
        if made:
            self._renewed = self._seen = sent
        return made

    def _take(self, name: str, depth: int) -> None:
        if self._create(name):
            return
        current = self._store.read(name)
        if current is None:
            # Released in this very moment: one more try, and then it is somebody else's.
            if self._create(name):
                return
            current = self._store.read(name)
        if current is None or not self._is_over(current) or depth == _DEEPEST:
            raise _locked(current)
        self._succeed(name, current, depth)

    def _is_over(self, current: LockRecord) -> bool:
        return current.has_expired(self._store.now()) or self._is_gone(current.process)

    def _succeed(self, name: str, ended: LockRecord, depth: int) -> None:
        """Take over from a holder that has ended; of several that try, one does."""
        succession = f"{name}.after.{ended.holder}"
        self._take(succession, depth + 1)
        try:
            current = self._store.read(name)
            if current is not None and current.holder != ended.holder:
                raise _locked(current)
            if current is not None:
                self._store.delete(name)
            if not self._create(name):
                raise _locked(self._store.read(name))
            _log.info("took over the lock of %s", ended)
        finally:
            self._store.delete(succession)

    def _renew(self) -> None:
        pause = self._life.total_seconds() / _RENEWALS
        while not (self._done.wait(pause) or self.lost):
            sent = monotonic()
            try:
                current = self._store.read(NAME)
                if current is None or current.holder != self._record.holder:
                    self._lost.set()
                elif not self.lost:
                    self._store.replace(NAME, self._mine())
            except InstanceError as error:
                _log.warning("the lock could not be renewed: %s", error.message)
            else:
                # One that comes too late renews nothing: somebody else may have been at work meanwhile.
                if not self.lost:
                    self._renewed = self._seen = sent


def break_lock(store: LockStore, agree: Callable[[LockRecord], None]) -> LockRecord | None:
    """Delete the lock at a person's wish and return who held it, None when nobody did, or no longer does.

    `agree` sees who holds it and raises when it is to stay. It may take long: raises Locked when it is
    somebody else's by then, whom nobody agreed to. Raises InstanceErrors.
    """
    asked_about = store.read(NAME)
    if asked_about is None:
        return None
    agree(asked_about)
    current = store.read(NAME)
    if current is not None and current.holder != asked_about.holder:
        raise Locked(
            f"the lock was left alone: it is now held by {current}, no longer by {asked_about}",
            hint="run envctl unlock ENV again if that run, too, has certainly ended",
        )
    if current is not None:
        store.delete(NAME)
    return current


def _locked(current: LockRecord | None) -> Locked:
    who = str(current) if current is not None else "somebody who is just taking it"
    return Locked(
        f"the instance is locked by {who}",
        hint="wait, or break the lock with envctl unlock ENV when that run has certainly ended",
    )
