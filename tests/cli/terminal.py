"""envctl as a program at a terminal of its own, where Ctrl-C is a key, or with both ends piped."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


REPOSITORY = Path(__file__).resolve().parents[2]
CTRL_C = "\x03"
_PATIENCE = 30
"""Seconds for a run at a terminal."""


@dataclass(frozen=True)
class Ended:
    """How a program ended; at a terminal everything is in `out`."""

    code: int
    out: bytes
    err: bytes = b""

    @property
    def said(self) -> str:
        return (self.out + self.err).decode(errors="replace")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "envctl", *arguments]


def variables(own: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "error", "LANG": "C.UTF-8", **own}


def piped(folder: Path, *arguments: str, stdin: bytes = b"", **own: str) -> Ended:
    """Run envctl with pipes for all three streams."""
    ended = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=variables(own),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def at_terminal(folder: Path, *arguments: str, talk: tuple[tuple[str, str], ...] = (), **own: str) -> Ended:
    """Run envctl at a terminal; `talk` has what is waited for, and what is typed then."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=variables({"TERM": "xterm", **own}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_the_terminal,  # noqa: PLW1509
    )
    os.close(theirs)
    shown, seen = b"", 0
    left = list(talk)
    deadline = time.monotonic() + _PATIENCE
    with process:
        try:
            while time.monotonic() < deadline:
                if select.select([ours], [], [], 0.1)[0]:
                    try:
                        shown += os.read(ours, 65536)
                    except OSError:  # the other side is closed: it has ended
                        break
                if left and left[0][0].encode() in shown[seen:]:
                    seen = len(shown)
                    time.sleep(0.1)  # getpass throws away what was typed before it listens
                    os.write(ours, left.pop(0)[1].encode())
            code = process.wait(timeout=5)
        finally:
            process.kill()
            os.close(ours)
    assert not left, f"never asked: {left}\n{shown.decode(errors='replace')}"
    return Ended(code, shown)


def _take_the_terminal() -> None:
    """Be whom the keys are for; tests that run in the background have their children ignore Ctrl-C."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
