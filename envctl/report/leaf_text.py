"""The leaves of one change, a line each: names and arrows in columns, long values shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.change import Action, Change, FieldDiff, Reason, render_path
from envctl.model.secret import Secret, is_secret
from envctl.model.value import UNSET, Masked
from envctl.model.verdict import Verdict
from envctl.report.cells import cell_len, pad
from envctl.report.values import live_text, shorten, shorten_pair, value_text, version_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

INDENT = 8
_LONGEST_PATH = 32
_LEAST_ROOM = 24
_ARROW = "  ->  "


def leaf_lines(change: Change, shorthand: str | None, width: int) -> Iterator[Text]:
    """Return the lines of a change's leaves, to fit `width` columns where that can be done.

    The keys of a document speak for themselves: the field named `shorthand` around them is not shown.
    """
    leaves = [(_name(leaf, shorthand), leaf) for leaf in change.fields]
    versions = {one.reference: one.desired for one in change.versions}
    name_width = min(max((cell_len(name) for name, _ in leaves), default=0), _LONGEST_PATH)
    room = max(width - INDENT - name_width - 3, _LEAST_ROOM)
    if change.action is Action.CREATE:
        for name, leaf in leaves:
            value = shorten(_wanted(leaf, versions), room)
            yield Text(" " * INDENT).append(f"{pad(name, name_width)}   ", "dim").append(value)
    else:
        yield from _moved(leaves, change.reason, versions, name_width, room)


def _name(leaf: FieldDiff, shorthand: str | None) -> str:
    return render_path(leaf.path[1:] if len(leaf.path) > 1 and leaf.path[0] == shorthand else leaf.path)


def _is_inside(leaf: FieldDiff) -> bool:
    return len(leaf.path) > 1


def _wanted(leaf: FieldDiff, versions: Mapping[str, str]) -> str:
    """Return the desired side of a leaf; behind a secret its version, where its store keeps any."""
    text = value_text(leaf.desired, inside=_is_inside(leaf))
    if not isinstance(leaf.desired, Secret):
        return text
    known = [version_text(version) for reference, version in versions.items() if reference in text]
    return " ".join((text, *known))


def _moved(
    leaves: Sequence[tuple[str, FieldDiff]],
    reason: Reason,
    versions: Mapping[str, str],
    name_width: int,
    room: int,
) -> Iterator[Text]:
    half = (room - len(_ARROW)) // 2
    rows = []
    for name, leaf in leaves:
        had = live_text(leaf.live, leaf.desired, inside=_is_inside(leaf))
        rows.append((name, leaf, *shorten_pair(had, _wanted(leaf, versions), half)))
    live_width = max(
        (cell_len(had) for _, leaf, had, _ in rows if leaf.verdict is Verdict.DIFFERENT), default=0
    )
    for name, leaf, had, wanted in rows:
        line = Text(" " * INDENT).append(f"{pad(name, name_width)}   ", "dim")
        if leaf.verdict is Verdict.UNVERIFIABLE:
            line.append(wanted).append("   written again; Airflow hides what it has", "dim")
        elif reason is Reason.SECRET_ROTATED and is_secret(leaf.desired) and isinstance(leaf.live, Masked):
            line.append(wanted, "green")
        else:
            line.append(pad(had, live_width), "red" if leaf.live is not UNSET else "dim")
            line.append(_ARROW, "dim").append(wanted, "green" if leaf.desired is not UNSET else "dim")
        yield line
