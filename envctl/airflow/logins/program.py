"""A program that is run for what it prints: no shell, no terminal, no stdin, and an end in any case."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ended(NamedTuple):
    """How a program ended, and what it printed; a negative code is the signal that ended it."""

    code: int
    out: bytes
    err: bytes


def run(command: Sequence[str], seconds: float) -> Ended:
    """Run a program to its end. Raises TimeoutError when that is too far, OSError when it cannot start.

    It leads a session of its own, so that what it started ends with it, and no Ctrl-C reaches it by itself.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise TimeoutError from None
        except BaseException:
            _end(process)
            raise
    return Ended(process.returncode, out, err)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
