"""The two streams as consoles: colours where they help, and no traceback when a reader goes away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rich.console import Console

from envctl.cli.screen import forget_reader

if TYPE_CHECKING:
    from envctl.settings import Settings

_PIPED_WIDTH = 120


class _PatientConsole(Console):
    """A console whose reader may go away (`envctl diff | head`): what was to be done is done all the same."""

    def on_broken_pipe(self) -> None:
        """Write the rest to nowhere; rich would end the process."""
        forget_reader()


def make_console(settings: Settings, stream: Any) -> Console:
    """Return a console; colours follow --color, then NO_COLOR, CI and TERM, then what the stream is."""
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    colored = settings.color == "always" or (
        settings.color == "auto" and terminal and not os.environ.get("NO_COLOR") and not _in_ci()
    )
    return _PatientConsole(
        file=stream,
        force_terminal=terminal or colored,
        no_color=not colored,
        color_system=_color_system(terminal=terminal, colored=colored),
        width=None if terminal else _piped_width(),
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _color_system(*, terminal: bool, colored: bool) -> Any:
    if not colored:
        return None
    return "auto" if terminal else "standard"


def _piped_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else _PIPED_WIDTH


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")
