"""The first and the last line of a plan: what was compared with what, and how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.report.cells import cell_len
from envctl.report.last_apply import last_apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envctl.model.plan import Plan

_GAP = "   "
_COUNTED = (
    ("create", "{} to create", "green"),
    ("update", "{} to update", "yellow"),
    ("rewrite", "{} to rewrite", "magenta"),
    ("delete", "{} to delete", "red"),
    ("adopt", "{} to adopt", "cyan"),
    ("observe", "{} to observe", "blue"),
    ("in_sync", "{} in sync", ""),
    ("unverifiable", "{} cannot be verified", "cyan"),
    ("kept", "{} kept", "dim"),
    ("foreign", "{} of other owners", "dim"),
    ("unmanaged", "{} unmanaged", "dim"),
    ("refused", "{} refused", "red"),
)


def header(plan: Plan, width: int) -> Iterator[Text]:
    """Return the line that says what was compared with what; in narrow terminals it takes two."""
    commit = plan.revision.commit
    spec = f"spec {commit[:7]}{' (edited)' if plan.revision.dirty else ''}" if commit else ""
    place = [Text(plan.instance.url, "dim"), Text(f"Airflow {plan.instance.airflow_version}", "dim")]
    broken = plan.ledger is not None and plan.ledger.problem
    past = [Text(spec, "dim"), Text(last_apply(plan), "yellow" if broken else "dim")]
    first, second = (_GAP.join(one.plain for one in row if one.plain) for row in (place, past))
    name = Text(plan.environment, "bold")
    indent = cell_len(plan.environment) + len(_GAP)
    if not second or indent + cell_len(first) + len(_GAP) + cell_len(second) <= width:
        yield _row(name, *place, *past)
    else:
        yield _row(name, *place)
        yield Text(" " * (indent - len(_GAP))).append_text(_row(Text(), *past))


def _row(start: Text, *parts: Text) -> Text:
    """Return parts side by side; empty ones are left out."""
    line = Text().append_text(start)
    for part in parts:
        if part.plain:
            line.append(_GAP).append_text(part)
    return line


def summary(plan: Plan, width: int) -> Iterator[Text]:
    """Return the counts on one line, on more where they do not fit; what is zero is left out."""
    counts = plan.summary()
    line = Text("  ")
    for key, words, style in _COUNTED:
        if not counts[key]:
            continue
        text = words.format(counts[key])
        if len(line) > len(_GAP) and len(line) + len(text) > width:
            line.rstrip()
            yield line
            line = Text("  ")
        line.append(text, style).append(_GAP)
    if not any(counts.values()) and not plan.not_compared:
        line.append("nothing in the spec, nothing in the instance")
    if plan.not_compared:
        text = f"not compared: {', '.join(plan.not_compared)}"
        if len(line) > len(_GAP) and len(line) + len(text) > width:
            line.rstrip()
            yield line
            line = Text("  ")
        line.append(text, "red" if plan.is_partial else "dim")
    line.rstrip()
    yield line
