"""Who this process is, for the lock that it takes; and whether another one of this machine has ended."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from pathlib import Path

from envctl.model.lock import LockRecord

_ACTORS = ("ENVCTL_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER", "CIRCLE_USERNAME")


def holder(command: str) -> LockRecord:
    """Return the record of this process; it has no expiry yet."""
    return LockRecord(secrets.token_hex(6), actor(), command, _process(os.getpid()), None)


def actor() -> str:
    """Return who is at work: the person that CI names, else user and machine."""
    for name in _ACTORS:
        if os.environ.get(name):
            return os.environ[name]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def has_ended(process: str) -> bool:
    """Tell whether a process certainly no longer runs: one of this machine whose id is free or taken anew.

    Of other machines and containers nothing is known here, so their processes count as running.
    """
    machine, _, rest = process.rpartition("/")
    identifier = rest.partition("-")[0]
    if not machine or machine != _machine() or not identifier.isdigit():
        return False
    # A process takes one lock: an earlier one of this very process could not be released.
    return int(identifier) == os.getpid() or _process(int(identifier)) != process


def _process(identifier: int) -> str:
    return f"{_machine()}/{identifier}-{_started(identifier)}"


def _machine() -> str:
    """Name this machine, this boot of it, and the container: process ids are one's own in each."""
    boot = _text("/proc/sys/kernel/random/boot_id")
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()} {boot} {space}".strip()


def _started(identifier: int) -> str:
    """Return when a process began, in ticks since boot; "" when there is none or the system does not say."""
    stat = _text(f"/proc/{identifier}/stat")
    fields = stat.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""  # noqa: PLR2004 - proc(5): field 22, counted behind the name


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
