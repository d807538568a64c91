"""The small servers of the benchmark, each a process of its own that ends with the block that started it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.process import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_PATIENCE = 5.0


@contextmanager
def far(upstream: int, milliseconds: int, ports: int = 1) -> Iterator[tuple[str, ...]]:
    """Give URLs at which the server on a port of loopback answers as one so far away does."""
    with _running("delay.py", str(upstream), str(milliseconds), str(ports)) as shown:
        yield tuple(f"http://127.0.0.1:{port}" for port in shown)


@contextmanager
def replaying(upstream: int) -> Iterator[int]:
    """Give the port of a server that repeats what the one on a port answered the first time."""
    with _running("replay.py", str(upstream)) as shown:
        yield int(shown[0])


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[list[str]]:
    """Run a program of this folder, and give the words of its first line. It ends when its input does.

    So it is gone as well when the benchmark is killed. Ctrl-C does not reach it: what is being measured
    comes to its end first.
    """
    process = subprocess.Popen(
        [sys.executable, str(_HERE / program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise BenchError(f"{program} has no pipes")
    try:
        words = process.stdout.readline().split()
        if not words:
            raise BenchError(f"{program} did not start")
        yield words
    finally:
        process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
