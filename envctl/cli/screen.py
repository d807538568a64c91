"""The two streams, each a console once something is written to it: what that takes is slow to import."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from envctl.settings import Settings


class Screen:
    """Both consoles of a run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def out(self) -> Console:
        """Stdout, which carries the result and nothing else."""
        from envctl.cli.console import make_console

        return make_console(self._settings, sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Stderr, for everything else."""
        from envctl.cli.console import make_console

        return make_console(self._settings, sys.stderr)

    def interject(self, what: str) -> None:
        """Write a line on stderr, perhaps while a console is being made: a signal may come at any time."""
        if "err" in self.__dict__:
            self.err.print(what, style="yellow")
        else:
            sys.stderr.write(f"{what}\n")

    def get_ready(self) -> None:
        """Make the console that results go to, if they go to one."""
        if self._settings.format != "json":
            _ = self.out

    @property
    def shows_progress(self) -> bool:
        """Whether somebody sees what moves on stderr."""
        return sys.stderr.isatty() and not self.err.is_dumb_terminal


def forget_reader() -> None:
    """Let stdout lead nowhere from now on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
