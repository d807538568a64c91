"""`diff` when one object in a hundred has changed."""

from __future__ import annotations

from dataclasses import replace
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
    sizes = {100: 1, 1000: 1} if lab.quick else SIZES
    for size, runs in sizes.items():
        world = World.of(size)
        lab.applied(world)
        diff = lab.envctl(lab.tree(replace(world, changed=True)), "diff", "bench").expecting(2)
        yield lab.measure(
            f"changed-{size}",
            f"diff with 1 % changed, {world.words}",
            (lab.ours(diff, runs=runs), Contender(FLOOR, (lab.bare("read.py"),), runs)),
        )


CASE = Case(
    "changed",
    "`diff` with 1 % changed: 100, 1,000, 5,000 and 10,000 variables",
    "As before, with another value in every hundredth object of the spec.",
    _run,
)
