"""Peak memory at the largest sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.case import Case
from bench.figures import Row, Table
from bench.process import measure
from bench.who import ENVCTL
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.lab import Lab


def _run(lab: Lab) -> Iterator[Table]:
    entries, variables = (10_000, 1000) if lab.quick else (100_000, 10_000)
    world = World.of(variables)
    validated = lab.results.row(f"spec-{entries}", ENVCTL) or _validated(lab, entries)
    yield Table(f"memory-validate-{entries}", f"memory of validate, {entries:,} entries", (validated,))
    compared = lab.results.row(f"noop-{variables}", ENVCTL) or _compared(lab, world)
    yield Table(f"memory-diff-{variables}", f"memory of diff, {world.words}", (compared,))


def _validated(lab: Lab, entries: int) -> Row:
    return Row(ENVCTL, (measure(lab.envctl(lab.offline_tree(World.of_entries(entries)), "validate")),))


def _compared(lab: Lab, world: World) -> Row:
    lab.applied(world)
    return Row(ENVCTL, (measure(lab.envctl(lab.tree(world), "diff", "bench")),))


CASE = Case(
    "memory",
    "peak memory of `validate` of 100,000 entries and of `diff` of 10,000 variables",
    "The largest resident size that the kernel saw, of a process that begins small: of the runs above.",
    _run,
)
