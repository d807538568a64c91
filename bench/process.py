"""One whole process, run and measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench.figures import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PATIENCE = 600.0
_TAIL_LINES = 15


class BenchError(Exception):
    """The benchmark cannot go on; its text is all that the user needs."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with all that it gets: nothing of the caller's environment reaches it.

    `accepts` are the exit codes with which it has done its work: `envctl diff` ends with 2 when it found
    changes.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    accepts: tuple[int, ...] = (0,)

    def expecting(self, *codes: int) -> Self:
        """Give the same command with other exit codes."""
        return replace(self, accepts=codes)

    def with_variables(self, variables: Mapping[str, str]) -> Self:
        """Give the same command with further environment variables."""
        return replace(self, environment={**self.environment, **variables})


def measure(command: Command) -> Sample:
    """Run a command to its end, its output thrown away, and give what it took.

    Raises `BenchError` with what it said if it ends with another exit code, or takes longer than ten minutes.
    It is gone when this returns or raises, with all that it started.
    """
    with tempfile.TemporaryDirectory(prefix="envctl-bench-") as folder:
        report, errors = Path(folder, "report"), Path(folder, "errors")
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(report), *command.argv],
                cwd=command.folder,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
            _wait(process, command)
        said = errors.read_text(encoding="utf-8", errors="replace")
        try:
            code, seconds, cpu, kib = report.read_text(encoding="ascii").split()
        except FileNotFoundError:
            raise BenchError(f"{_shown(command)} did not start:\n{_tail(said)}") from None
    if int(code) not in command.accepts:
        raise BenchError(f"{_shown(command)} ended with {code}:\n{_tail(said)}")
    return Sample(float(seconds), float(cpu), float(kib) / 1024)


def output(command: Command) -> str:
    """Run a command to its end, not measured, and give what it wrote to standard output."""
    done = subprocess.run(
        command.argv,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_PATIENCE,
    )
    if done.returncode not in command.accepts:
        raise BenchError(f"{_shown(command)} ended with {done.returncode}:\n{_tail(done.stderr)}")
    return done.stdout


def _wait(process: subprocess.Popen[bytes], command: Command) -> None:
    """Wait for the end; whatever happens meanwhile, the process group is gone afterwards."""
    try:
        process.wait(_PATIENCE)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise BenchError(f"{_shown(command)} took longer than {_PATIENCE:g} s") from None
        raise


def _shown(command: Command) -> str:
    """Give the program and its first words: enough to know it by."""
    program, *rest = command.argv
    return " ".join([Path(program).name, *(Path(word).name or word for word in rest[:3])])


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_TAIL_LINES:]) or "it said nothing"
