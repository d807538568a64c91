"""`apply` when nothing is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.case import Case
from bench.turns import Contender
from bench.who import FLOOR
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab

SIZES = {100: 3, 1000: 3, 5000: 2, 10_000: 1}


def _run(lab: Lab) -> Iterator[Table]:
    sizes = {100: 1} if lab.quick else SIZES
    for size, runs in sizes.items():
        world = World.of(size)
        lab.applied(world)
        yield lab.measure(
            f"noop-apply-{size}",
            f"no-op apply, {world.words}",
            (
                lab.ours(lab.envctl(lab.tree(world), "apply", "bench"), runs=runs),
                Contender(FLOOR, (lab.bare("read.py"),), runs),
            ),
        )


CASE = Case(
    "noop_apply",
    "`apply` with nothing to do: 100, 1,000, 5,000 and 10,000 variables",
    "What CI runs most of the time. The floor is that of a diff: log in, read every page.",
    _run,
)
