"""`--help`: what a command costs before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.case import Case
from bench.process import Command
from bench.turns import Contender
from bench.who import AIRFLOWCTL, FLOOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Table
    from bench.lab import Lab

_RUNS = 9


def _run(lab: Lab) -> Iterator[Table]:
    runs = 1 if lab.quick else _RUNS
    ours = lab.envctl(lab.folder, "--help")
    peer = Command((str(lab.peer / "bin" / "airflowctl"), "--help"), ours.environment, lab.folder)
    nothing = lab.python("-c", "pass")
    yield lab.measure(
        "help",
        "--help",
        (
            lab.ours(ours, runs=runs),
            Contender(AIRFLOWCTL, (peer,), runs),
            Contender(FLOOR, (nothing,), runs, note="`python -c pass`"),
        ),
    )


CASE = Case(
    "help",
    "`--help` of envctl and of airflowctl",
    "What starting costs. The floor is Python itself, which starts and ends.",
    _run,
)
