"""How many requests may be under way at once."""

from __future__ import annotations

import pytest

from envctl.airflow.settings import Wire
from envctl.settings import Settings


@pytest.mark.parametrize(("concurrency", "writes"), [(1, 1), (8, 8), (16, 8), (64, 8)])
def test_of_writes_no_more_than_eight_are_under_way(concurrency: int, writes: int) -> None:
    assert Wire(concurrency=concurrency).writes == writes


def test_a_wire_and_the_settings_begin_with_the_same() -> None:
    assert Wire().concurrency == Settings.model_fields["concurrency"].default
