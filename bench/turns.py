"""Contenders that take turns: A B C, A B C, so that a slow minute of the machine hits them all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from bench.figures import Row, Table
from bench.process import Command, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.figures import Sample


def nothing() -> None:
    """Leave the state as it is."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Who does the work, and how often. Several commands run one after another and count as one.

    `before` brings about the state that it begins with, `after` checks that the work was done; neither is
    measured. The figures are multiplied by `scale`: 5 where a fifth of the work was measured, which `note`
    must say.
    """

    who: str
    commands: tuple[Command, ...]
    runs: int = 1
    before: Callable[[], None] = nothing
    after: Callable[[], None] = nothing
    scale: float = 1
    note: str = ""


def take_turns(
    name: str, title: str, contenders: Sequence[Contender], say: Callable[[str], None], note: str = ""
) -> Table:
    """Measure all contenders in turn; those with fewer runs sit out the last rounds."""
    samples: dict[str, list[Sample]] = {one.who: [] for one in contenders}
    for turn in range(max(one.runs for one in contenders)):
        for one in contenders:
            if turn >= one.runs:
                continue
            one.before()
            taken = reduce(add, [measure(command) for command in one.commands]).scaled(one.scale)
            one.after()
            samples[one.who].append(taken)
            say(f"{name}: {one.who}, {turn + 1} of {one.runs}: {taken.seconds:.2f} s")
    rows = (Row(one.who, tuple(samples[one.who]), one.note) for one in contenders)
    return Table(name, title, tuple(rows), note)
