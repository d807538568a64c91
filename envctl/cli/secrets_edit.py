"""The conversation of `envctl secrets edit`: the editor, and again when what it left cannot be used."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.text import Text

from envctl.cli.clear_text import Mistakes, taken_back, written_out
from envctl.cli.consent import somebody_is_there
from envctl.cli.editor import private_file, run_editor
from envctl.errors import EncryptedFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envctl.cli.session import Run
    from envctl.model.secret import Secret


def edited_secrets(
    run: Run, file: str, before: dict[str, Secret], command: Sequence[str]
) -> dict[str, Secret]:
    """Return what the person makes of the secrets of a file. Raises EncryptedFileError when they give up."""
    with private_file(written_out(file, before)) as path:
        while True:
            run_editor(command, path)
            try:
                values = taken_back(_content(path))
            except Mistakes as mistakes:
                _go_back(run, file, mistakes)
                continue
            if before and not values:
                raise EncryptedFileError(f"nothing was left in the editor: {file} stays as it was")
            return values


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EncryptedFileError(f"what was edited cannot be read: {error.strerror}") from None


def _go_back(run: Run, file: str, mistakes: Mistakes) -> None:
    """Ask whether to go back to the editor. Raises EncryptedFileError for a no, or with nobody to ask."""
    for line in mistakes.lines:
        run.say(Text(line, "red"))
    answer = "n"
    if somebody_is_there():
        try:
            answer = run.err.input("  back to the editor? [Y/n] ", markup=False)
        except EOFError:
            sys.stderr.write("\n")
    if answer.strip().lower() in ("n", "no"):
        raise EncryptedFileError(f"what was edited cannot be used: {file} stays as it was")
