"""Environments side by side, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.report.cells import cell_len, pad
from envctl.report.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.report.state import Row

_STYLES = {
    State.IN_SYNC: "green",
    State.PENDING: "yellow",
    State.DRIFTED: "bold magenta",
    State.UNVERIFIABLE: "cyan",
    State.UNREACHABLE: "red",
    State.ERROR: "red",
}
_LEAST_WIDTH = 60
_LONGEST_DETAIL = 60
_ROOM_FOR_APPLIED = 110
"""From so many columns on the last apply is shown."""


def status_text(rows: Sequence[Row], width: int) -> Iterator[Text]:
    """Return a line for each environment: name, state, what there is to do, the last apply, where it is."""
    names = _widest(row.environment for row in rows)
    states = _widest(row.state.words for row in rows)
    details = min(_widest(row.detail for row in rows if not row.failed), _LONGEST_DETAIL)
    applied = _widest(row.applied for row in rows) if width >= _ROOM_FOR_APPLIED else 0
    for row in rows:
        line = Text("  ").append(pad(row.environment, names), "bold")
        line.append("   ").append(pad(row.state.words, states), _STYLES[row.state])
        if row.failed:
            line.append(f"   {row.detail}")
        else:
            line.append(f"   {pad(row.detail, details)}")
            if applied:
                line.append(f"   {pad(row.applied, applied)}")
            line.append(f"   {row.place}", "dim")
        line.rstrip()
        if not row.failed:
            line.truncate(max(width, _LEAST_WIDTH), overflow="ellipsis")
        yield line


def _widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)
