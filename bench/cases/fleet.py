"""1, 5 and 20 environments at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.case import Case
from bench.process import measure
from bench.servers import far, replaying
from bench.turns import Contender
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab

MOST = 20
SIZE = 100
MILLISECONDS = 100
COUNTS = (5, 20)
_ALONE = (1, 10, 20)


def together(count: int) -> str:
    """Name the row of so many environments at once."""
    return f"{count} environments at once"


def alone(table: Table) -> float:
    """Give the seconds of the slowest environment alone."""
    return max(row.seconds for row in table.rows if row.who.endswith("alone"))


def _run(lab: Lab) -> Iterator[Table]:
    runs = 1 if lab.quick else 3
    world = World.of(SIZE)
    lab.applied(world)
    with ExitStack() as stack:
        port = stack.enter_context(replaying(lab.instance.port))
        urls = stack.enter_context(far(port, MILLISECONDS, MOST))
        folder = lab.tree(world, urls)
        measure(lab.envctl(folder, "diff", "bench-01"))  # from here on every answer is known
        names = [f"bench-{number:02}" for number in range(1, MOST + 1)]
        singles = [names[number - 1] for number in _ALONE]
        crowds = [
            Contender(together(count), (lab.envctl(folder, "diff", *names[:count]),), runs)
            for count in reversed(COUNTS)
        ]
        lone = [Contender(f"{name} alone", (lab.envctl(folder, "diff", name),), runs) for name in singles]
        yield lab.measure(
            "fleet", f"diff of environments at {MILLISECONDS} ms, {world.words} each", (*crowds, *lone)
        )


CASE = Case(
    "fleet",
    "1, 5 and 20 environments at once, at 100 ms",
    "Each environment has a URL of its own, 100 ms away, and a hundred variables. So that twenty of them"
    " do not queue for one Airflow, a server behind the delay repeats what the real Airflow answered to"
    " each login and GET the first time. All are alike; three are measured alone, and the slowest of"
    " those counts.",
    _run,
)
