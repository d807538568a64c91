"""One at a time: a lock between processes that leaves no file behind."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Busy(Exception):
    """Somebody else holds the lock, and the caller did not want to wait."""


@contextmanager
def exclusive(path: Path, *, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file `path` for the length of the block.

    The kernel lets go of it when this process ends, however it ends. `on_wait` is called once
    if someone else holds it. With `wait=False` that is `Busy` at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _acquire(path, wait=wait, on_wait=on_wait)
    try:
        yield
    finally:
        # Removed while still held: whoever waits on this file sees that it is gone and takes a new one.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, *, wait: bool, on_wait: Callable[[], None] | None) -> int:
    """Give an open, locked descriptor of the file that is at `path` now."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _lock_at_once(descriptor):
                if not wait:
                    raise Busy(path)  # noqa: TRY301 - the descriptor is closed below
                if on_wait is not None:
                    on_wait()
                    on_wait = None
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock_at_once(descriptor: int) -> bool:
    """Lock the descriptor unless somebody else has; tell which."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is still the one that the path names."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
