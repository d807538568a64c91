"""A plan for the terminal: by kind, the reason beside the name, the leaf that moved and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.change import Action, Change, Reason, render_path
from envctl.report.cells import cell_len, pad
from envctl.report.leaf_text import INDENT, leaf_lines
from envctl.report.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.plan import Plan, Unverifiable

STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.REWRITE: "magenta",
    Action.DELETE: "red",
    Action.ADOPT: "cyan",
    Action.OBSERVE: "blue",
}
_REASONS = {
    Reason.NEW: "new",
    Reason.DIFFERS: "differs",
    Reason.REWRITE_REQUESTED: "rewrite",
    Reason.NOT_IN_SPEC: "not in spec",
}
_COUNTED = (
    ("create", "{} to create", "green"),
    ("update", "{} to update", "yellow"),
    ("rewrite", "{} to rewrite", "magenta"),
    ("delete", "{} to delete", "red"),
    ("adopt", "{} to adopt", "cyan"),
    ("observe", "{} to observe", "blue"),
    ("in_sync", "{} in sync", ""),
    ("unverifiable", "{} cannot be verified", "cyan"),
    ("unmanaged", "{} unmanaged", "dim"),
    ("refused", "{} refused", "red"),
)
_LONGEST_ID = 36
_MOST_UNVERIFIABLE = 8
_MOST_CREATED = 100
"""From so many new objects on, their fields are not shown unless asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """How much room there is, in columns, and whether everything is to be named.

    `brief` leaves out the fields of new objects.
    """

    width: int
    verbose: bool = False
    brief: bool = False


def plan_text(plan: Plan, kinds: Sequence[Kind], view: View) -> Iterator[Text]:
    """Return the lines of a plan."""
    yield header(plan)
    new = sum(1 for change in plan.changes if change.action is Action.CREATE)
    view = replace(view, brief=new >= _MOST_CREATED and not view.verbose)
    id_width = min(max((cell_len(change.address.id) for change in plan.changes), default=0), _LONGEST_ID)
    for kind in kinds:
        changes = [change for change in plan.changes if change.address.kind == kind.name]
        if changes:
            yield Text()
            yield Text(f"  {kind.section}", "bold")
        for change in sorted(changes, key=lambda change: change.address):
            yield from _change_text(change, kind, id_width, view)
    yield from _unverifiable_text(plan.comparison.unverifiable, view)
    if view.verbose and plan.comparison.unmanaged:
        yield Text()
        yield Text("  unmanaged, left alone", "bold")
        yield from (Text(f"    {address}", "dim") for address in plan.comparison.unmanaged)
    if plan.refusals:
        yield Text()
        yield from (Text(f"  refused by policy: {refusal}", "red") for refusal in plan.refusals)
    yield Text()
    if view.brief:
        yield Text(f"  {new} new objects: -v shows their fields", "dim")
    yield summary(plan)


def header(plan: Plan) -> Text:
    """Return the line that says what was compared with what."""
    commit = plan.revision.commit
    spec = f"spec {commit[:7]}{' (edited)' if plan.revision.dirty else ''}" if commit else ""
    parts = [plan.instance.url, f"Airflow {plan.instance.airflow_version}", spec]
    line = Text(plan.environment, "bold")
    return line.append("   " + "   ".join(part for part in parts if part), "dim not bold")


def summary(plan: Plan) -> Text:
    """Return the one line of counts; what is zero is left out."""
    counts = plan.summary()
    line = Text("  ")
    for key, words, style in _COUNTED:
        if counts[key]:
            line.append(words.format(counts[key]) + "   ", style)
    if not any(counts.values()):
        line.append("nothing in the spec, nothing in the instance")
    line.rstrip()
    return line


def _change_text(change: Change, kind: Kind, id_width: int, view: View) -> Iterator[Text]:
    style = STYLES[change.action]
    line = Text("  ").append(f"{change.action.sign} ", f"bold {style}")
    line.append(pad(change.address.id, id_width), style)
    line.append(f"   {_REASONS[change.reason]:<8}")
    if change.desired is not None:
        line.append(f"   {change.desired.source.file}:{change.desired.source.line}", "dim")
    line.rstrip()
    yield line
    if not (view.brief and change.action is Action.CREATE):
        yield from leaf_lines(change, kind.shorthand, view.width)
    if change.blocked:
        yield Text(" " * INDENT + f"cannot be written: {change.blocked}", "red")


def _unverifiable_text(objects: Sequence[Unverifiable], view: View) -> Iterator[Text]:
    if not objects:
        return
    yield Text()
    yield Text("  cannot be verified", "bold").append(
        "   Airflow hides what it has; all else agrees", "dim not bold"
    )
    shown = objects if view.verbose else objects[:_MOST_UNVERIFIABLE]
    width = min(max(cell_len(str(one.address)) for one in shown), _LONGEST_ID)
    for one in shown:
        paths = ", ".join(render_path(leaf.path) for leaf in one.fields)
        line = Text("    ").append(pad(str(one.address), width), "cyan")
        yield line.append(f"   {shorten(paths, max(view.width - width - 7, 24))}", "dim")
    if len(shown) < len(objects):
        yield Text(f"    and {len(objects) - len(shown)} more; -v names them all", "dim")
