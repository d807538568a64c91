"""How many requests are under way at once grows with what comes of it."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest

from envctl.airflow.pace import PacedCrew
from envctl.crew import Crew


def at_most(crew: Crew, jobs: int, seconds: float = 0.005) -> int:
    """Have jobs done and return how many of them were under way at once."""
    lock, now, most = threading.Lock(), 0, 0

    def job(_number: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(seconds)
        with lock:
            now -= 1

    crew.map(job, range(jobs))
    return most


class Clock:
    """Time that goes on by itself with each look at it, by as much as `step` says then."""

    def __init__(self) -> None:
        self.time, self.step = 1.0, 1.0

    def __call__(self) -> float:
        self.time += self.step
        return self.time


@pytest.mark.parametrize(
    ("round_trip", "size"), [(0.0, 2), (0.019, 2), (0.021, 3), (0.1, 7), (0.25, 8), (30.0, 8)]
)
def test_it_begins_with_more_the_further_the_server_is(round_trip: float, size: int) -> None:
    crew = PacedCrew(8, "page", round_trip)
    assert crew.size == size
    crew.dismiss()


def test_never_more_than_were_allowed() -> None:
    for most in (1, 2, 3):
        crew = PacedCrew(most, "page", 1.0)
        assert at_most(crew, 10) == most
        crew.dismiss()


def test_it_grows_while_answers_come_in_faster() -> None:
    clock = Clock()
    crew = PacedCrew(16, "page", 0.0, clock)
    sizes = []
    for size in (2, 4, 8, 16):
        clock.step = 1.0 / size  # twice as many requests, twice as many answers in a second
        crew.map(lambda _: None, range(2 * size + 1))
        sizes.append(crew.size)
    assert sizes == [4, 8, 16, 16]
    crew.dismiss()


def test_it_goes_back_when_more_at_once_are_no_faster() -> None:
    crew = PacedCrew(16, "page", 0.0, Clock())
    crew.map(lambda _: None, range(5))
    assert crew.size == 4
    crew.map(lambda _: None, range(9))
    assert crew.size == 2
    crew.map(lambda _: None, range(100))
    assert crew.size == 2
    crew.dismiss()


@pytest.mark.parametrize(
    ("round_trip", "gain", "sizes"),
    [(0.1, 1.0, [14, 7]), (0.1, 2.0, [14, 16, 14]), (0.25, 1.0, [16, 14]), (0.25, 1.1, [16, 16])],
)
def test_it_goes_back_to_what_it_had_before(round_trip: float, gain: float, sizes: list[int]) -> None:
    """The last step is shorter than a doubling, and cannot bring as much. `gain` is what the first brings."""
    clock = Clock()
    crew = PacedCrew(16, "page", round_trip, clock)
    first = crew.size
    found = []
    for _ in range(5):
        clock.step = 1.0 if crew.size == first else 1 / gain
        crew.map(lambda _: None, range(2 * crew.size + 1))
        found.append(crew.size)
    assert found == sizes + [sizes[-1]] * (5 - len(sizes))
    crew.dismiss()


def test_time_in_which_nothing_was_asked_for_is_not_counted() -> None:
    clock = Clock()
    crew = PacedCrew(16, "page", 0.0, clock)
    crew.map(lambda _: None, range(5))
    assert crew.size == 4
    clock.step = 0.25
    crew.map(lambda _: None, range(4))
    clock.time += 60  # somebody reads a plan
    crew.map(lambda _: None, range(9))
    assert crew.size == 8
    crew.dismiss()


def test_a_crew_is_made_larger_and_smaller_at_work() -> None:
    crew = Crew(2, "some")
    found = [at_most(crew, 20)]
    for size in (6, 3):
        crew.resize(size)
        at_most(crew, 20)  # whoever is one too many ends after what it is doing
        found.append(at_most(crew, 20))
    assert found == [2, 6, 3]
    crew.dismiss()


def test_what_waits_is_begun_at_once_when_there_may_be_more() -> None:
    crew, gate = Crew(1, "some"), threading.Event()
    jobs = [crew.begin(lambda _: gate.wait(10), one) for one in range(4)]
    crew.resize(4)
    for _ in range(200):
        if all(one.running() for one in jobs):
            break
        time.sleep(0.01)
    assert all(one.running() for one in jobs)
    gate.set()
    crew.dismiss()


def test_results_keep_the_order_of_the_items() -> None:
    crew = PacedCrew(8, "page", 1.0)
    found = crew.map(lambda number: number, range(200))
    assert all(one < other for one, other in pairwise(found))
    crew.dismiss()
