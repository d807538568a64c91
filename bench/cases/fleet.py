"""1, 5 and 20 environments at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.case import Case
from bench.lab import KEY
from bench.process import measure
from bench.servers import far, replaying
from bench.turns import Contender
from bench.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab
    from bench.process import Command

MOST = 20
SIZE = 100
MILLISECONDS = 100
COUNTS = (5, 20)
PLAIN, KEYED = "fleet", "fleet-keyed"
"""The tables: without a fingerprint key, which takes a slow hash of each instance's secret, and with one."""
_ALONE = (1, 10, 20)


def together(count: int) -> str:
    """Name the row of so many environments at once."""
    return f"{count} environments at once"


def alone(table: Table) -> float:
    """Give the seconds of the slowest environment alone."""
    return max(row.seconds for row in table.rows if row.who.endswith("alone"))


def _run(lab: Lab) -> Iterator[Table]:
    yield _table(lab, PLAIN, COUNTS, keyed=False)
    yield _table(lab, KEYED, COUNTS[-1:], keyed=True)


def _table(lab: Lab, name: str, counts: tuple[int, ...], *, keyed: bool) -> Table:
    runs = 1 if lab.quick else 3
    world = World.of(SIZE)
    lab.applied(world, keyed=keyed)
    with ExitStack() as stack:
        port = stack.enter_context(replaying(lab.instance.port))
        urls = stack.enter_context(far(port, MILLISECONDS, MOST))
        folder = lab.tree(world, urls)
        names = [f"bench-{number:02}" for number in range(1, MOST + 1)]
        singles = [names[number - 1] for number in _ALONE]

        def diff(*chosen: str) -> Command:
            return lab.envctl(folder, "diff", *chosen).with_variables(KEY if keyed else {})

        measure(diff("bench-01"))  # from here on every answer is known
        crowds = [Contender(together(count), (diff(*names[:count]),), runs) for count in reversed(counts)]
        lone = [Contender(f"{name} alone", (diff(name),), runs) for name in singles]
        title = f"diff of environments at {MILLISECONDS} ms, {world.words} each"
        return lab.measure(name, f"{title}, with a fingerprint key" if keyed else title, (*crowds, *lone))


CASE = Case(
    "fleet",
    "1, 5 and 20 environments at once, at 100 ms",
    "Each environment has a URL of its own, 100 ms away, and a hundred variables. So that twenty of them"
    " do not queue for one Airflow, a server behind the delay repeats what the real Airflow answered to"
    " each login and GET the first time. All are alike; three are measured alone, and the slowest of"
    " those counts. Without a fingerprint key each instance has a salt of its own, and a secret in it takes"
    " a tenth of a second of one processor, on purpose; with a key it takes nothing.",
    _run,
)
