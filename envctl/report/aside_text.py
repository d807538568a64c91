"""Sections of a plan for what is no change: what is hidden, of other owners, adopted, kept, left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from envctl.model.change import render_path
from envctl.model.plan import NEVER_WRITTEN
from envctl.model.secret import is_secret
from envctl.report.cells import cell_len, pad
from envctl.report.values import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.address import Address
    from envctl.model.plan import Comparison, Foreign, Unverifiable
    from envctl.report.view import View

_LONGEST_ADDRESS = 40
_MOST_NAMED = 8
"""How many objects a section names unless asked for all of them."""
_LEAST_ROOM = 24


def aside_text(comparison: Comparison, view: View) -> Iterator[Text]:
    """Return the sections below the changes."""
    yield from _unverifiable_text(comparison.unverifiable, view)
    yield from _foreign_text(comparison, view)
    if view.verbose:
        adopted = [change.address for change in comparison.adopted]
        yield from _names("to adopt", "there already, and equal: only the ledger takes them in", adopted)
        yield from _names("kept", "no longer in the spec, and may not be pruned", comparison.kept)
        yield from _names("unmanaged", "left alone", comparison.unmanaged)


def _title(title: str, note: str) -> Iterator[Text]:
    yield Text()
    yield Text(f"  {title}", "bold").append(f"   {note}", "dim not bold")


def _names(title: str, note: str, addresses: Sequence[Address]) -> Iterator[Text]:
    if addresses:
        yield from _title(title, note)
        yield from (Text(f"    {address}", "dim") for address in addresses)


def _unverifiable_text(objects: Sequence[Unverifiable], view: View) -> Iterator[Text]:
    """Return what cannot be verified, by the reason why: many have the same."""
    if not objects:
        return
    yield from _title("cannot be verified", "Airflow hides what it has; all else agrees")
    shown = objects if view.verbose else objects[:_MOST_NAMED]
    groups: dict[str, list[Unverifiable]] = {}
    for one in shown:
        groups.setdefault(one.why, []).append(one)
    width = _column(one.address for one in shown)
    for why, group in groups.items():
        for one in group:
            paths = ", ".join(render_path(leaf.path) for leaf in one.fields)
            line = Text("    ").append(pad(str(one.address), width), "cyan")
            yield line.append(f"   {shorten(paths, max(view.width - width - 7, _LEAST_ROOM))}", "dim")
        if why:
            yield Text(f"      {why}", "dim")
        if why == NEVER_WRITTEN:
            yield from _rewrite_hint(group)
    if len(shown) < len(objects):
        yield Text(f"    and {len(objects) - len(shown)} more; -v names them all", "dim")


def _rewrite_hint(group: Sequence[Unverifiable]) -> Iterator[Text]:
    """Return how to have the spec's secret written; there is none where the spec has plain text."""
    secret = [one.address for one in group if any(is_secret(leaf.desired) for leaf in one.fields)]
    if secret:
        whom = str(secret[0]) if len(secret) == 1 else "ADDRESS"
        yield Text(f"      apply --rewrite-secrets {whom} writes the secret of the spec", "dim")


def _foreign_text(comparison: Comparison, view: View) -> Iterator[Text]:
    """Return whose the objects of others are; those that the spec claims too are named in any case."""
    equal = {*comparison.in_sync, *(one.address for one in comparison.unverifiable)}
    claimed = [one for one in comparison.foreign if one.address in equal]
    if claimed:
        note = "equal now, and never written from here"
        yield from _title("in the spec, but of other owners", note)
        yield from _owned(claimed, view, "yellow")
    wanted = equal | {change.address for change in comparison.changes}
    others = [one for one in comparison.foreign if one.address not in wanted]
    if others and view.verbose:
        yield from _title("of other owners", "left alone")
        yield from _owned(others, view, "dim")


def _owned(objects: Sequence[Foreign], view: View, style: str) -> Iterator[Text]:
    shown = objects if view.verbose else objects[:_MOST_NAMED]
    width = _column(one.address for one in shown)
    for one in shown:
        line = Text("    ").append(pad(str(one.address), width), style)
        yield line.append(f"   {one.owner}", "dim")
    if len(shown) < len(objects):
        yield Text(f"    and {len(objects) - len(shown)} more; -v names them all", "dim")


def _column(addresses: Iterator[Address]) -> int:
    return min(max((cell_len(str(address)) for address in addresses), default=0), _LONGEST_ADDRESS)
