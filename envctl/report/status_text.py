"""Environments side by side, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.report.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.report.state import Row

_STYLES = {
    State.IN_SYNC: "green",
    State.PENDING: "yellow",
    State.DRIFTED: "yellow",
    State.UNVERIFIABLE: "cyan",
    State.UNREACHABLE: "red",
    State.ERROR: "red",
}


def status_text(rows: Sequence[Row], width: int) -> Iterator[Text]:
    """Return a line for each environment: name, state, what there is to do, and where it is."""
    names = max(len(row.environment) for row in rows)
    states = max(len(row.state.words) for row in rows)
    details = min(
        max(len(row.detail) for row in rows if not row.failed) if any(not r.failed for r in rows) else 0, 60
    )
    for row in rows:
        line = Text("  ").append(row.environment.ljust(names), "bold")
        line.append("   ").append(row.state.words.ljust(states), _STYLES[row.state])
        if row.failed:
            line.append(f"   {row.detail}")
        else:
            line.append(f"   {row.detail.ljust(details)}").append(f"   {row.place}", "dim")
        line.rstrip()
        if not row.failed:
            line.truncate(max(width, 60), overflow="ellipsis")
        yield line
