"""What must be shown: each target with its limit, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.cases.far import APPLY_AT
from bench.cases.fleet import KEYED, PLAIN, alone, together
from bench.cases.noop import VARIABLES_ONLY
from bench.cases.spec import COMPARING
from bench.who import AIRFLOWCTL, AIRFLOWCTL_VARIABLES, ENVCTL, FLOOR, ONE_BY_ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Results

    Measured = Callable[[Results], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be larger than `limit`; `measured` gives None for what was not measured."""

    text: str
    limit: float
    measured: Measured
    unit: str = ""

    def verdict(self, results: Results) -> str:
        """Say whether it is met."""
        figure = self.measured(results)
        if figure is None:
            return "not measured"
        return "met" if figure <= self.limit else "**not met**"

    def shown(self, results: Results) -> str:
        """Give the figure, or a dash; a limit that is missed closely shows a digit more."""
        figure = self.measured(results)
        if figure is None:
            return "-"
        digits = 0 if self.unit == "MB" else 2
        text = f"{figure:.{digits}f}"
        if figure > self.limit >= float(text):
            text = f"{figure:.{digits + 1}f}"
        return f"{text} {self.unit}".rstrip()


def _ratio(table: str, who: str) -> Measured:
    return lambda results: results.ratio(table, who)


def _growth(table: str, who: str, figure: str) -> Measured:
    """Give how many times as much the table of 100,000 entries needs as that of 10,000."""

    def measured(results: Results) -> float | None:
        large, small = results.row(f"{table}-100000", who), results.row(f"{table}-10000", who)
        return getattr(large, figure) / getattr(small, figure) if large and small else None

    return measured


def _seconds(table: str, who: str) -> Measured:
    def measured(results: Results) -> float | None:
        row = results.row(table, who)
        return row.seconds if row else None

    return measured


def _peak(table: str) -> Measured:
    def measured(results: Results) -> float | None:
        row = results.row(table, ENVCTL)
        return row.peak_mb if row else None

    return measured


def _fleet(name: str) -> Measured:
    def measured(results: Results) -> float | None:
        table = results.tables.get(name)
        crowd = table.row(together(20)) if table else None
        return crowd.seconds / alone(table) if table and crowd else None

    return measured


TARGETS = (
    Target("`--help`: of airflowctl's", 0.25, _ratio("help", AIRFLOWCTL)),
    Target(
        "no-op diff, 100 variables: of `airflowctl variables list`",
        0.6,
        _ratio(VARIABLES_ONLY, AIRFLOWCTL_VARIABLES),
    ),
    Target(
        "the same, with 10 connections and a secret, which that does not list",
        0.6,
        _ratio("noop-100", AIRFLOWCTL_VARIABLES),
    ),
    Target("no-op diff, 5,000: of the floor", 1.25, _ratio("noop-5000", FLOOR)),
    Target("no-op diff, 5,000: of airflowctl's two lists", 0.45, _ratio("noop-5000", AIRFLOWCTL)),
    Target("first apply, 5,000: of the floor", 1.5, _ratio("first-5000", FLOOR)),
    Target("first apply, 5,000: of one request per object", 0.25, _ratio("first-5000", ONE_BY_ONE)),
    Target(
        f"first apply, 5,000, at {APPLY_AT} ms: of one request per object",
        0.05,
        _ratio(f"far-apply-{APPLY_AT}", ONE_BY_ONE),
    ),
    Target("no-op diff, 5,000, at 100 ms: of the floor", 1.3, _ratio("far-100-5000", FLOOR)),
    Target(
        "no-op diff, 5,000, at 100 ms: of `airflowctl variables list`",
        0.3,
        _ratio("far-100-5000", AIRFLOWCTL_VARIABLES),
    ),
    Target(
        "no-op diff, 5,000, at 250 ms: of `airflowctl variables list`",
        0.15,
        _ratio("far-250-5000", AIRFLOWCTL_VARIABLES),
    ),
    Target("20 environments at once, at 100 ms: of the slowest alone", 1.5, _fleet(PLAIN)),
    Target("the same, with a fingerprint key", 1.5, _fleet(KEYED)),
    Target("reading and merging 100,000 entries: of PyYAML's C loader", 2.5, _ratio("reading-100000", FLOOR)),
    Target("comparing 100,000 entries", 1.0, _seconds("comparing-100000", COMPARING), "s"),
    Target("validate, 100,000 entries: time, of that for 10,000", 11, _growth("spec", ENVCTL, "seconds")),
    Target("validate, 100,000 entries: memory, of that for 10,000", 11, _growth("spec", ENVCTL, "peak_mb")),
    Target("validate, 100,000 entries: peak memory", 600, _peak("memory-validate-100000"), "MB"),
    Target("diff, 10,000 variables: peak memory", 600, _peak("memory-diff-10000"), "MB"),
)
