"""A plan for the terminal: by kind, the reason beside the name, the leaf that moved and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.text import Text

from envctl.model.change import Action, Change
from envctl.report.aside_text import aside_text
from envctl.report.cells import cell_len, pad
from envctl.report.headline import header, summary
from envctl.report.leaf_text import INDENT, leaf_lines
from envctl.report.reason_text import with_reason
from envctl.report.values import shorten
from envctl.report.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from envctl.kinds.kind import Kind
    from envctl.model.plan import Plan

STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.REWRITE: "magenta",
    Action.DELETE: "red",
    Action.ADOPT: "cyan",
    Action.OBSERVE: "blue",
}
_LONGEST_ID = 36
_STORE_INDENT = 4
"""Where it says that an object is not kept in Airflow's database: below its name."""
_MOST_CREATED = 100
"""From so many new objects on, their fields are not shown unless asked for."""


def plan_text(plan: Plan, kinds: Sequence[Kind], view: View) -> Iterator[Text]:
    """Return the lines of a plan."""
    yield from header(plan, view.width)
    new = sum(1 for change in plan.changes if change.action is Action.CREATE)
    view = replace(view, brief=new >= _MOST_CREATED and not view.verbose)
    shown = (*plan.changes, *plan.comparison.observed)
    id_width = min(max((cell_len(change.address.id) for change in shown), default=0), _LONGEST_ID)
    for kind in kinds:
        changes = [change for change in shown if change.address.kind == kind.name]
        if changes:
            yield Text()
            yield Text(f"  {kind.section}", "bold")
        for change in sorted(changes, key=lambda change: change.address):
            yield from _change_text(change, kind, id_width, plan.time, view)
    yield from aside_text(plan.comparison, view)
    if plan.refusals:
        yield Text()
        yield from (Text(f"  refused by policy: {refusal}", "red") for refusal in plan.refusals)
    yield Text()
    if view.brief:
        yield Text(f"  {new} new objects: -v shows their fields", "dim")
    yield from summary(plan, view.width)
    yield from _left_out_text(plan, view)


def _change_text(
    change: Change, kind: Kind, id_width: int, now: datetime | None, view: View
) -> Iterator[Text]:
    style = STYLES[change.action]
    name = Text("  ").append(f"{change.action.sign} ", f"bold {style}")
    name.append(pad(change.address.id, id_width), style)
    yield from with_reason(name, change, now, view)
    if change.store is not None:
        yield Text(" " * _STORE_INDENT + str(change.store), "dim")
    if not (view.brief and change.action is Action.CREATE):
        yield from leaf_lines(change, kind.shorthand, view.width)
    if change.blocked:
        yield Text(" " * INDENT + f"cannot be written: {change.blocked}", "red")


def _left_out_text(plan: Plan, view: View) -> Iterator[Text]:
    """Return the line that names changes which are due, but are not in the saved plan."""
    left_out = [one for one in plan.comparison.left_out if one.action is not Action.ADOPT]
    if left_out:
        one = len(left_out) == 1
        what = f"{len(left_out)} further change{' is' if one else 's are'} not in the plan: "
        names = ", ".join(str(change.address) for change in left_out)
        room = max(view.width - len(what) - 2, 24)
        yield Text("  ").append(what, "yellow").append(names if view.verbose else shorten(names, room))


__all__ = ["STYLES", "View", "plan_text"]
