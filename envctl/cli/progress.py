"""Progress of long work on stderr, and Ctrl-C as a wish to stop after the request under way."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console


class ScreenWatcher:
    """Shows a bar while work is under way, on a terminal only; hears Ctrl-C.

    The first Ctrl-C asks to stop, the second one stops at once. Use as a context manager.
    """

    def __init__(self, err: Console, *, quiet: bool, stoppable: bool = False) -> None:
        shown = err.file.isatty() and not err.is_dumb_terminal and not quiet
        self._err = err
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not shown,
        )
        self._task: Any = None
        self._stoppable = stoppable
        self._asked = threading.Event()
        self._before: Any = None

    def __enter__(self) -> Self:
        if self._stoppable:
            self._before = signal.signal(signal.SIGINT, self._interrupted)
            signal.signal(signal.SIGTERM, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        if self._stoppable:
            signal.signal(signal.SIGINT, self._before)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def begin(self, what: str, total: int | None) -> None:
        """Show a new bar in place of the last one."""
        self._progress.start()
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def pause(self) -> None:
        """Take the bar away, to ask a question."""
        self._progress.stop()

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, count)

    def stop(self) -> bool:
        """Tell whether somebody pressed Ctrl-C."""
        return self._asked.is_set()

    def _interrupted(self, number: int, _frame: object) -> None:
        if self._asked.is_set():
            raise KeyboardInterrupt
        self._asked.set()
        name = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
        self._err.print(
            Text(f"{name}: stopping after the request under way; once more stops at once", "yellow")
        )
