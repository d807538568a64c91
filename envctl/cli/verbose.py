"""What -v and -vv say: each setting with its source, then requests and retries as they happen."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from envctl.model.secret import Secret
from envctl.report.safe import safe
from envctl.variables import PREFIX

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from rich.text import Text

    from envctl.settings import Settings

_LEVELS = ("warning", "info", "debug")


class _SafeFormatter(logging.Formatter):
    """Writes one line for each record: servers and others have their words in it."""

    def format(self, record: logging.LogRecord) -> str:
        return safe(super().format(record))


def start_logging(settings: Settings, verbose: int, *, quiet: bool) -> None:
    """Log envctl's own words on stderr; those of libraries, who log whole requests, are left out."""
    level = _LEVELS[min(verbose, 2)] if verbose else settings.log_level or _LEVELS[0]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_SafeFormatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("envctl")
    logger.handlers[:] = [handler]
    logger.setLevel("ERROR" if quiet else level.upper())
    logger.propagate = False


def setting_lines(settings: Settings, given: Container[str]) -> Iterator[Text]:
    """Return a line for each setting and where it comes from; of what is below `airflow:` only the keys."""
    from rich.text import Text

    for name in type(settings).model_fields:
        if name != "environments":
            value = getattr(settings, name)
            shown = "set" if isinstance(value, Secret) else value
            yield Text(f"setting {name} = {shown}  ({_source(settings, name, given)})", "dim")
    for environment, keys in sorted(settings.environments.items()):
        for path in _paths(keys, f"{environment}."):
            yield Text(f"setting {path}  (set from outside)", "dim")


def _source(settings: Settings, name: str, given: Container[str]) -> str:
    if name in given:
        return "command line"
    variable = f"{PREFIX}{name.upper()}"
    if any(known.upper() == variable for known in os.environ):
        return variable
    return f"{variable} in .env" if name in settings.model_fields_set else "default"


def _paths(keys: dict[str, Any], above: str) -> Iterator[str]:
    for key, value in sorted(keys.items()):
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"
