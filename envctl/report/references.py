"""References that were looked up, for the terminal and as JSON: everything but their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from envctl.report.cells import cell_len, pad
from envctl.report.values import version_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envctl.model.checked import Checked, Use

_WIDEST = 48
"""Columns that a reference may take beside its row; a longer one has a line to itself."""


def references_json(environment: str, found: Sequence[Checked]) -> dict[str, Any]:
    """Return what came of each reference."""
    return {
        "environment": environment,
        "references": [
            {
                "reference": one.reference.text,
                "ok": one.problem is None,
                "secret": one.secret,
                "version": one.version,
                "length": one.length,
                "problem": one.problem,
                "hint": one.hint,
                "uses": [
                    {"object": use.what, "path": use.path, "source": str(use.position)} for use in one.uses
                ],
            }
            for one in found
        ],
    }


def references_text(found: Sequence[Checked], width: int, *, all_uses: bool) -> Iterator[Text]:
    """Return a row for each reference: whether it can be had, its version and length, where it is used.

    `all_uses` names every place; otherwise the first one and how many more there are.
    """
    names = min(max((cell_len(one.reference.text) for one in found), default=0), _WIDEST)
    versions = max((len(_version(one)) for one in found), default=0)
    lengths = max((len(one.length or "") for one in found), default=0)
    for one in found:
        line = Text("  ").append("ok  " if one.problem is None else "no  ", _style(one))
        line.append(pad(one.reference.text, names))
        line.append(f"   {pad(_version(one), versions)}   {pad(one.length or '', lengths)}   ", "dim")
        uses = one.uses if all_uses else one.uses[:1]
        line.append(_place(uses[0]))
        if more := len(one.uses) - len(uses):
            line.append(f" and {more} more", "dim")
        line.rstrip()
        yield line if len(one.reference.text) > _WIDEST else _clipped(line, width)
        margin = " " * (6 + names + 3 + versions + 3 + lengths + 3)
        yield from (Text(margin).append(_place(use)) for use in uses[1:])
        if one.problem:
            yield Text(f"        {one.uses[0].position}: ", "bold").append(one.problem, "not bold red")
            if one.hint:
                yield Text(f"        {one.hint}", "dim")
    yield Text()
    yield _sum(found)


def _sum(found: Sequence[Checked]) -> Text:
    failed = sum(1 for one in found if one.problem)
    count = f"{len(found)} reference{'' if len(found) == 1 else 's'}"
    if not failed:
        return Text(f"  {count}, all can be looked up" if found else "  no references")
    return Text(f"  {count}, ").append(f"{failed} cannot be looked up", "red")


def _version(one: Checked) -> str:
    return version_text(one.version) if one.version else ""


def _place(use: Use) -> str:
    return f"{use.what} {use.path}".rstrip()


def _style(one: Checked) -> str:
    return "green" if one.problem is None else "bold red"


def _clipped(line: Text, width: int) -> Text:
    line.truncate(max(width, 60), overflow="ellipsis")
    return line
