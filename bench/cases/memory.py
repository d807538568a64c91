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
    offline = lab.offline_tree(World.of_entries(entries))
    validated = measure(lab.envctl(offline, "validate"))
    yield Table(
        f"memory-validate-{entries}", f"memory of validate, {entries:,} entries", (Row(ENVCTL, (validated,)),)
    )
    world = World.of(variables)
    lab.applied(world)
    compared = measure(lab.envctl(lab.tree(world), "diff", "bench"))
    yield Table(f"memory-diff-{variables}", f"memory of diff, {world.words}", (Row(ENVCTL, (compared,)),))


CASE = Case(
    "memory",
    "peak memory of `validate` of 100,000 entries and of `diff` of 10,000 variables",
    "The largest resident size that the kernel saw, of a process that begins small.",
    _run,
)
