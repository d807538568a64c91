"""A person's own editor on a file that nobody else can read, and that is gone afterwards."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envctl.errors import EncryptedFileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 3.0
"""Seconds that an editor has to end when envctl is told to."""


def editor_command() -> list[str]:
    """Return the editor that the person uses. Raises UsageError when there is neither one nor a terminal."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not named and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "there is no terminal to edit at",
            hint="set EDITOR to a program, or write single values: envctl secrets encrypt FOLDER NAME < FILE",
        )
    try:
        command = shlex.split(named or "vi")
    except ValueError as error:
        raise UsageError(f"VISUAL or EDITOR cannot be read: {error}") from None
    if not command or shutil.which(command[0]) is None:
        raise UsageError(
            f"there is no editor {command[0] if command else ''!r}", hint="set EDITOR to a program"
        )
    return command


@contextmanager
def private_file(text: str) -> Iterator[Path]:
    """Give a file with this text, for its owner only and in memory where that can be.

    It and its folder, with what an editor leaves beside it, are removed whatever happens: SIGTERM and a
    closed terminal end the block with KeyboardInterrupt.
    """
    memory = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    folder = memory / f"envctl-{secrets.token_hex(8)}"
    before = {number: signal.signal(number, _interrupt) for number in _ENDING}
    try:
        folder.mkdir(mode=0o700)
        path = folder / "secrets.yaml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        yield path
    except OSError as error:
        raise EncryptedFileError(f"{folder} cannot be used for editing: {error.strerror}") from None
    finally:
        ignored = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_ENDING)}
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGINT, ignored[signal.SIGINT])
        for number, handler in before.items():
            signal.signal(number, handler)


def run_editor(command: Sequence[str], path: Path) -> None:
    """Run the editor until it ends. Raises EncryptedFileError when it fails: then nothing is to change.

    Ctrl-C is the editor's own while it runs.
    """
    # A function, not SIG_IGN: the editor would inherit that.
    before = signal.signal(signal.SIGINT, _leave_it_to_the_editor)
    try:
        process = subprocess.Popen([*command, str(path)])
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        raise EncryptedFileError(f"the editor {how}: nothing was changed")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _leave_it_to_the_editor(_number: int, _frame: Any) -> None:
    return
