"""The variables that envctl is set by: `ENVCTL_*` from the process environment, then from a `.env` file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envctl.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = "ENVCTL_"


def read_variables(dotenv: Path) -> Mapping[str, str]:
    """Return each variable's text by its name in upper case; an empty one counts as unset.

    Texts are taken as they are: `$` in a `.env` file stands for itself. Raises SettingsError for a file that
    cannot be read.
    """
    return {**_named(_from_file(dotenv)), **_named(os.environ)}


def _from_file(dotenv: Path) -> Mapping[str, str | None]:
    if not dotenv.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - few have such a file

    try:
        return dotenv_values(dotenv, encoding="utf-8", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{dotenv} cannot be read: {why}") from None


def _named(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {
        name.upper(): text for name, text in variables.items() if text and name.upper().startswith(PREFIX)
    }
