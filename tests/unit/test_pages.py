"""Pages that are asked for before it is known how many there are."""

from __future__ import annotations

import pytest

from envctl.airflow.pages import PAGE_LIMIT, _pages
from envctl.crew import Crew


class List:
    """A list of so many items on a server that gives `most` at a time; remembers what was asked."""

    def __init__(self, total: int, most: int = PAGE_LIMIT) -> None:
        self.total, self.most = total, most
        self.asked: list[int] = []
        self.fails_from: int | None = None

    def page(self, place: tuple[int, int]) -> tuple[list[int], int]:
        offset, limit = place
        self.asked.append(offset)
        if self.fails_from is not None and offset >= self.fails_from:
            raise ConnectionError(offset)
        return list(range(offset, min(offset + min(limit, self.most), self.total))), self.total

    def read(self, expected: int, at_once: int = 4) -> list[int]:
        crew = Crew(at_once, "page")
        try:
            answers = _pages(crew, self.page, expected)
        finally:
            crew.dismiss()
        assert {total for _, total in answers} == {self.total}
        return [item for items, _ in answers for item in items]


@pytest.mark.parametrize("most", [100, 50, 7])
@pytest.mark.parametrize("expected", [0, 1, 100, 101, 250, 10_000])
@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 399, 400, 401, 1000])
def test_every_item_once(total: int, expected: int, most: int) -> None:
    assert List(total, most).read(expected) == list(range(total))


def test_as_many_at_once_as_there_are_threads_and_no_more_than_are_expected() -> None:
    for expected, asked in ((0, 1), (100, 1), (101, 2), (250, 3), (10_000, 4)):
        few = List(1)
        few.read(expected)
        assert len(few.asked) <= asked
        many = List(1000)
        many.read(expected)
        assert sorted(many.asked) == list(range(0, 1000, 100))


def test_a_page_that_is_not_needed_may_fail() -> None:
    few = List(40)
    few.fails_from = 100
    assert few.read(1000) == list(range(40))
    few.fails_from = 0
    with pytest.raises(ConnectionError):
        few.read(1000)
