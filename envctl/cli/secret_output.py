"""The one way in which a value reaches stdout: because a person asked for it by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from envctl.clear import in_clear
from envctl.cli.screen import forget_reader
from envctl.report.safe import safe

if TYPE_CHECKING:
    from envctl.model.secret import Secret


def print_in_clear(secret: Secret) -> None:
    """Print a value: exactly as it is into a pipe; made safe for a terminal, with a newline at its end."""
    text = in_clear(secret)
    try:
        if sys.stdout.isatty():
            sys.stdout.write("".join(f"{safe(line)}\n" for line in text.removesuffix("\n").split("\n")))
        else:
            sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
