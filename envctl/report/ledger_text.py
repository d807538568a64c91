"""Ledgers for the terminal: what one says, its history, whose else there are."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from envctl.report.cells import cell_len, clip, pad

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envctl.kinds.kind import Kind
    from envctl.model.address import Address
    from envctl.model.ledger import ApplyRecord, Ledger
    from envctl.model.ledger_state import LedgerReport, LedgerState

LATEST = 10
"""How much of the history is shown unless all of it is asked for."""
_LABEL = 9
_WIDE = 100
"""Columns from which on there is room for the digests of plans."""
_COMMIT = 7
_DIGEST = 8
_LONGEST_ACTOR = 22
_SHORT_ACTOR = 14
_UNBROKEN = "\u00a0"
_NARROWEST = 16
"""Columns that counts have at least, where they stand below."""

_DONE = {
    "create": "created",
    "update": "updated",
    "rewrite": "rewritten",
    "delete": "deleted",
    "adopt": "adopted",
    "release": "released",
    "not_attempted": "not attempted",
}
"""What a ledger counts, as people say it."""


class LedgerView(NamedTuple):
    """How much room there is, in columns; whether addresses, and the whole history, are to be shown."""

    width: int
    addresses: bool = False
    whole: bool = False


def ledgers_text(report: LedgerReport, kinds: Sequence[Kind], view: LedgerView) -> Iterator[Text]:
    """Return the lines on the ledgers of an instance."""
    instance = report.instance
    line = Text(report.environment, "bold")
    yield line.append(f"   {instance.url}   Airflow {instance.airflow_version}", "dim not bold")
    yield Text()
    yield from _own(report.own, kinds)
    ledger = report.own.ledger
    if ledger is not None:
        yield from _history(ledger, view)
        if view.addresses and ledger.entries:
            yield from _headed("objects")
            yield from (Text(f"    {address}") for address in sorted(ledger.entries))
    if report.others:
        yield from _headed("ledgers of other owners")
        width = max(cell_len(state.owner) for state in report.others)
        yield from (_other(state, width) for state in report.others)


def _own(state: LedgerState, kinds: Sequence[Kind]) -> Iterator[Text]:
    yield _row("owner", state.owner)
    if state.missing:
        yield _row("ledger", "none yet: the next apply starts one, and adopts what agrees with the spec")
        return
    serial = str(state.serial) if state.serial else "not known"
    yield _row("serial", serial)
    ledger = state.ledger
    if ledger is None:
        yield _row("state", "cannot be read", "red")
    else:
        if ledger.latest:
            yield _row("written", f"{_moment(ledger.latest.time, seconds=True)} UTC by {ledger.latest.actor}")
        yield _row("objects", _by_kind(ledger.entries, kinds) or "none")
        yield _row("secrets", _secrets(state))
    yield _row("size", f"{state.size:,} bytes" if state.size else "not known: Airflow masks it")


def _by_kind(addresses: Iterable[Address], kinds: Sequence[Kind]) -> str:
    """Return how many objects there are of each kind."""
    counted = Counter(address.kind for address in addresses)
    words = [
        f"{count} {kind.name if count == 1 else kind.section}"
        for kind in kinds
        if (count := counted.pop(kind.name, 0))
    ]
    return ", ".join([*words, *(f"{count} of kind {name}" for name, count in sorted(counted.items()))])


def _secrets(state: LedgerState) -> str:
    marks = state.fingerprints
    if not any(marks):
        return "none"
    parts = [f"{marks.keyed} keyed", f"{marks.slow} slow", f"{marks.unknown} not known"]
    return "fingerprints: " + ", ".join(part for part, count in zip(parts, marks, strict=True) if count)


def _history(ledger: Ledger, view: LedgerView) -> Iterator[Text]:
    shown = [*reversed(ledger.history)][: None if view.whole else LATEST]
    if not shown:
        return
    yield from _headed("history")
    serials = max(len(str(one.serial)) for one in shown)
    longest = _LONGEST_ACTOR if view.width >= _WIDE else _SHORT_ACTOR
    actors = min(max(cell_len(one.actor) for one in shown), longest)
    revisions = max(len(_revision(one)) for one in shown)
    for one in shown:
        line = Text("    ").append(str(one.serial).rjust(serials), "bold")
        line.append(f"   {_moment(one.time)}   {pad(_short(one.actor, actors), actors)}")
        line.append(f"   {_revision(one).ljust(revisions)}", "dim")
        if view.width >= _WIDE:
            line.append(f"   {one.plan[:_DIGEST] or '-':<{_DIGEST}}", "dim")
        line.append("   ")
        yield from _with_counts(line, one, view, below=serials + 7)
    if len(shown) < len(ledger.history):
        yield Text(f"    and {len(ledger.history) - len(shown)} earlier; --all shows them", "dim")


def _with_counts(line: Text, one: ApplyRecord, view: LedgerView, below: int) -> Iterator[Text]:
    """Return a line of the history with its counts: behind it, or below it where there is no room."""
    words = ", ".join(f"{count} {_DONE.get(name, name)}" for name, count in one.counts.items())
    if line.cell_len + cell_len(words) <= view.width:
        yield line.append(words)
        return
    line.rstrip()
    yield line
    whole = words.replace(", ", ",\0").replace(" ", _UNBROKEN).replace("\0", " ")
    for part in textwrap.wrap(whole, max(view.width - below, _NARROWEST)):
        yield Text(" " * below + part.replace(_UNBROKEN, " "))


def _other(state: LedgerState, width: int) -> Text:
    line = Text("    ").append(pad(state.owner, width), "bold")
    if state.problem is not None:
        return line.append(f"   {state.problem.message}", "red")
    count = len(state.ledger.entries) if state.ledger is not None else 0
    return line.append(f"   serial {state.serial}   {count} object{'' if count == 1 else 's'}")


def _headed(title: str) -> Iterator[Text]:
    yield Text()
    yield Text(f"  {title}", "bold")


def _row(label: str, text: str, style: str = "") -> Text:
    return Text(f"    {label.ljust(_LABEL)}", "dim").append(text, style or "not dim")


def _moment(time: str, *, seconds: bool = False) -> str:
    """Return a time as people read it; it is UTC in the ledger."""
    return time[: 19 if seconds else 16].replace("T", " ")


def _short(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{clip(text, width - 1)}…"


def _revision(one: ApplyRecord) -> str:
    commit = one.commit[:_COMMIT] if one.commit else "-"
    return f"{commit} edited" if one.dirty else commit
