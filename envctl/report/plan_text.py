"""A plan for the terminal: by kind, the reason beside the name, the leaf that moved and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.change import Action, Change, FieldDiff, Reason, render_path
from envctl.model.value import UNSET
from envctl.model.verdict import Verdict
from envctl.report.values import NONE, live_text, printable, shorten, shorten_pair, value_text

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
_LONGEST_PATH = 32
_MOST_UNVERIFIABLE = 8
_INDENT = 8
_ARROW = "  ->  "


@dataclass(frozen=True, slots=True)
class View:
    """How much room there is, in columns, and whether everything is to be named."""

    width: int
    verbose: bool = False


def plan_text(plan: Plan, kinds: Sequence[Kind], view: View) -> Iterator[Text]:
    """Return the lines of a plan."""
    yield header(plan)
    id_width = min(max((len(change.address.id) for change in plan.changes), default=0), _LONGEST_ID)
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
        yield from (Text(f"    {printable(str(address))}", "dim") for address in plan.comparison.unmanaged)
    if plan.refusals:
        yield Text()
        yield from (Text(f"  refused by policy: {refusal}", "red") for refusal in plan.refusals)
    yield Text()
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
    line.append(printable(change.address.id).ljust(id_width), style)
    line.append(f"   {_REASONS[change.reason]:<8}")
    if change.desired is not None:
        line.append(f"   {change.desired.source.file}:{change.desired.source.line}", "dim")
    line.rstrip()
    yield line
    leaves = [(_name(leaf, kind), leaf) for leaf in change.fields]
    name_width = min(max((len(name) for name, _ in leaves), default=0), _LONGEST_PATH)
    room = max(view.width - _INDENT - name_width - 3, 24)
    if change.action is Action.CREATE:
        yield from (_created_leaf(name.ljust(name_width), leaf, room) for name, leaf in leaves)
    else:
        yield from _moved_leaves(leaves, name_width, room)
    if change.blocked:
        yield Text(" " * _INDENT + f"cannot be written: {change.blocked}", "red")


def _name(leaf: FieldDiff, kind: Kind) -> str:
    """Return a leaf's path; the keys of a document speak for themselves, without the field around them."""
    path = leaf.path[1:] if len(leaf.path) > 1 and leaf.path[0] == kind.shorthand else leaf.path
    return printable(render_path(path))


def _created_leaf(name: str, leaf: FieldDiff, room: int) -> Text:
    return Text(" " * _INDENT).append(f"{name}   ", "dim").append(shorten(value_text(leaf.desired), room))


def _moved_leaves(leaves: Sequence[tuple[str, FieldDiff]], name_width: int, room: int) -> Iterator[Text]:
    half = (room - len(_ARROW)) // 2
    rows = []
    for name, leaf in leaves:
        had, wanted = live_text(leaf.live, leaf.desired), value_text(leaf.desired)
        had = NONE if leaf.live is None and len(leaf.path) == 1 else had
        rows.append((name, leaf, *shorten_pair(had, wanted, half)))
    live_width = max((len(had) for _, leaf, had, _ in rows if leaf.verdict is Verdict.DIFFERENT), default=0)
    for name, leaf, had, wanted in rows:
        line = Text(" " * _INDENT).append(f"{name.ljust(name_width)}   ", "dim")
        if leaf.verdict is Verdict.UNVERIFIABLE:
            line.append(wanted).append("   written again; Airflow hides what it has", "dim")
        else:
            line.append(had.ljust(live_width), "red" if leaf.live is not UNSET else "dim")
            line.append(_ARROW, "dim").append(wanted, "green" if leaf.desired is not UNSET else "dim")
        yield line


def _unverifiable_text(objects: Sequence[Unverifiable], view: View) -> Iterator[Text]:
    if not objects:
        return
    yield Text()
    yield Text("  cannot be verified", "bold").append(
        "   Airflow hides what it has; all else agrees", "dim not bold"
    )
    shown = objects if view.verbose else objects[:_MOST_UNVERIFIABLE]
    width = min(max(len(str(one.address)) for one in shown), _LONGEST_ID)
    for one in shown:
        paths = ", ".join(printable(render_path(leaf.path)) for leaf in one.fields)
        line = Text("    ").append(printable(str(one.address)).ljust(width), "cyan")
        yield line.append(f"   {shorten(paths, max(view.width - width - 7, 24))}", "dim")
    if len(shown) < len(objects):
        yield Text(f"    and {len(objects) - len(shown)} more; -v names them all", "dim")
