"""`diff` when nothing has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.case import Case
from bench.turns import Contender
from bench.who import AIRFLOWCTL, AIRFLOWCTL_VARIABLES, FLOOR
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab

SIZES = {100: 7, 1000: 3, 5000: 5, 10_000: 1}
_PEER_RUNS = {5000: 3}


def _run(lab: Lab) -> Iterator[Table]:
    sizes = {100: 1, 1000: 1} if lab.quick else SIZES
    for size, runs in sizes.items():
        world = World.of(size)
        lab.applied(world)
        variables = lab.airflowctl("variables", "list")
        peers = [Contender(AIRFLOWCTL_VARIABLES, (variables,), runs)]
        if size > min(sizes):
            both = (variables, lab.airflowctl("connections", "list"))
            peers = [Contender(AIRFLOWCTL, both, min(runs, _PEER_RUNS.get(size, runs)), note=_BOTH)]
        yield lab.measure(
            f"noop-{size}",
            f"no-op diff, {world.words}",
            (
                lab.ours(lab.envctl(lab.tree(world), "diff", "bench"), runs=runs),
                Contender(FLOOR, (lab.bare("read.py"),), runs),
                *peers,
            ),
        )


_BOTH = "`variables list`, then `connections list`"

CASE = Case(
    "noop",
    "`diff` with nothing to do: 100, 1,000, 5,000 and 10,000 variables",
    "The whole was applied before, so that there is a ledger. envctl logs in, reads everything, asks the"
    " event log who was there since, and compares; the floor logs in and reads every page; airflowctl has"
    " a token already, and lists.",
    _run,
)
