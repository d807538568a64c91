"""Whole processes are measured, and what fails is told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from bench.process import BenchError, Command, measure

if TYPE_CHECKING:
    from pathlib import Path


def python(folder: Path, code: str) -> Command:
    return Command((sys.executable, "-S", "-c", code), {"PATH": os.defpath}, folder)


def test_memory_is_the_programs_own(tmp_path: Path) -> None:
    """It is neither that of whoever measures, which is large here, nor forgotten once it was given back."""
    ballast = bytearray(b"x" * (200 << 20))
    small = measure(python(tmp_path, "pass"))
    large = measure(python(tmp_path, "x = bytearray(b'x' * (60 << 20)); del x"))
    assert small.peak_mb < 60 < large.peak_mb < len(ballast) >> 20


def test_seconds_and_processor_time_are_counted(tmp_path: Path) -> None:
    slept = measure(python(tmp_path, "import time; time.sleep(0.1)"))
    assert slept.seconds >= 0.1
    busy = measure(python(tmp_path, "import time\nwhile time.process_time() < 0.1: pass"))
    assert busy.cpu >= 0.1


def test_another_exit_code_ends_it_with_what_was_said(tmp_path: Path) -> None:
    command = python(tmp_path, "import sys; print('no such thing', file=sys.stderr); sys.exit(3)")
    with pytest.raises(BenchError, match=r"ended with 3:\nno such thing"):
        measure(command)
    measure(command.expecting(2, 3))


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="missing did not start"):
        measure(Command((str(tmp_path / "missing"),), {}, tmp_path))
