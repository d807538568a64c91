"""Progress of long work on stderr, and Ctrl-C as a wish to stop after the request under way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Self

from envctl.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Progress

    from envctl.cli.screen import Screen

_ENDING = (signal.SIGINT, signal.SIGTERM)


class ScreenWatcher:
    """Shows a bar while work is under way, on a terminal only; hears Ctrl-C.

    Where work is `stoppable`, the first Ctrl-C asks it to stop and the second one stops it at once;
    elsewhere the first one ends the process. SIGTERM is heard likewise. Use as a context manager.
    """

    def __init__(self, screen: Screen, *, quiet: bool, stoppable: bool = False) -> None:
        self._screen = screen
        self._progress = _bar(screen.err) if not quiet and screen.shows_progress else None
        self._task: Any = None
        self._stoppable = stoppable
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in _ENDING}
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._take_away()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar away, to show and to ask something; Ctrl-C is an answer then, and ends the command."""
        self._take_away()
        # Not what was there before: a shell in the background has its children ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            yield
        finally:
            self._listen()

    def begin(self, what: str, total: int | None) -> None:
        """Show a new bar in place of the last one.

        What shows the result is imported by then at the latest: others may be at work already.
        """
        self._screen.get_ready()
        if self._progress is None:
            return
        self._progress.start()
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, count)

    def stop(self) -> bool:
        """Tell whether somebody pressed Ctrl-C."""
        return self._asked.is_set()

    def _take_away(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _listen(self) -> None:
        for number in _ENDING:
            signal.signal(number, self._interrupted)

    def _interrupted(self, number: int, _frame: object) -> None:
        name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
        if not self._stoppable:
            self._end(name)
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        self._screen.interject(f"{name}: stopping after the request under way; once more stops at once")

    def _end(self, name: str) -> NoReturn:
        """End the process at once: nothing was written, and its threads may wait long for an answer."""
        self._take_away()
        self._screen.interject(f"{name}: ended; nothing was written")
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(ExitCode.ERROR)


def _bar(err: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
