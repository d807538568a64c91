"""The exit codes: a contract that CI pipelines branch on (documented in docs/reference/exit-codes.md)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to its caller when it ends."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    REFUSED = 3
    LOCKED = 4
    NOT_CONVERGED = 5
    USAGE = 64
