"""The sandboxes there are: a folder each, and nothing left of those that have ended.

BASE/NAME/sandbox.json    the record
BASE/NAME/server.log      what the server writes; held locked as long as it runs
BASE/NAME/home/           its AIRFLOW_HOME
BASE/NAME.lock            there only while somebody starts or stops it
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from envctl.errors import SandboxError
from envctl.sandbox import record
from envctl.sandbox.guard import Busy, exclusive
from envctl.sandbox.process import ServerProcess, find_by_log, is_alive, is_held, terminate
from envctl.sandbox.progress import Progress, silent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from envctl.sandbox.record import Record

_log = logging.getLogger(__name__)


def guarded(folder: Path, *, progress: Progress = silent) -> AbstractContextManager[None]:
    """Keep everybody else from starting or stopping the sandbox of this folder for the length of a block."""
    return exclusive(
        _lock_of(folder),
        on_wait=lambda: progress(f"waiting for another envctl that is busy with sandbox {folder.name}"),
    )


def find(folder: Path) -> Record | None:
    """Give the record of the sandbox in this folder if it runs; clean up after one that does not.

    To be called under `guarded`. One whose start was cut short counts as not running and is ended.
    Raises `SandboxError` if there is a record that cannot be understood.
    """
    known = record.read(folder)
    if known is not None and known.ready and is_alive(known.process):
        return known
    if folder.exists():
        _log.debug("%s is what a sandbox left behind: removed", folder)
        remove(folder)
    return None


def remove(folder: Path) -> bool:
    """End what runs in this folder and remove it; tell whether anything ran. To be called under `guarded`.

    Raises `SandboxError` if something in it runs on, or cannot be found to be ended.
    """
    process = _process_in(folder)
    was_running = is_held(folder / record.LOG)
    if process is not None:
        terminate(process)
    if is_held(folder / record.LOG):
        raise SandboxError(
            f"something runs in {folder} that envctl has not started",
            hint=f"end the processes that have {folder / record.LOG} open, then try again",
        )
    if folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise SandboxError(f"{folder} cannot be removed: {error.strerror}") from error
    return was_running


def running(base: Path) -> tuple[Record, ...]:
    """Give the records of all sandboxes that run or are starting, by name; clean up after the others."""
    if not base.is_dir():
        return ()
    found = []
    for folder in sorted(path for path in base.iterdir() if path.is_dir()):
        try:
            known = _look(folder)
        except SandboxError as error:
            _log.warning("%s", error.message)
            continue
        if known is not None:
            found.append(known)
    return tuple(found)


def _look(folder: Path) -> Record | None:
    """Give the record of a sandbox without waiting for whoever starts or stops it."""
    known = record.read(folder)
    if known is not None and known.ready and is_alive(known.process):
        return known
    try:
        with exclusive(_lock_of(folder), wait=False):
            return find(folder)
    except Busy:
        return known


def _process_in(folder: Path) -> ServerProcess | None:
    """Give the process that was started in this folder, from its record or, without one, from its log."""
    try:
        known = record.read(folder)
    except SandboxError as error:
        _log.debug("%s", error.message)
        known = None
    return known.process if known is not None else find_by_log(folder / record.LOG)


def _lock_of(folder: Path) -> Path:
    """Give the lock file: beside the folder, since the folder comes and goes."""
    return folder.with_name(f"{folder.name}.lock")
