"""A server that outlives the command that started it, and how to end it for certain.

Two things identify it later. Its process id with the time that process began, so that a number the
system has handed out again is never killed. And a lock on its log file: every process of the server holds
the log open as its standard output, so the kernel lets go of that lock exactly when the last of them is
gone, even if the first one was killed and left children behind.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envctl.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds between asking a server to end and ending it."""
_TICK = 0.05
_PID_SUFFIX = ".pid"
_LAUNCHER = ("/bin/sh", "-c", 'echo "$$" >"$0" && exec "$@"')
"""Writes down its process id, then becomes the command: so even if whoever starts a server is killed in that
very moment, the server can be found again."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers started by this very process: they stay zombies until they are waited for."""


@dataclass(frozen=True)
class ServerProcess:
    """The first process of a server: also the leader of its session and process group.

    `began` stands for the time at which it began; None if nobody could note it.
    """

    pid: int
    began: str | None
    log: Path


def spawn(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
) -> ServerProcess:
    """Start a command detached from this process: own session, no input, all output to `log`.

    `folder` becomes its working folder. A command that does not exist ends at once and says so in the log.
    """
    with log.open("ab") as output:
        fcntl.flock(output, fcntl.LOCK_EX)
        child = subprocess.Popen(
            [*_LAUNCHER, f"{log}{_PID_SUFFIX}", *command],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    return ServerProcess(child.pid, _began(child.pid), log)


def find_by_log(log: Path) -> ServerProcess | None:
    """Give the process that writes this log, without knowing more of it; None if there is none."""
    try:
        pid = int(Path(f"{log}{_PID_SUFFIX}").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return ServerProcess(pid, None, log) if is_held(log) else None


def is_alive(process: ServerProcess) -> bool:
    """Tell whether the first process of the server still runs."""
    child = _children.get(process.pid)
    if child is not None:
        return child.poll() is None
    return process.began is None or _began(process.pid) == process.began


def is_held(log: Path) -> bool:
    """Tell whether any process of the server that writes this log still runs."""
    try:
        with log.open("rb") as file:
            # Shared, so that two who look at the same time do not take each other for the server.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def terminate(process: ServerProcess, *, patience: float = PATIENCE) -> None:
    """End the server with all its processes, and wait until they are gone.

    They get `patience` seconds to end by themselves. Raises `SandboxError` if some outlive even being killed.
    """
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, PATIENCE)):
        if not is_held(process.log):
            break
        _signal_group(process, number)
        _wait_until_gone(process, seconds)
    _collect(process)
    if is_held(process.log):
        raise SandboxError(
            f"the server started as process {process.pid} cannot be ended",
            hint=f"end the processes that have {process.log} open, then try again",
        )


def _signal_group(process: ServerProcess, number: signal.Signals) -> None:
    """Signal the server's process group, if it is still the server's.

    A process id is not handed out again while a group bears that number. So when the leader is gone
    and the log is held, the group (if there is one) is what the leader left behind.
    """
    if process.began is not None and _began(process.pid) not in {None, process.began}:
        _log.debug("process %d is another one by now: not signalled", process.pid)
        return
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        _log.debug("process group %d is gone", process.pid)


def _wait_until_gone(process: ServerProcess, seconds: float) -> None:
    """Wait until no process of the server is left, at most so many seconds."""
    deadline = time.monotonic() + seconds
    while is_held(process.log) and time.monotonic() < deadline:
        time.sleep(_TICK)


def _collect(process: ServerProcess) -> None:
    """Wait for the ended first process if it is a child of this one: nobody else can."""
    child = _children.get(process.pid)
    if child is None:
        return
    try:
        child.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _log.debug("process %d is still there", process.pid)
        return
    del _children[process.pid]


def _began(pid: int) -> str | None:
    """Give a text that is the same as long as `pid` is the same process; None without such a process."""
    if sys.platform == "linux":
        return _began_linux(pid)
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = shown.stdout.strip().partition(" ")
    return None if state.startswith("Z") else began.strip() or None


def _began_linux(pid: int) -> str | None:
    """Give boot and clock tick at which a process began."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets and may hold anything; after it come the state
    # (Z: ended, but not yet waited for) and, as the 22nd of all, the time.
    state, *others = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{boot}/{others[18]}"
