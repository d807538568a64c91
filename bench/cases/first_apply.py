"""`apply` on an empty instance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.case import Case
from bench.lab import CHUNK
from bench.turns import Contender
from bench.who import AIRFLOWCTL, FLOOR, ON_SERVER, ONE_BY_ONE
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab
    from bench.process import Command

SIZES = {100: (3, 1), 1000: (3, 1), 5000: (3, 1), 10_000: (1, 0)}
"""By the number of variables: runs of envctl and of the floor, runs of the others."""


def writes(lab: Lab, world: World, url: str = "") -> Command:
    """Give the floor's command: write in bulk, read once."""
    return lab.bare("write.py", str(lab.entities(world)), str(CHUNK), url=url)


def one_by_one(lab: Lab, world: World, url: str = "") -> Command:
    """Give the command that writes object by object."""
    return lab.bare("one_by_one.py", str(lab.entities(world)), url=url, connections=1)


def _run(lab: Lab) -> Iterator[Table]:
    sizes = {100: (1, 1)} if lab.quick else SIZES
    for size, (runs, peer_runs) in sizes.items():
        world = World.of(size)
        empty = lab.instance.empty
        apply = lab.envctl(lab.tree(world), "apply", "bench")
        whole = partial(lab.instance.expect, world)
        peers = _peers(lab, world, peer_runs) if peer_runs else ()
        yield lab.measure(
            f"first-{size}",
            f"first apply, {world.words}",
            (
                lab.ours(apply, runs=runs, before=empty, after=whole),
                Contender(FLOOR, (writes(lab, world),), runs, empty, whole),
                *peers,
            ),
        )


def _peers(lab: Lab, world: World, runs: int) -> tuple[Contender, ...]:
    """Give the others, who write and do not look."""
    variables, connections = (str(path) for path in lab.imports(world))
    empty, whole = lab.instance.empty, partial(lab.instance.expect, world)
    return (
        Contender(ONE_BY_ONE, (one_by_one(lab, world),), runs, empty, whole),
        Contender(
            AIRFLOWCTL,
            (
                lab.airflowctl("variables", "import", variables),
                lab.airflowctl("connections", "import", connections),
            ),
            runs,
            empty,
            whole,
        ),
        Contender(
            ON_SERVER,
            (
                lab.airflow("variables", "import", variables),
                lab.airflow("connections", "import", connections),
            ),
            runs,
            empty,
            whole,
        ),
    )


CASE = Case(
    "first_apply",
    "`apply` on an empty instance: 100, 1,000, 5,000 and 10,000 variables",
    "envctl logs in, reads, plans, locks, writes, keeps its ledger, reads again and verifies. The floor"
    f" logs in, writes in bulk requests of {CHUNK:,} and reads everything once. `one request per object`"
    " is a POST for each, one after another on one connection that is kept alive, as a Terraform provider"
    " writes; it logs in and does not read. Two, four or ten at once are no contenders here: this Airflow,"
    ' on SQLite, answered some of them with 500, "Database error". The imports are two commands, one for'
    " variables and one for connections; that of airflowctl sends one bulk request for each kind, that on"
    " the server writes to the database. The instance is emptied before each run, which is not measured;"
    " afterwards the objects are counted.",
    _run,
)
