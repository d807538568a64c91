"""Why there is a change, beside its name: a word, and then who was at it or where the spec says so.

What moved in the instance has words and a colour of its own: it must not read like a change of the spec
that waits to be applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.change import DRIFTED, Change, Reason
from envctl.report.ages import age
from envctl.report.cells import cell_len, clip
from envctl.report.safe import safe
from envctl.report.values import version_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from envctl.model.event import Event
    from envctl.report.view import View

_WIDTH = 8
"""Columns of the reasons that something stands behind."""
DRIFT_STYLE = "bold magenta"
_WORDS = {
    Reason.NEW: "new",
    Reason.SPEC_CHANGED: "changed",
    Reason.DRIFT: "drift",
    Reason.CONFLICT: "conflict",
    Reason.DELETED_OUTSIDE: "deleted",
    Reason.SECRET_ROTATED: "rotated",
    Reason.TOUCHED_OUTSIDE: "touched",
    Reason.REMOVED_FROM_SPEC: "removed from the spec",
    Reason.ADOPT: "adopt",
    Reason.DIFFERS: "differs",
    Reason.REWRITE_REQUESTED: "rewrite",
    Reason.NOT_IN_SPEC: "not in the spec",
}
_BY = {
    Reason.DRIFT: "changed",
    Reason.CONFLICT: "changed",
    Reason.ADOPT: "changed",
    Reason.DELETED_OUTSIDE: "",
    Reason.TOUCHED_OUTSIDE: "",
}
"""What somebody did, where that is of interest; where the reason says it, nothing."""
_UNSEEN = {
    Reason.DRIFT: "changed in Airflow",
    Reason.CONFLICT: "changed in Airflow",
    Reason.DELETED_OUTSIDE: "in Airflow",
}
"""What is said when nobody knows who it was."""
_WITH_SOURCE = frozenset((Reason.CONFLICT, Reason.ADOPT))
"""Reasons that lie in the spec too."""
_GAP = "   "
_INDENT = 4
"""Where names begin: what stands below one is no leaf."""
_LEAST_ROOM = 20
"""With less room behind the word, the place in the spec stands on a line of its own."""
_LONGEST_ACTOR, _SHORTEST_ACTOR = 40, 12
_CUT = "…"


def with_reason(name: Text, change: Change, now: datetime | None, view: View) -> Iterator[Text]:
    """Return the line that begins with a name, with the reason behind it; what does not fit stands below.

    `now` is when the instance was read, by its own clock.
    """
    # What cannot be written, since it is somebody else's perhaps, is not about to be adopted.
    reason = Reason.DIFFERS if change.reason is Reason.ADOPT and change.blocked else change.reason
    word = Text(f"{_WORDS[reason]:<{_WIDTH}}", DRIFT_STYLE if reason in DRIFTED else "")
    line = Text().append_text(name).append(_GAP).append_text(word)
    room = view.width - cell_len(line.plain) - len(_GAP)
    moved = _moved(change, now, room)
    source = _source(change) if not moved or change.reason in _WITH_SOURCE or view.verbose else ""
    if not moved and room >= _LEAST_ROOM:
        source = _cut_left(source, room)
    if cell_len(moved) > room:
        moved = _moved(change, now, view.width - _INDENT)
    beside, below = _placed(moved, source, room)
    if beside.plain:
        line.append(_GAP).append_text(beside)
    line.rstrip()
    yield line
    for part in below:
        yield Text(" " * _INDENT).append_text(part)


def _placed(moved: str, source: str, room: int) -> tuple[Text, list[Text]]:
    """Return what stands behind the word, and what stands on lines of its own below."""
    who, where = Text(moved), Text(source, "dim")
    if cell_len(moved) > room:
        return Text(), [one for one in (who, where) if one.plain]
    if not moved or not source:
        return (who if moved else where, []) if cell_len(moved + source) <= room else (Text(), [where])
    both = Text(moved).append(f"; {source}", "dim")
    return (both, []) if cell_len(both.plain) <= room else (who, [where])


def _source(change: Change) -> str:
    return f"{change.desired.source.file}:{change.desired.source.line}" if change.desired else ""


def _moved(change: Change, now: datetime | None, room: int) -> str:
    """Return who moved the instance and when, as far as that is known; "" when the reason is another."""
    if change.reason is Reason.SECRET_ROTATED:
        return ", ".join(_rotated(change))
    if change.reason in _BY and change.by is not None and now is not None:
        return _attributed(_BY[change.reason], change.by, now, room)
    return _UNSEEN.get(change.reason, "")


def _rotated(change: Change) -> Iterator[str]:
    """Yield each secret that has another version now: `vault:ml/prod#pg_password v7 -> v8`."""
    for one in change.versions:
        if one.applied is not None and one.applied != one.desired:
            name = one.reference.removeprefix("${").removesuffix("}")
            yield f"{name} {version_text(one.applied)} -> {version_text(one.desired)}"


def _attributed(verb: str, event: Event, now: datetime, room: int) -> str:
    when = age(event.time, now)
    start = f"{verb} by " if verb else "by "
    actor = safe(event.actor).strip()
    if not actor:
        return f"{verb} {when}".strip()
    longest = max(min(room - cell_len(f"{start}, {when}"), _LONGEST_ACTOR), _SHORTEST_ACTOR)
    if cell_len(actor) > longest:
        actor = clip(actor, longest - 1) + _CUT
    return f"{start}{actor}, {when}"


def _cut_left(place: str, room: int) -> str:
    """Return the end of `file:line`, which says more than its beginning."""
    if cell_len(place) <= room:
        return place
    while place and cell_len(place) > room - 1:
        place = place[1:]
    return _CUT + place
