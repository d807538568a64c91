"""How many objects share a request follows how long the server takes for them."""

from __future__ import annotations

from envctl.airflow.chunks import FEWEST, FIRST, MOST_BYTES, MOST_OBJECTS, Portion, chunks
from envctl.errors import Position
from envctl.model.address import Address
from envctl.model.change import Action, Change, Reason
from envctl.model.resource import Desired


def changes(count: int, size: int = 10) -> list[Change]:
    addresses = [Address("variable", f"v{number}") for number in range(count)]
    place = Position("spec.yaml", 1, 1)
    return [
        Change(one, Action.CREATE, Reason.NEW, Desired(one, {"value": "x" * size}, place), None, ())
        for one in addresses
    ]


def sizes(count: int, seconds: float) -> list[int]:
    """Send changes to a server that takes so long for each, and return how many went at a time."""
    portion, found = Portion(), []
    for chunk in chunks(changes(count), portion):
        found.append(len(chunk))
        portion.answered(len(chunk), seconds * len(chunk))
    return found


def test_a_quick_server_gets_more_each_time() -> None:
    assert sizes(6000, 0.0001) == [FIRST, 1000, MOST_OBJECTS, MOST_OBJECTS, 500]


def test_one_that_takes_its_time_gets_as_many_again() -> None:
    assert sizes(1600, 0.002) == [FIRST, FIRST, FIRST, 100]


def test_a_slow_one_gets_fewer_but_not_each_alone() -> None:
    assert sizes(1200, 1.0) == [500, 250, 125, 62, *[FEWEST] * 5, 13]


def test_a_small_rest_that_was_quick_says_nothing() -> None:
    portion = Portion()
    portion.answered(3, 0.01)
    assert portion.objects == FIRST


def test_what_failed_after_a_long_time_was_too_much() -> None:
    portion = Portion()
    portion.took(0.1)
    assert portion.objects == FIRST
    portion.took(31)
    assert portion.objects == FIRST // 2


def test_large_objects_go_by_their_size() -> None:
    found = [len(chunk) for chunk in chunks(changes(5, MOST_BYTES // 2), Portion())]
    assert found == [2, 2, 1]
    assert [len(chunk) for chunk in chunks(changes(2, MOST_BYTES * 2), Portion())] == [1, 1]
    assert list(chunks([], Portion())) == []
