"""The same from far away: 20, 100 and 250 ms of round trip."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.case import Case
from bench.cases.first_apply import one_by_one, writes
from bench.servers import far
from bench.turns import Contender
from bench.who import AIRFLOWCTL_VARIABLES, FLOOR, ONE_BY_ONE
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab

SIZE = 5000
SHARE = 5
DISTANCES = {20: (2, 1), 100: (3, 1), 250: (3, 1)}
"""By the milliseconds: runs of envctl and of the floor, runs of airflowctl."""
APPLY_AT = 20


def _run(lab: Lab) -> Iterator[Table]:
    size = 1000 if lab.quick else SIZE
    distances = {100: (1, 1)} if lab.quick else DISTANCES
    for milliseconds, (runs, peer_runs) in distances.items():
        with far(lab.instance.port, milliseconds) as (url,):
            yield _diff(lab, World.of(size), milliseconds, url, (runs, peer_runs))
            if milliseconds == APPLY_AT:
                yield _apply(lab, World.of(size), url)


def _diff(lab: Lab, world: World, milliseconds: int, url: str, runs: tuple[int, int]) -> Table:
    lab.applied(world)
    diff = lab.envctl(lab.tree(world, (url,)), "diff", "bench")
    listing = lab.airflowctl("variables", "list", url=url)
    return lab.measure(
        f"far-{milliseconds}-{world.variables}",
        f"no-op diff at {milliseconds} ms, {world.words}",
        (
            lab.ours(diff, runs=runs[0]),
            Contender(FLOOR, (lab.bare("read.py", url=url),), runs[0]),
            Contender(AIRFLOWCTL_VARIABLES, (listing,), runs[1], note="`variables list` only"),
        ),
    )


def _apply(lab: Lab, world: World, url: str) -> Table:
    empty = lab.instance.empty
    part = World.of(world.variables // SHARE)
    whole = partial(lab.instance.expect, world)
    apply = lab.envctl(lab.tree(world, (url,)), "apply", "bench")
    return lab.measure(
        f"far-apply-{APPLY_AT}",
        f"first apply at {APPLY_AT} ms, {world.words}",
        (
            lab.ours(apply, runs=2, before=empty, after=whole),
            Contender(FLOOR, (writes(lab, world, url),), 2, empty, whole),
            Contender(
                ONE_BY_ONE,
                (one_by_one(lab, part, url),),
                before=empty,
                after=partial(lab.instance.expect, part),
                scale=SHARE,
                note=f"scaled: measured with {part.words}, times {SHARE}",
            ),
        ),
    )


CASE = Case(
    "far",
    "20, 100 and 250 ms of round trip: no-op `diff` of 5,000 variables; first `apply` at 20 ms",
    "Between the programs and the same Airflow stands a proxy on loopback that holds every chunk of"
    " bytes back for half a round trip each way, in order and without limiting how much is under way;"
    " opening a connection costs a round trip too. Real lines begin slowly besides, which this one does"
    " not.",
    _run,
)
