"""Medians and ratios."""

from __future__ import annotations

import pytest

from bench.figures import Sample, Table
from tests.bench.tables import results, row


def test_a_row_is_told_by_its_median_and_its_extremes() -> None:
    one = row("envctl", 3.0, 1.0, 2.0)
    assert (one.seconds, one.fastest, one.slowest, one.cpu) == (2.0, 1.0, 3.0, 1.0)


def test_of_an_even_number_of_runs_the_median_lies_between() -> None:
    assert row("envctl", 1.0, 2.0).seconds == 1.5


def test_memory_is_that_of_the_worst_run() -> None:
    assert Table("t", "t", (row("a", 1.0, peak_mb=70),)).rows[0].peak_mb == 70


def test_two_programs_add_up_but_do_not_need_memory_at_once() -> None:
    assert Sample(1, 0.5, 80) + Sample(2, 1.5, 60) == Sample(3, 2.0, 80)


def test_scaling_leaves_memory_alone() -> None:
    assert Sample(2, 1, 80).scaled(5) == Sample(10, 5, 80)


def test_a_ratio_is_of_medians_first_row_over_the_other() -> None:
    table = Table("t", "t", (row("envctl", 1.0, 9.0, 2.0), row("floor", 4.0, 4.0, 1.0)))
    assert table.ratio("floor") == pytest.approx(0.5)
    assert table.ratio("envctl") == 1


def test_what_was_not_measured_has_no_ratio() -> None:
    table = Table("t", "t", (row("envctl", 1.0),))
    assert table.ratio("floor") is None
    assert results().ratio("noop-5000", "floor") is None
    assert results().row("noop-5000", "floor") is None
