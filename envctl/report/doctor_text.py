"""Checks for the terminal: a row for each, and below it what to do."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.checkup import Health
from envctl.report.cells import cell_len, pad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.model.checkup import Check, Checkup

_STYLES = {
    Health.OK: "green",
    Health.WARNING: "yellow",
    Health.PROBLEM: "bold red",
    Health.SKIPPED: "dim",
}
_COUNTED = {
    Health.PROBLEM: ("problem", "problems"),
    Health.WARNING: ("warning", "warnings"),
    Health.SKIPPED: ("skipped", "skipped"),
    Health.OK: ("ok", "ok"),
}
_STATE = max(map(len, Health))
_GAP = "   "
_NARROWEST = 30
"""Columns that texts have at least, however narrow the terminal."""


def doctor_text(checkup: Checkup, width: int) -> Iterator[Text]:
    """Return the lines on one environment: where it is, its checks, how many came out how."""
    yield _headline(checkup)
    yield Text()
    names = max((cell_len(one.words) for one in checkup.checks), default=0)
    for one in checkup.checks:
        yield from _rows(one, names, width)
    yield Text()
    yield _sum(checkup)


def _headline(checkup: Checkup) -> Text:
    line = Text(checkup.environment, "bold")
    version = f"Airflow {checkup.airflow_version}" if checkup.airflow_version else None
    for part in (checkup.url, version):
        if part:
            line.append(f"{_GAP}{part}", "dim not bold")
    return line


def _rows(check: Check, names: int, width: int) -> Iterator[Text]:
    start = 2 + _STATE + len(_GAP) + names + len(_GAP)
    room = max(width - start, _NARROWEST)
    quiet = check.health is Health.SKIPPED
    first, *rest = textwrap.wrap(check.found, room) or [""]
    line = Text("  ").append(pad(check.health.value, _STATE), _STYLES[check.health])
    line.append(_GAP + pad(check.words, names), "dim" if quiet else "bold")
    line.append(_GAP + first, "dim" if quiet else "")
    line.rstrip()
    yield line
    yield from (Text(" " * start + more, "dim" if quiet else "") for more in rest)
    for part in textwrap.wrap(f"-> {check.advice}", room, subsequent_indent="   ") if check.advice else ():
        yield Text(" " * start + part, "cyan")


def _sum(checkup: Checkup) -> Text:
    line = Text("  ")
    for health, (one, several) in _COUNTED.items():
        if count := checkup.count(health):
            line.append(f"{count} {one if count == 1 else several}{_GAP}", _STYLES[health])
    line.rstrip()
    return line
