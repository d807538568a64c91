"""Targets are judged by what was measured, and by nothing else."""

from __future__ import annotations

import pytest

from bench.cases.fleet import together
from bench.figures import Results
from bench.targets import TARGETS, Target
from tests.bench.tables import results, row


def target(words: str) -> Target:
    (found,) = [one for one in TARGETS if words in one.text]
    return found


def test_nothing_measured_is_neither_met_nor_missed() -> None:
    for one in TARGETS:
        assert (one.shown(Results()), one.verdict(Results())) == ("-", "not measured")


@pytest.mark.parametrize(
    ("seconds", "verdict", "shown"),
    [
        (1.0, "met", "1.00"),
        (1.25, "met", "1.25"),
        (1.2504, "**not met**", "1.250"),
        (2.0, "**not met**", "2.00"),
    ],
)
def test_a_limit_itself_is_met(seconds: float, verdict: str, shown: str) -> None:
    found = results(noop_5000=(row("envctl", seconds), row("floor", 1.0)))
    one = target("no-op diff, 5,000: of the floor")
    assert (one.verdict(found), one.shown(found)) == (verdict, shown)


def test_growth_compares_the_sizes() -> None:
    found = results(
        spec_10000=(row("envctl", 1.0, peak_mb=100), row("floor", 1.0)),
        spec_100000=(row("envctl", 12.0, peak_mb=500), row("floor", 1.0)),
    )
    assert target("time, of that for 10,000").shown(found) == "12.00"
    assert target("time, of that for 10,000").verdict(found) == "**not met**"
    assert target("memory, of that for 10,000").verdict(found) == "met"


def test_a_fleet_is_compared_with_the_slowest_alone() -> None:
    rows = (row(together(20), 3.0), row(together(5), 1.0), row("a alone", 1.0), row("b alone", 2.0))
    assert target("20 environments at once").shown(results(fleet=rows)) == "1.50"
    assert target("the same, with a fingerprint key").shown(results(fleet_keyed=rows)) == "1.50"


def test_seconds_and_megabytes_have_units() -> None:
    found = results(
        comparing_100000=(row("comparing", 0.5),), memory_diff_10000=(row("envctl", 9, peak_mb=601),)
    )
    assert target("comparing 100,000").shown(found) == "0.50 s"
    assert target("diff, 10,000 variables: peak").shown(found) == "601 MB"
    assert target("diff, 10,000 variables: peak").verdict(found) == "**not met**"


def test_no_figure_of_small_sizes_passes_for_a_target() -> None:
    """What `--quick` measures has other names."""
    found = results(
        reading_10000=(row("reading and merging", 1.0), row("floor", 1.0)),
        comparing_10000=(row("comparing", 1.0),),
        memory_diff_1000=(row("envctl", 1.0),),
        far_100_1000=(row("envctl", 1.0), row("floor", 1.0)),
    )
    assert {one.verdict(found) for one in TARGETS} == {"not measured"}
