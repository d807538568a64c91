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
SMALL = 100
VARIABLES_ONLY = f"noop-{SMALL}-variables"
"""The table of variables without connections, and so without a secret."""
_BOTH = "`variables list`, then `connections list`"


def _run(lab: Lab) -> Iterator[Table]:
    sizes = {SMALL: 1, 1000: 1} if lab.quick else SIZES
    variables = lab.airflowctl("variables", "list")
    both = (variables, lab.airflowctl("connections", "list"))
    listed = Contender(AIRFLOWCTL_VARIABLES, (variables,), sizes[SMALL])
    yield _table(lab, VARIABLES_ONLY, World(SMALL, 0), sizes[SMALL], [listed])
    for size, runs in sizes.items():
        peers = [Contender(AIRFLOWCTL, both, min(runs, _PEER_RUNS.get(size, runs)), note=_BOTH)]
        yield _table(lab, f"noop-{size}", World.of(size), runs, [listed, *peers] if size == SMALL else peers)


def _table(lab: Lab, name: str, world: World, runs: int, peers: list[Contender]) -> Table:
    lab.applied(world)
    return lab.measure(
        name,
        f"no-op diff, {world.words}",
        (
            lab.ours(lab.envctl(lab.tree(world), "diff", "bench"), runs=runs),
            Contender(FLOOR, (lab.bare("read.py"),), runs),
            *peers,
        ),
    )


CASE = Case(
    "noop",
    "`diff` with nothing to do: 100, 1,000, 5,000 and 10,000 variables",
    "The whole was applied before, so that there is a ledger. envctl logs in, reads everything, asks the"
    " event log who was there since, and compares; where there are connections there is a secret in them,"
    " which without a fingerprint key takes a slow hash of a tenth of a second, on purpose. The floor logs"
    " in and reads every page; airflowctl has a token already, and lists.",
    _run,
)
